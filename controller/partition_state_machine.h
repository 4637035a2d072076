// The life of a partition: which changes are legal, what a new one starts as, who leads after an
// election.
//
// Owns        nothing; functions over the Context. The reading and writing between them is
//             state_changes.h's.
// Kafka       controller.ZkPartitionStateMachine (facts 2.5).
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "controller/context.h"
#include "controller/elections.h"
#include "controller/request_batch.h"

namespace barnabas::controller {

bool is_legal(PartitionState from, PartitionState to);

// A change that was refused, in words for the log.
struct Refused {
  TopicPartition partition;
  std::string reason;
};

// Those of `partitions` that are assigned and may change to `to`; the others go to `refused`.
std::vector<TopicPartition> legal_changes(const Context& context,
                                          std::span<const TopicPartition> partitions,
                                          PartitionState to, std::vector<Refused>& refused);

// New -> Online: the first live replica leads, all live ones are in sync, epoch 0. No live replica:
// refused.
struct InitialState {
  TopicPartition partition;
  zk::PartitionState state;
};
std::vector<InitialState> initial_states(const Context& context, ControllerEpoch epoch,
                                         std::span<const TopicPartition> partitions,
                                         std::vector<Refused>& refused);
// The state znode has been made (dataVersion 0).
void initialized(Context& context, RequestBatch& batch, const InitialState& made);

enum class Strategy { kOffline, kOfflineUnclean, kReassignment, kPreferred, kControlledShutdown };
const char* name(Strategy strategy);  // Kafka's, for the log and for who asked for the election

// What ZooKeeper says about a partition in an election.
struct Contest {
  TopicPartition partition;
  LeaderAndIsr now;
};
// True if nobody in the ISR is online: the only case in which unclean.leader.election.enable
// matters.
bool needs_unclean(const Context& context, const Contest& contest);

struct Election {
  Strategy strategy = Strategy::kOffline;
  ControllerEpoch epoch;                 // ours; a state of a later one is not touched
  std::set<std::string> unclean_topics;  // kOffline: where the topic allows it
  bool recovery = true;                  // IBP 3.2
};
struct Outcome {
  TopicPartition partition;
  LeaderAndIsr before;  // its partition_epoch conditions the write
  Elected after;
};
std::vector<Outcome> decide(const Context& context, const Election& election,
                            std::span<const Contest> contests, std::vector<Refused>& refused);
// The new state is in ZooKeeper, as dataVersion `version`.
void elected(Context& context, RequestBatch& batch, const Outcome& outcome, PartitionEpoch version);

// At failover: New without a state znode, Online with a live leader, else Offline.
void initialize_partition_states(Context& context);

}  // namespace barnabas::controller
