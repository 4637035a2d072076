// Carries out what the two state machines decide: reads, fenced writes, then the requests to the
// brokers.
//
// Owns        the request batch of the step under way.
// Does not    decide (partition_state_machine.h, replica_state_machine.h do) or wait for brokers.
// Threading   the controller's executor; one call at a time.
// Invariants  written before told: a request goes out only when ZooKeeper has what it says.
//             RoleLost (store.h) leaves nothing half sent: the batch is dropped.
// Kafka       handleStateChanges of both state machines. Differs: a state that we know is read
//             again only if we refuse by it, or writing shows that it has changed.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "controller/context.h"
#include "controller/ibp.h"
#include "controller/partition_state_machine.h"
#include "controller/replica_state_machine.h"
#include "controller/request_batch.h"
#include "controller/store.h"
#include "env/task.h"

namespace barnabas::controller {

struct TermConfig {
  ControllerEpoch epoch;
  Ibp ibp;
  const std::atomic<bool>* unclean_by_default = nullptr;    // where a topic does not say
  std::atomic<std::uint64_t>* unclean_elections = nullptr;  // counts them, over all terms
};

class StateChanges {
 public:
  using Send = std::function<void(std::vector<Outgoing>)>;
  StateChanges(Context& context, Store& store, TermConfig term, Send send)
      : context_(context), store_(store), term_(term), send_(std::move(send)), batch_(context) {}

  // Illegal changes are logged and left out. The partitions that got a leader by election.
  env::Task<std::vector<TopicPartition>> partitions(std::vector<TopicPartition> partitions,
                                                    PartitionState to,
                                                    Strategy strategy = Strategy::kOffline);
  env::Task<void> replicas(std::vector<Replica> replicas, ReplicaState to);
  // What the last change of either kind left out, and why.
  const std::vector<Refused>& refused() const { return refused_; }
  // The same leader and ISR under the next leader epoch, so that its replicas take the assignment
  // as it is now; who is being added is told that it is new. False: no state, or a later
  // controller's.
  env::Task<bool> raise_epoch(TopicPartition tp);
  // With no partitions: only which brokers there are.
  void update_metadata(std::vector<BrokerId> to, std::vector<TopicPartition> partitions);

 private:
  enum class Knowledge { kOurs, kZooKeepers };  // of a partition's state

  env::Task<void> initialize(std::vector<TopicPartition> partitions);
  env::Task<std::vector<bool>> create_states(std::vector<InitialState> states);
  env::Task<std::vector<TopicPartition>> elect(std::vector<TopicPartition> partitions,
                                               Strategy strategy);
  env::Task<std::vector<Contest>> contests(std::vector<TopicPartition> partitions,
                                           Knowledge knowledge);
  env::Task<std::set<std::string>> unclean_topics(const std::vector<Contest>* contests);
  env::Task<void> remove_from_isrs(BrokerId broker, std::vector<TopicPartition> partitions);
  void refuse(std::vector<Refused> refused, Knowledge by, std::vector<TopicPartition>& again);
  void start();
  void note_if_unclean(const Outcome& outcome);
  void log_refused();
  void flush();

  Context& context_;
  Store& store_;
  TermConfig term_;
  Send send_;
  RequestBatch batch_;
  std::vector<Refused> refused_;
};

}  // namespace barnabas::controller
