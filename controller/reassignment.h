// Moving a partition to other brokers: the arithmetic of its assignment, which moves are refused,
// and what has to be done in which order; pure.
//
// A partition that moves has the replicas of its target first, then those of its origin that are to
// go; it is complete when the whole target is in sync.
// Kafka       controller.ReplicaAssignment and the reassignment half of controller.KafkaController
//             (facts 2.7). Differs: a move that supersedes another does not stop all who are in
//             sync, nor leave the partition without leader where one leads that it does not want;
//             a list from /admin/reassign_partitions that names nobody, a broker twice or a
//             negative one is refused too; Kafka would delete every replica.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "controller/admin_result.h"
#include "controller/context.h"

namespace barnabas::controller {

// From where `now` came (a move under way is superseded) to `target`.
zk::PartitionAssignment reassign_to(const zk::PartitionAssignment& now,
                                    const std::vector<BrokerId>& target);

// Error 39: an empty list, a broker twice, a negative id.
AdminResult<void> validate_replicas(const std::vector<BrokerId>& target);

// What an administrator asks of one partition. No target: the move under way is cancelled.
// Errors: 39 as above, if a broker to be added is not alive, or if all who are in sync would be
// stopped; 85 nothing to cancel, 3 unknown or being deleted.
AdminResult<zk::PartitionAssignment> build_reassignment(
    const Context& context, const TopicPartition& tp,
    const std::optional<std::vector<BrokerId>>& target);
// The same of a line in /admin/reassign_partitions, whose brokers may be dead.
AdminResult<zk::PartitionAssignment> build_legacy_reassignment(const Context& context,
                                                               const TopicPartition& tp,
                                                               const std::vector<BrokerId>& target);

bool is_complete(const zk::PartitionAssignment& assignment, const std::vector<BrokerId>& isr);

namespace steps {

struct WriteAssignment {  // to /brokers/topics/T
  zk::PartitionAssignment assignment;
  friend bool operator==(const WriteAssignment&, const WriteAssignment&) = default;
};
struct Remember {  // in the context
  zk::PartitionAssignment assignment;
  friend bool operator==(const Remember&, const Remember&) = default;
};
struct StopReplicas {  // Offline (out of the ISR), deleted, forgotten; nobody waits for the brokers
  std::vector<BrokerId> brokers;
  friend bool operator==(const StopReplicas&, const StopReplicas&) = default;
};
struct HandOver {  // an election among those who stay
  friend bool operator==(const HandOver&, const HandOver&) = default;
};
struct RaiseEpoch {  // the same leader under the next leader epoch, told to origin and added
  friend bool operator==(const RaiseEpoch&, const RaiseEpoch&) = default;
};
struct StartReplicas {  // New
  std::vector<BrokerId> brokers;
  friend bool operator==(const StartReplicas&, const StartReplicas&) = default;
};
struct BringOnline {
  std::vector<BrokerId> brokers;
  friend bool operator==(const BringOnline&, const BringOnline&) = default;
};
struct MoveLeader {  // an election among the target
  friend bool operator==(const MoveLeader&, const MoveLeader&) = default;
};
struct StrikeFromLegacyNode {  // if it lists this partition with these replicas
  std::vector<BrokerId> replicas;
  friend bool operator==(const StrikeFromLegacyNode&, const StrikeFromLegacyNode&) = default;
};
struct UpdateMetadata {
  friend bool operator==(const UpdateMetadata&, const UpdateMetadata&) = default;
};

}  // namespace steps

using Step =
    std::variant<steps::WriteAssignment, steps::Remember, steps::HandOver, steps::StopReplicas,
                 steps::RaiseEpoch, steps::StartReplicas, steps::BringOnline, steps::MoveLeader,
                 steps::StrikeFromLegacyNode, steps::UpdateMetadata>;

// U: what is wanted becomes what is assigned; nothing to do if it is. A replica that only the
// superseded move wanted is stopped at once, if it leads after another was elected.
std::vector<Step> begin_reassignment(const Partition& now, const zk::PartitionAssignment& wanted);
// A: not complete yet.
std::vector<Step> start_replicas(const zk::PartitionAssignment& assignment);
// B: the target is in sync.
std::vector<Step> complete_reassignment(const Context& context, const TopicPartition& tp);

}  // namespace barnabas::controller
