#include "controller/reassignment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace barnabas::controller {
namespace {

// As Scala prints the collections of Kafka's messages.
std::string print(const char* collection, const std::vector<BrokerId>& ids) {
  std::vector<std::int32_t> values;
  for (const BrokerId id : ids) values.push_back(id.value);
  return fmt::format("{}({})", collection, fmt::join(values, ", "));
}

std::unexpected<AdminError> invalid(std::string message) {
  return refuse(ErrorCode::kInvalidReplicaAssignment, std::move(message));
}

std::unexpected<AdminError> unknown() {
  return refuse(ErrorCode::kUnknownTopicOrPartition, "The partition does not exist.");
}

std::vector<BrokerId> live_brokers(const Context& context) {
  std::vector<BrokerId> live = context.broker_ids();
  std::erase_if(live, [&](BrokerId id) { return !context.is_live(id); });
  return live;
}

AdminResult<void> validate_added(const Context& context, const std::vector<BrokerId>& added) {
  const std::vector<BrokerId> live = live_brokers(context);
  if (minus(added, live).empty()) return {};
  return invalid(
      fmt::format("Replica assignment has brokers that are not alive. Replica list: {}, live "
                  "broker list: {}",
                  print("ArrayBuffer", added), print("Set", live)));
}

bool is_known(const Context& context, const TopicPartition& tp) {
  return !context.being_deleted(tp.topic) && context.partition(tp) != nullptr;
}

BrokerId leader_of(const Partition& partition) {
  return partition.leadership ? partition.leadership->state.leader : kNoBroker;
}

// Whom a superseded move has added may be the only ones who have everything.
AdminResult<void> validate_rest(const Context& context, const TopicPartition& tp,
                                const zk::PartitionAssignment& wanted) {
  const Partition* partition = context.partition(tp);
  if (partition == nullptr || !partition->leadership) return {};
  const auto& isr = partition->leadership->state.isr;
  const auto stopped = minus(partition->assignment.replicas, wanted.replicas);
  if (stopped.empty() || isr.empty() || !minus(isr, stopped).empty()) return {};
  return invalid(fmt::format("Nobody of those in sync would stay: {}", print("ArrayBuffer", isr)));
}

// Nothing assigned, if it is unknown.
zk::PartitionAssignment assignment_of(const Context& context, const TopicPartition& tp) {
  const Partition* partition = context.partition(tp);
  return partition == nullptr ? zk::PartitionAssignment{} : partition->assignment;
}

}  // namespace

zk::PartitionAssignment reassign_to(const zk::PartitionAssignment& now,
                                    const std::vector<BrokerId>& target) {
  const std::vector<BrokerId> origin = origin_replicas(now);
  zk::PartitionAssignment wanted;
  wanted.replicas = target;
  wanted.adding = minus(target, origin);
  wanted.removing = minus(origin, target);
  std::ranges::copy(wanted.removing, std::back_inserter(wanted.replicas));
  return wanted;
}

AdminResult<void> validate_replicas(const std::vector<BrokerId>& target) {
  if (target.empty()) return invalid("Empty replica list specified in partition reassignment.");
  if (std::set<BrokerId>(target.begin(), target.end()).size() != target.size()) {
    return invalid("Duplicate replica ids in partition reassignment replica list: " +
                   print("ArrayBuffer", target));
  }
  if (std::ranges::any_of(target, [](BrokerId id) { return id < BrokerId{0}; })) {
    return invalid("Invalid broker id in replica list: " + print("ArrayBuffer", target));
  }
  return {};
}

AdminResult<zk::PartitionAssignment> build_reassignment(
    const Context& context, const TopicPartition& tp,
    const std::optional<std::vector<BrokerId>>& target) {
  const zk::PartitionAssignment now = assignment_of(context, tp);
  if (!target && !now.reassigning()) {
    return refuse(ErrorCode::kNoReassignmentInProgress,
                  std::string(message(ErrorCode::kNoReassignmentInProgress)));
  }
  if (target) {
    if (const auto good = validate_replicas(*target); !good) return std::unexpected(good.error());
  }
  zk::PartitionAssignment wanted = reassign_to(now, target.value_or(origin_replicas(now)));
  if (const auto alive = validate_added(context, wanted.adding); !alive) {
    return std::unexpected(alive.error());
  }
  if (!is_known(context, tp)) return unknown();
  if (const auto rest = validate_rest(context, tp, wanted); !rest) {
    return std::unexpected(rest.error());
  }
  return wanted;
}

AdminResult<zk::PartitionAssignment> build_legacy_reassignment(
    const Context& context, const TopicPartition& tp, const std::vector<BrokerId>& target) {
  if (!is_known(context, tp)) return unknown();
  if (const auto good = validate_replicas(target); !good) return std::unexpected(good.error());
  zk::PartitionAssignment wanted = reassign_to(assignment_of(context, tp), target);
  if (const auto rest = validate_rest(context, tp, wanted); !rest) {
    return std::unexpected(rest.error());
  }
  return wanted;
}

bool is_complete(const zk::PartitionAssignment& assignment, const std::vector<BrokerId>& isr) {
  return !assignment.reassigning() || minus(target_replicas(assignment), isr).empty();
}

std::vector<Step> begin_reassignment(const Partition& now, const zk::PartitionAssignment& wanted) {
  if (now.assignment == wanted) return {};
  std::vector<Step> todo{steps::WriteAssignment{wanted}, steps::Remember{wanted}};
  auto unneeded = minus(now.assignment.replicas, wanted.replicas);
  if (contains(unneeded, leader_of(now))) todo.push_back(steps::HandOver{});
  if (!unneeded.empty()) todo.push_back(steps::StopReplicas{std::move(unneeded)});
  return todo;
}

std::vector<Step> start_replicas(const zk::PartitionAssignment& assignment) {
  return {steps::RaiseEpoch{}, steps::StartReplicas{assignment.adding}};
}

std::vector<Step> complete_reassignment(const Context& context, const TopicPartition& tp) {
  const Partition& partition = *context.partition(tp);
  zk::PartitionAssignment done;
  done.replicas = target_replicas(partition.assignment);
  const BrokerId leader = leader_of(partition);
  const bool stays = contains(done.replicas, leader) && context.is_replica_online(leader, tp);
  std::vector<Step> todo;
  todo.push_back(steps::BringOnline{partition.assignment.adding});
  todo.push_back(steps::Remember{done});
  todo.push_back(stays ? Step{steps::RaiseEpoch{}} : Step{steps::MoveLeader{}});
  todo.push_back(steps::StopReplicas{partition.assignment.removing});
  todo.push_back(steps::WriteAssignment{done});
  todo.push_back(steps::StrikeFromLegacyNode{std::move(done.replicas)});
  todo.push_back(steps::UpdateMetadata{});
  return todo;
}

}  // namespace barnabas::controller
