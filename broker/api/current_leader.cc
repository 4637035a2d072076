#include "broker/api/current_leader.h"

#include <algorithm>

namespace barnabas::broker::api {

CurrentLeader LeaderHints::of(std::string_view topic, PartitionIndex partition) {
  const auto known = metadata_->topic(topic);
  const auto view = known ? known->find(partition) : std::nullopt;
  if (!view) return {};
  const auto* broker = metadata_->broker(view->leader);
  if (broker != nullptr && std::ranges::find(brokers_, broker) == brokers_.end())
    brokers_.push_back(broker);
  return {view->leader, view->leader_epoch};
}

}  // namespace barnabas::broker::api
