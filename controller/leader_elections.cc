// Elections of partition leaders that somebody asks for: an administrator by API, an old tool
// through /admin/preferred_replica_election, or the leaders' having strayed too far (facts 2.7).

#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {

env::Task<void> Role::handle(events::ElectLeaders request) {
  ElectionPlan plan = plan_election(context_, request.question);
  const bool preferred = request.question.type == ElectionType::kPreferred;
  auto results = co_await hold_elections(
      std::move(plan.electable), preferred ? Strategy::kPreferred : Strategy::kOfflineUnclean);
  results.merge(std::move(plan.refused));
  request.reply.answer(std::move(results));
}

// Partitions that wait for a replica of their ISR may be led by another one from now on.
env::Task<void> Role::handle(events::UncleanElectionsAllowed event) {
  auto waiting = context_.partitions_to_bring_online();
  std::erase_if(waiting, [&](const TopicPartition& tp) {
    return !event.topic.empty() && tp.topic != event.topic;
  });
  co_await changes_.partitions(std::move(waiting), PartitionState::kOnline);
}

env::Task<ElectionResults> Role::hold_elections(std::vector<TopicPartition> partitions,
                                                Strategy strategy) {
  co_await changes_.partitions(partitions, PartitionState::kOnline, strategy);
  const ErrorCode failed = strategy == Strategy::kPreferred
                               ? ErrorCode::kPreferredLeaderNotAvailable
                               : ErrorCode::kEligibleLeadersNotAvailable;
  ElectionResults results;
  for (const Refused& refused : changes_.refused()) {
    results.emplace(refused.partition, refuse(failed, refused.reason));
  }
  for (TopicPartition& tp : partitions) {
    const auto& leadership = context_.partition(tp)->leadership;
    if (leadership) results.emplace(std::move(tp), leadership->state.leader);
  }
  co_return results;
}

env::Task<void> Role::handle(events::LegacyElectionRequested) {
  std::vector<std::string> legacy{zk::paths::kPreferredReplicaElection};
  co_await store_.watch_existence(std::move(legacy));
  const auto node = co_await store_.get(zk::paths::kPreferredReplicaElection, false);
  if (node) co_await run_legacy_election(*std::move(node));
}

// The node is deleted even if there is none: so does Kafka, at each failover.
env::Task<void> Role::run_legacy_election(std::optional<Node> node) {
  ElectionRequest request;
  if (node && node->data) {
    auto list = zk::PreferredReplicaElection::decode(*node->data);
    if (list) request.partitions = std::move(list->partitions);
  }
  ElectionPlan plan = plan_election(context_, request);
  co_await hold_elections(std::move(plan.electable), Strategy::kPreferred);
  std::vector<std::string> done{zk::paths::kPreferredReplicaElection};
  co_await store_.delete_all(std::move(done));
}

void Role::schedule_rebalance(env::Duration delay) {
  if (!config_.auto_leader_rebalance) return;
  rebalance_ = ports_.sender.clock->after(ports_.sender.executor, delay,
                                          [post = ports_.post] { post(events::RebalanceDue{}); });
}

env::Task<void> Role::handle(events::RebalanceDue) {
  schedule_rebalance(config_.leader_imbalance_check_interval);
  auto strayed = partitions_to_rebalance(context_, config_.leader_imbalance_percentage);
  if (strayed.empty()) co_return;
  env::log_info(kControllerLog, "[Controller id={}] Giving {} partitions back to their leaders",
                config_.broker_id.value, strayed.size());
  co_await hold_elections(std::move(strayed), Strategy::kPreferred);
}

}  // namespace barnabas::controller
