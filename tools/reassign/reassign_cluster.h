// What kafka-reassign-partitions asks of the brokers and tells them.
//
// Owns        nothing.
// Does not    decide or print.
// Threading   one executor, one call at a time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocol/messages/incremental_alter_configs.h"
#include "tools/admin_client.h"
#include "tools/reassign/reassign_texts.h"

namespace barnabas::tools {

using Racks = std::map<BrokerId, std::optional<std::string>>;
// A value to set, or nothing: to take away.
using ConfigChanges = std::vector<std::pair<std::string, std::optional<std::string>>>;

class ReassignCluster {
 public:
  explicit ReassignCluster(AdminClient& client) : client_(client) {}

  env::Task<AdminResult<Racks>> brokers();
  env::Task<AdminResult<OngoingMoves>> ongoing();
  // Partitions of a topic that is not there are not in the answer.
  env::Task<AdminResult<Assignments>> assignments(std::set<std::string> topics);

  // Nothing instead of replicas: cancel. The errors of those that were refused.
  env::Task<AdminResult<std::map<TopicPartition, std::string>>> reassign(
      std::map<TopicPartition, std::optional<Replicas>> targets);

  env::Task<AdminResult<void>> change_topics(std::map<std::string, ConfigChanges> changes);
  env::Task<AdminResult<void>> change_brokers(std::set<BrokerId> brokers, ConfigChanges changes);

  // Of all replicas on these brokers; a broker that does not answer is an error.
  env::Task<AdminResult<ReplicaPlaces>> places(std::set<BrokerId> brokers);
  // What each replica's broker said; kReplicaNotAvailable: not there yet, it will be made there.
  env::Task<AdminResult<std::map<ReplicaOf, ErrorCode>>> move(Directories targets);

 private:
  env::Task<AdminResult<void>> change(Target target,
                                      protocol::IncrementalAlterConfigsRequest request);

  AdminClient& client_;
};

}  // namespace barnabas::tools
