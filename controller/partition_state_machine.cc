#include "controller/partition_state_machine.h"

#include <fmt/format.h>

#include <utility>

#include "env/check.h"

namespace barnabas::controller {
namespace {

Candidates candidates(const Context& context, const Election& election, const TopicPartition& tp,
                      const zk::PartitionAssignment& assignment) {
  Candidates among;
  among.assigned = election.strategy == Strategy::kReassignment ? target_replicas(assignment)
                                                                : assignment.replicas;
  const bool or_shutting_down = election.strategy == Strategy::kControlledShutdown;
  for (const BrokerId id : among.assigned) {
    if (context.is_replica_online(id, tp, or_shutting_down)) among.live.push_back(id);
  }
  return among;
}

std::optional<Elected> elect(const Context& context, const Election& election,
                             const Contest& contest, const Candidates& among) {
  switch (election.strategy) {
    case Strategy::kOffline: {
      const bool unclean = election.unclean_topics.contains(contest.partition.topic);
      return elect_offline(contest.now, among, unclean, election.recovery);
    }
    case Strategy::kOfflineUnclean:
      return elect_offline(contest.now, among, true, election.recovery);
    case Strategy::kReassignment: return elect_for_reassignment(contest.now, among);
    case Strategy::kPreferred: return elect_preferred(contest.now, among);
    case Strategy::kControlledShutdown:
      return elect_for_shutdown(contest.now, among, context.shutting_down());
  }
  return std::nullopt;
}

}  // namespace

const char* name(Strategy strategy) {
  switch (strategy) {
    case Strategy::kOffline: return "OfflinePartitionLeaderElectionStrategy(false)";
    case Strategy::kOfflineUnclean: return "OfflinePartitionLeaderElectionStrategy(true)";
    case Strategy::kReassignment: return "ReassignPartitionLeaderElectionStrategy";
    case Strategy::kPreferred: return "PreferredReplicaPartitionLeaderElectionStrategy";
    case Strategy::kControlledShutdown: return "ControlledShutdownPartitionLeaderElectionStrategy";
  }
  return "?";
}

bool is_legal(PartitionState from, PartitionState to) {
  using enum PartitionState;
  switch (to) {
    case kNew: return from == kNonExistent;
    case kOnline:
    case kOffline: return from == kNew || from == kOnline || from == kOffline;
    case kNonExistent: return from == kOffline;
  }
  return false;
}

std::vector<TopicPartition> legal_changes(const Context& context,
                                          std::span<const TopicPartition> partitions,
                                          PartitionState to, std::vector<Refused>& refused) {
  std::vector<TopicPartition> legal;
  for (const TopicPartition& tp : partitions) {
    const Partition* partition = context.partition(tp);
    const PartitionState from =
        partition == nullptr ? PartitionState::kNonExistent : partition->state;
    if (partition != nullptr && is_legal(from, to)) {
      legal.push_back(tp);
    } else {
      refused.push_back({tp, fmt::format("illegal change from {} to {}", name(from), name(to))});
    }
  }
  return legal;
}

std::vector<InitialState> initial_states(const Context& context, ControllerEpoch epoch,
                                         std::span<const TopicPartition> partitions,
                                         std::vector<Refused>& refused) {
  std::vector<InitialState> states;
  for (const TopicPartition& tp : partitions) {
    std::vector<BrokerId> live = context.online_of(context.partition(tp)->assignment.replicas, tp);
    if (live.empty()) {
      refused.push_back({tp, "none of its replicas is alive"});
      continue;
    }
    zk::PartitionState state;
    state.leader = live.front();
    state.isr = std::move(live);
    state.controller_epoch = epoch;
    states.push_back({tp, std::move(state)});
  }
  return states;
}

void initialized(Context& context, RequestBatch& batch, const InitialState& made) {
  Partition* partition = context.partition(made.partition);
  BB_CHECK(partition != nullptr);
  partition->leadership = LeaderAndIsr{made.state, PartitionEpoch{0}};
  partition->state = PartitionState::kOnline;
  batch.add_leader_and_isr(made.state.isr, made.partition, *partition, true);
}

bool needs_unclean(const Context& context, const Contest& contest) {
  return context.online_of(contest.now.state.isr, contest.partition).empty();
}

std::vector<Outcome> decide(const Context& context, const Election& election,
                            std::span<const Contest> contests, std::vector<Refused>& refused) {
  std::vector<Outcome> outcomes;
  for (const Contest& contest : contests) {
    const Partition* partition = context.partition(contest.partition);
    BB_CHECK(partition != nullptr);
    if (contest.now.state.controller_epoch > election.epoch) {
      refused.push_back({contest.partition, "its state was written by a later controller"});
      continue;
    }
    const Candidates among =
        candidates(context, election, contest.partition, partition->assignment);
    auto after = elect(context, election, contest, among);
    if (!after) {
      refused.push_back({contest.partition,
                         fmt::format("Failed to elect leader for partition {} under strategy {}",
                                     to_string(contest.partition), name(election.strategy))});
      continue;
    }
    after->state.controller_epoch = election.epoch;
    outcomes.push_back({contest.partition, contest.now, *std::move(after)});
  }
  return outcomes;
}

void elected(Context& context, RequestBatch& batch, const Outcome& outcome,
             PartitionEpoch version) {
  Partition* partition = context.partition(outcome.partition);
  BB_CHECK(partition != nullptr);
  partition->leadership = LeaderAndIsr{outcome.after.state, version};
  partition->state = PartitionState::kOnline;
  batch.add_leader_and_isr(outcome.after.recipients, outcome.partition, *partition, false);
}

void initialize_partition_states(Context& context) {
  for (const TopicPartition& tp : context.partitions()) {
    Partition* partition = context.partition(tp);
    if (!partition->leadership) {
      partition->state = PartitionState::kNew;
    } else if (context.is_replica_online(partition->leadership->state.leader, tp)) {
      partition->state = PartitionState::kOnline;
    } else {
      partition->state = PartitionState::kOffline;
    }
  }
}

}  // namespace barnabas::controller
