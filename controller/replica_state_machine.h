// The life of a replica: which changes are legal, what each tells the brokers, what it does to the
// ISR.
//
// Owns        nothing; functions over the Context. The reading and writing between them is
//             state_changes.h's.
// Kafka       controller.ZkReplicaStateMachine (facts 2.5).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "controller/context.h"
#include "controller/partition_state_machine.h"
#include "controller/request_batch.h"

namespace barnabas::controller {

bool is_legal(ReplicaState from, ReplicaState to);

// Changes the legal ones of `replicas` (all on one broker) and fills the batch. What cannot be done
// without ZooKeeper is returned: for kOffline the partitions whose ISR must lose this broker, their
// replica state not yet changed. Empty for every other state.
std::vector<TopicPartition> change_replicas(Context& context, RequestBatch& batch,
                                            std::span<const Replica> replicas, ReplicaState to,
                                            std::vector<Refused>& refused);

// Without this broker: never empty (a last member stays), leaderless if it led, one leader epoch
// later. nullopt: it is not in the ISR, nothing to write.
std::optional<zk::PartitionState> remove_from_isr(const LeaderAndIsr& now, BrokerId broker,
                                                  ControllerEpoch epoch);
// ZooKeeper has `after` (whether changed or found so): the replica is Offline, the others are told.
void removed_from_isr(Context& context, RequestBatch& batch, const Replica& replica,
                      LeaderAndIsr after);

// At failover: Online if it is, else unfit for deletion until its broker is back.
void initialize_replica_states(Context& context);

}  // namespace barnabas::controller
