#include "controller/replica_state_machine.h"

#include <fmt/format.h>

#include <utility>

#include "env/check.h"

namespace barnabas::controller {
namespace {

std::string illegal(const Replica& replica, ReplicaState from, ReplicaState to) {
  return fmt::format("illegal change of replica {} from {} to {}", replica.broker.value, name(from),
                     name(to));
}

// False: it leads already, so it cannot be new.
bool become_new(Context& context, RequestBatch& batch, const Replica& replica,
                const Partition& partition) {
  if (partition.leadership) {
    if (partition.leadership->state.leader == replica.broker) return false;
    batch.add_leader_and_isr({replica.broker}, replica.partition, partition, true);
  }
  context.set_replica_state(replica, ReplicaState::kNew);
  return true;
}

void become_online(Context& context, RequestBatch& batch, const Replica& replica,
                   Partition& partition) {
  if (context.replica_state(replica) == ReplicaState::kNew) {
    std::vector<BrokerId>& replicas = partition.assignment.replicas;
    if (!contains(replicas, replica.broker)) replicas.push_back(replica.broker);
  } else if (partition.leadership) {
    batch.add_leader_and_isr({replica.broker}, replica.partition, partition, false);
  }
  context.set_replica_state(replica, ReplicaState::kOnline);
}

// True: the ISR in ZooKeeper has to be looked at before the replica is Offline.
bool become_offline(Context& context, RequestBatch& batch, const Replica& replica,
                    const Partition& partition) {
  batch.add_stop_replica(replica.broker, replica.partition, false);
  if (partition.leadership) return true;
  context.set_replica_state(replica, ReplicaState::kOffline);
  return false;
}

void become_non_existent(Context& context, const Replica& replica, Partition& partition) {
  zk::PartitionAssignment& assignment = partition.assignment;
  assignment.replicas = without(assignment.replicas, replica.broker);
  assignment.adding = without(assignment.adding, replica.broker);
  assignment.removing = without(assignment.removing, replica.broker);
  context.set_replica_state(replica, ReplicaState::kNonExistent);
}

}  // namespace

bool is_legal(ReplicaState from, ReplicaState to) {
  using enum ReplicaState;
  switch (to) {
    case kNew: return from == kNonExistent;
    case kOnline:
    case kOffline:
      return from == kNew || from == kOnline || from == kOffline || from == kDeletionIneligible;
    case kDeletionStarted: return from == kOffline;
    case kDeletionSuccessful: return from == kDeletionStarted;
    case kDeletionIneligible: return from == kOffline || from == kDeletionStarted;
    case kNonExistent: return from == kDeletionSuccessful;
  }
  return false;
}

std::vector<TopicPartition> change_replicas(Context& context, RequestBatch& batch,
                                            std::span<const Replica> replicas, ReplicaState to,
                                            std::vector<Refused>& refused) {
  std::vector<TopicPartition> need_isr;
  for (const Replica& replica : replicas) {
    Partition* partition = context.partition(replica.partition);
    const ReplicaState from = context.replica_state(replica);
    if (partition == nullptr || !is_legal(from, to)) {
      refused.push_back({replica.partition, illegal(replica, from, to)});
      continue;
    }
    using enum ReplicaState;
    switch (to) {
      case kNew:
        if (!become_new(context, batch, replica, *partition)) {
          refused.push_back({replica.partition, "a replica that leads cannot be new"});
        }
        break;
      case kOnline: become_online(context, batch, replica, *partition); break;
      case kOffline:
        if (become_offline(context, batch, replica, *partition))
          need_isr.push_back(replica.partition);
        break;
      case kDeletionStarted:
        batch.add_stop_replica(replica.broker, replica.partition, true);
        context.set_replica_state(replica, to);
        break;
      case kDeletionSuccessful:
      case kDeletionIneligible: context.set_replica_state(replica, to); break;
      case kNonExistent: become_non_existent(context, replica, *partition); break;
    }
  }
  return need_isr;
}

std::optional<zk::PartitionState> remove_from_isr(const LeaderAndIsr& now, BrokerId broker,
                                                  ControllerEpoch epoch) {
  if (!contains(now.state.isr, broker)) return std::nullopt;
  const BrokerId leader = now.state.leader == broker ? kNoBroker : now.state.leader;
  auto isr = now.state.isr.size() == 1 ? now.state.isr : without(now.state.isr, broker);
  zk::PartitionState after = now.next(leader, std::move(isr));
  after.controller_epoch = epoch;
  return after;
}

void removed_from_isr(Context& context, RequestBatch& batch, const Replica& replica,
                      LeaderAndIsr after) {
  Partition* partition = context.partition(replica.partition);
  BB_CHECK(partition != nullptr);
  partition->leadership = std::move(after);
  if (!context.being_deleted(replica.partition.topic)) {
    const auto others = without(partition->assignment.replicas, replica.broker);
    batch.add_leader_and_isr(others, replica.partition, *partition, false);
  }
  context.set_replica_state(replica, ReplicaState::kOffline);
}

void initialize_replica_states(Context& context) {
  for (const Replica& replica : context.replicas()) {
    const bool online = context.is_replica_online(replica.broker, replica.partition);
    context.set_replica_state(replica,
                              online ? ReplicaState::kOnline : ReplicaState::kDeletionIneligible);
  }
}

}  // namespace barnabas::controller
