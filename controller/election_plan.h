// Which partitions get a new leader when an administrator asks, and when too many leaders have
// strayed from the replicas they should be on; pure.
//
// Kafka       controller.KafkaController.processReplicaLeaderElection and
//             checkAndTriggerAutoLeaderRebalance.
#pragma once

#include <expected>
#include <map>
#include <vector>

#include "controller/admin_result.h"
#include "controller/context.h"

namespace barnabas::controller {

enum class ElectionType { kPreferred, kUnclean };

struct ElectionRequest {
  ElectionType type = ElectionType::kPreferred;
  std::vector<TopicPartition> partitions;
};
// Of each partition asked for, its new leader or why there is none.
using ElectionResults = std::map<TopicPartition, AdminResult<BrokerId>>;

struct ElectionPlan {
  std::vector<TopicPartition> electable;
  ElectionResults refused;  // 3 unknown, 17 being deleted, 84 no need
};
// Preferred: no need where the first replica leads. Unclean: no need where the leader lives.
ElectionPlan plan_election(const Context& context, const ElectionRequest& request);

// Partitions whose preferred replica could lead and does not, of the brokers where these are more
// than `percentage` of all that the broker should lead. None while any partition is reassigning.
std::vector<TopicPartition> partitions_to_rebalance(const Context& context, int percentage);

}  // namespace barnabas::controller
