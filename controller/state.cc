#include "controller/state.h"

#include <algorithm>
#include <utility>

namespace barnabas::controller {

const char* name(PartitionState state) {
  switch (state) {
    case PartitionState::kNonExistent: return "NonExistentPartition";
    case PartitionState::kNew: return "NewPartition";
    case PartitionState::kOnline: return "OnlinePartition";
    case PartitionState::kOffline: return "OfflinePartition";
  }
  return "?";
}

const char* name(ReplicaState state) {
  switch (state) {
    case ReplicaState::kNonExistent: return "NonExistentReplica";
    case ReplicaState::kNew: return "NewReplica";
    case ReplicaState::kOnline: return "OnlineReplica";
    case ReplicaState::kOffline: return "OfflineReplica";
    case ReplicaState::kDeletionStarted: return "ReplicaDeletionStarted";
    case ReplicaState::kDeletionSuccessful: return "ReplicaDeletionSuccessful";
    case ReplicaState::kDeletionIneligible: return "ReplicaDeletionIneligible";
  }
  return "?";
}

zk::PartitionState LeaderAndIsr::next(BrokerId leader, std::vector<BrokerId> isr) const {
  zk::PartitionState after = state;
  after.leader = leader;
  after.isr = std::move(isr);
  ++after.leader_epoch;
  return after;
}

bool contains(const std::vector<BrokerId>& ids, BrokerId id) {
  return std::ranges::find(ids, id) != ids.end();
}

std::vector<BrokerId> minus(const std::vector<BrokerId>& ids, const std::vector<BrokerId>& gone) {
  std::vector<BrokerId> left;
  std::ranges::copy_if(ids, std::back_inserter(left),
                       [&](BrokerId id) { return !contains(gone, id); });
  return left;
}

std::vector<BrokerId> without(const std::vector<BrokerId>& ids, BrokerId id) {
  return minus(ids, {id});
}

std::vector<BrokerId> target_replicas(const zk::PartitionAssignment& assignment) {
  return minus(assignment.replicas, assignment.removing);
}

std::vector<BrokerId> origin_replicas(const zk::PartitionAssignment& assignment) {
  return minus(assignment.replicas, assignment.adding);
}

}  // namespace barnabas::controller
