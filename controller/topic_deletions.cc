// Topics marked for deletion: through both state machines, then out of ZooKeeper (facts 2.7).

#include <algorithm>
#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "controller/topic_deletion.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {

env::Task<void> Role::handle(events::TopicDeletionsChanged) {
  auto marked = co_await store_.children(zk::paths::kDeleteTopics, true);
  std::vector<std::string> refused;
  std::vector<std::string> accepted;
  for (std::string& topic : marked) {
    const bool known = context_.topic(topic) != nullptr;
    (known && config_.delete_topic_enable ? accepted : refused).push_back(std::move(topic));
  }
  co_await unmark(std::move(refused));
  if (accepted.empty()) co_return;
  // One that moves does not wait for that: brokers are told that it is gone, nobody is elected for
  // it, so that the move might never end.
  for (std::string& topic : accepted) context_.to_be_deleted.insert(std::move(topic));
  co_await try_deletions();
}

env::Task<void> Role::unmark(std::vector<std::string> topics) {
  for (std::string& topic : topics) topic = zk::paths::delete_topic(topic);
  co_await store_.delete_all(std::move(topics));
}

env::Task<void> Role::handle(events::ReplicasDeleted event) {
  if (!is_current(event.from)) co_return;
  std::vector<Replica> failed;
  std::vector<Replica> deleted;
  for (const auto& [tp, error] : event.results) {
    if (!context_.being_deleted(tp.topic)) continue;
    const Replica replica{tp, event.from.broker};
    if (context_.replica_state(replica) != ReplicaState::kDeletionStarted) continue;
    (error == ErrorCode::kNone ? deleted : failed).push_back(replica);
  }
  if (!failed.empty()) co_await replica_deletion_failed(std::move(failed));
  co_await changes_.replicas(std::move(deleted), ReplicaState::kDeletionSuccessful);
  co_await try_deletions();
}

env::Task<void> Role::replica_deletion_failed(std::vector<Replica> replicas) {
  std::set<std::string> topics;
  for (const Replica& replica : replicas) topics.insert(replica.partition.topic);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kDeletionIneligible);
  halt_deletion(context_, topics);
  co_await try_deletions();
}

env::Task<void> Role::try_deletions() {
  DeletionPlan plan = plan_deletion(context_);
  for (std::string& topic : plan.complete) co_await complete_deletion(std::move(topic));
  if (!plan.retry.empty())
    co_await changes_.replicas(std::move(plan.retry), ReplicaState::kOffline);
  auto topics = topics_to_delete(context_);
  if (!topics.empty()) co_await begin_deletions(std::move(topics));
}

env::Task<void> Role::begin_deletions(std::vector<std::string> topics) {
  std::vector<TopicPartition> partitions;
  std::vector<TopicPartition> unseen;
  for (const std::string& topic : topics) {
    env::log_info(kDeletionLog, "[Controller id={}] Deleting topic {}", config_.broker_id.value,
                  topic);
    const bool first_time = context_.deletion_begun.insert(topic).second;
    for (TopicPartition& tp : context_.partitions_of(topic)) {
      if (first_time) unseen.push_back(tp);
      partitions.push_back(std::move(tp));
    }
  }
  co_await changes_.partitions(unseen, PartitionState::kOffline);
  co_await changes_.partitions(std::move(unseen), PartitionState::kNonExistent);
  // So that brokers stop serving what is about to go.
  changes_.update_metadata(context_.broker_ids(), std::move(partitions));
  co_await delete_replicas(std::move(topics));
}

env::Task<void> Role::delete_replicas(std::vector<std::string> topics) {
  DeletionStep step = step_deletion(context_, topics);
  co_await changes_.replicas(std::move(step.dead), ReplicaState::kDeletionIneligible);
  co_await changes_.replicas(step.alive, ReplicaState::kOffline);
  co_await changes_.replicas(std::move(step.alive), ReplicaState::kDeletionStarted);
  halt_deletion(context_, step.halted);
}

// Unwatched first: a topic made again under this name is seen as new, not as changed.
env::Task<void> Role::complete_deletion(std::string topic) {
  unwatch(zk::paths::topic(topic));
  auto replicas = context_.replicas_of(topic);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kNonExistent);
  co_await store_.delete_recursive(zk::paths::topic(topic));
  std::vector<std::string> config{zk::paths::topic_config(topic)};
  co_await store_.delete_all(std::move(config));
  // What was moving is gone: its line would bar the next tool's list.
  auto of_topic = [&](const TopicPartition& tp, const auto&) { return tp.topic == topic; };
  co_await strike_from_legacy_node(std::move(of_topic));
  std::vector<std::string> marker{topic};
  co_await unmark(std::move(marker));
  context_.remove_topic(topic);
}

}  // namespace barnabas::controller
