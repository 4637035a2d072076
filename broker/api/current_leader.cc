#include "broker/api/current_leader.h"

#include <algorithm>

namespace barnabas::broker::api {

replica::CurrentLeader LeaderHints::look_up(std::string_view topic,
                                            PartitionIndex partition) const {
  const auto replica = replicas_.find(topic, partition);
  const auto told = replica ? replica->current_leader() : std::nullopt;
  if (told) return *told;
  const auto known = metadata_->topic(topic);
  const auto view = known ? known->find(partition) : std::nullopt;
  if (!view) return {};
  return {view->leader, view->leader_epoch};
}

replica::CurrentLeader LeaderHints::of(std::string_view topic, PartitionIndex partition) {
  const auto leader = look_up(topic, partition);
  const auto* broker = metadata_->broker(leader.id);
  if (broker != nullptr && std::ranges::find(brokers_, broker) == brokers_.end())
    brokers_.push_back(broker);
  return leader;
}

}  // namespace barnabas::broker::api
