// The controller's words: states of its two state machines, a replica, a partition's leader and
// ISR.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "protocol/types.h"
#include "zk/values.h"

namespace barnabas::controller {

enum class PartitionState : std::uint8_t { kNonExistent, kNew, kOnline, kOffline };
const char* name(PartitionState state);

enum class ReplicaState : std::uint8_t {
  kNonExistent,
  kNew,
  kOnline,
  kOffline,
  kDeletionStarted,
  kDeletionSuccessful,
  kDeletionIneligible,
};
const char* name(ReplicaState state);

struct Replica {
  TopicPartition partition;
  BrokerId broker;
  friend auto operator<=>(const Replica&, const Replica&) = default;
};

// A state znode and its dataVersion.
struct LeaderAndIsr {
  zk::PartitionState state;
  PartitionEpoch partition_epoch{0};
  std::int64_t written = 0;  // zxid of that version; 0 where nobody needs it
  friend bool operator==(const LeaderAndIsr&, const LeaderAndIsr&) = default;

  // The next state: one leader epoch later, the recovery state kept.
  zk::PartitionState next(BrokerId leader, std::vector<BrokerId> isr) const;
};

bool contains(const std::vector<BrokerId>& ids, BrokerId id);
std::vector<BrokerId> minus(const std::vector<BrokerId>& ids, const std::vector<BrokerId>& gone);
std::vector<BrokerId> without(const std::vector<BrokerId>& ids, BrokerId id);
// Of an assignment under way: where it goes to, and where it comes from.
std::vector<BrokerId> target_replicas(const zk::PartitionAssignment& assignment);
std::vector<BrokerId> origin_replicas(const zk::PartitionAssignment& assignment);

}  // namespace barnabas::controller
