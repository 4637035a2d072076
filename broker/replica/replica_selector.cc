#include "broker/replica/replica_selector.h"

#include <algorithm>
#include <tuple>

namespace barnabas::broker::replica {

std::optional<ReplicaSelector> parse_replica_selector(std::string_view class_name) {
  constexpr std::string_view kPackage = "org.apache.kafka.common.replica.";
  if (class_name.starts_with(kPackage)) class_name.remove_prefix(kPackage.size());
  if (class_name == "RackAwareReplicaSelector") return ReplicaSelector::kRackAware;
  if (class_name == "LeaderSelector") return ReplicaSelector::kLeader;
  return std::nullopt;
}

std::optional<BrokerId> select_by_rack(std::string_view client_rack,
                                       const std::optional<std::string>& leader_rack,
                                       const std::vector<ReadableReplica>& followers) {
  if (client_rack.empty() || leader_rack == client_rack) return std::nullopt;
  const ReadableReplica* best = nullptr;
  const auto rank = [](const ReadableReplica& replica) {
    return std::tuple(replica.log_end, replica.last_caught_up, replica.id);
  };
  for (const auto& follower : followers) {
    if (follower.rack != client_rack) continue;
    if (!best || rank(*best) < rank(follower)) best = &follower;
  }
  if (!best) return std::nullopt;
  return best->id;
}

}  // namespace barnabas::broker::replica
