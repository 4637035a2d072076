// Which replica a consumer should read from (KIP-392), as replica.selector.class says.
//
// Does not    look anything up: the caller brings the replicas that have what the consumer wants.
// Kafka       common.replica.RackAwareReplicaSelector and LeaderSelector; other classes cannot be
//             loaded here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/clock.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

enum class ReplicaSelector { kLeader, kRackAware };
// By class name, short or long; nullopt for one that is not built in.
std::optional<ReplicaSelector> parse_replica_selector(std::string_view class_name);

// A follower that holds the wanted offset and can be reached by the consumer.
struct ReadableReplica {
  BrokerId id;
  std::optional<std::string> rack;
  Offset log_end;
  env::Instant last_caught_up;
};

// Nullopt: the leader. Otherwise the follower in the client's rack that has got furthest, if the
// leader stands in another one.
std::optional<BrokerId> select_by_rack(std::string_view client_rack,
                                       const std::optional<std::string>& leader_rack,
                                       const std::vector<ReadableReplica>& followers);

}  // namespace barnabas::broker::replica
