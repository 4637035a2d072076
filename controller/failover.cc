// Taking up the role, in Kafka's order (facts 2.3) but for what is said below.

#include <algorithm>
#include <iterator>
#include <ranges>
#include <set>
#include <utility>

#include "controller/loggers.h"
#include "controller/removed_replicas.h"
#include "controller/role.h"
#include "controller/topic_deletion.h"
#include "controller/unseen_restarts.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

constexpr env::Duration kFirstRebalance = std::chrono::seconds(5);

}  // namespace

env::Task<void> Role::take_up() {
  co_await set_up_feature_node();
  watch(zk::paths::kBrokerIds, zk::EventType::kChildrenChanged, events::BrokersChanged{});
  watch(zk::paths::kBrokerTopics, zk::EventType::kChildrenChanged, events::TopicsChanged{});
  watch(zk::paths::kDeleteTopics, zk::EventType::kChildrenChanged, events::TopicDeletionsChanged{});
  watch_all(zk::paths::kPreferredReplicaElection, events::LegacyElectionRequested{});
  watch_all(zk::paths::kReassignPartitions, events::LegacyReassignmentsChanged{});
  watch(zk::paths::kLogDirEvents, zk::EventType::kChildrenChanged, events::LogDirsFailed{});
  watch(zk::paths::kIsrChanges, zk::EventType::kChildrenChanged, events::IsrChangesAnnounced{});
  std::vector<std::string> legacy{zk::paths::kPreferredReplicaElection};
  co_await store_.watch_existence(std::move(legacy));
  co_await clear_notifications(zk::paths::kLogDirEvents);
  co_await clear_notifications(zk::paths::kIsrChanges);
  co_await load_context();
  co_await start_deletions();
  changes_.update_metadata(context_.broker_ids(), {});
  co_await start_state_machines();
  const auto begun = co_await run_legacy_reassignments();
  auto moves = context_.partitions_reassigning();
  std::erase_if(moves, [&](const TopicPartition& tp) { return begun.contains(tp); });
  co_await resume_reassignments(std::move(moves));
  co_await try_deletions();
  auto election = co_await store_.get(zk::paths::kPreferredReplicaElection, false);
  co_await run_legacy_election(std::move(election));
  schedule_rebalance(kFirstRebalance);
}

// /feature says which feature levels the cluster has settled on: none, in ZooKeeper mode, but IBP
// 2.7 wants the node to be there and enabled, and before that disabled.
env::Task<void> Role::set_up_feature_node() {
  zk::FeatureNode wanted;
  wanted.version = config_.ibp.feature_znode_v2() ? 2 : 1;
  wanted.enabled = config_.ibp.feature_znode();
  auto node = co_await store_.get(zk::paths::kFeature, false);
  zk::Request request;
  if (!node) {
    request = zk::Create{zk::paths::kFeature, wanted.encode()};
  } else {
    auto now = zk::FeatureNode::decode(node->data.value_or(""));
    if (!now) throw RoleLost{RoleLost::Why::kFailed, "/feature cannot be read: " + now.error()};
    if (wanted.enabled && now->enabled) wanted.features = now->features;
    const bool same = now->version == wanted.version && now->enabled == wanted.enabled &&
                      now->features == wanted.features;
    if (same) co_return;
    request = zk::SetData{zk::paths::kFeature, wanted.encode(), zk::kAnyVersion};
  }
  const auto outcome = co_await ports_.client->submit_one(std::move(request));
  if (!outcome && outcome.error().error != zk::Error::kNodeExists) {
    fail(outcome.error().error, "writing /feature");
  }
}

// What was announced before our term is in the state that is about to be read. What comes later we
// hear of: listing arms the watch.
env::Task<void> Role::clear_notifications(std::string directory) {
  auto names = co_await store_.children(directory, true);
  for (std::string& name : names) name = directory + '/' + name;
  co_await store_.delete_all(std::move(names));
}

env::Task<void> Role::load_context() {
  auto brokers = co_await read_brokers();
  context_.set_live_brokers(std::move(brokers));
  auto names = co_await store_.children(zk::paths::kBrokerTopics, true);
  for (const std::string& topic : names) {
    context_.add_topic(topic);
    watch_topic(topic);
  }
  auto topics = co_await read_topics(std::move(names));
  co_await assign_missing_ids(&topics);
  for (const ReadTopic& topic : topics) learn(topic);
  const auto ids = context_.broker_ids();
  std::set<BrokerId> watched(ids.begin(), ids.end());
  co_await watch_brokers(std::move(watched));
  co_await load_states();
  for (const auto& [id, broker] : context_.brokers()) add_sender(id, broker);
}

env::Task<void> Role::load_states() {
  const auto partitions = context_.partitions();
  auto states = co_await store_.states(partitions);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    context_.partition(partitions[i])->leadership = std::move(states[i]);
  }
}

env::Task<void> Role::start_deletions() {
  auto marked = co_await store_.children(zk::paths::kDeleteTopics, true);
  if (!config_.delete_topic_enable) {
    co_await unmark(std::move(marked));
    co_return;
  }
  // A topic that is gone already has been left half deleted: its config may still be there.
  for (std::string& topic : marked) {
    const auto is_away = [this](const Replica& replica) {
      return !context_.is_replica_online(replica.broker, replica.partition);
    };
    const bool halted = std::ranges::any_of(context_.replicas_of(topic), is_away);
    if (halted) context_.ineligible_for_deletion.insert(topic);
    context_.to_be_deleted.insert(std::move(topic));
  }
}

// Of `asked`, which have all been sent something: who has answered, or is registered still when a
// broker that was dead would be so no more.
env::Task<std::set<BrokerId>> Role::who_is_alive(std::set<BrokerId> asked) {
  std::set<BrokerId> alive;
  env::Clock& clock = *ports_.sender.clock;
  const env::Instant deadline = clock.now() + config_.session_timeout;
  while (!asked.empty()) {
    const env::Signal listened = listen();
    const bool is_late = clock.now() >= deadline;
    for (const BrokerId id : std::set(asked)) {
      const auto sender = senders_.find(id);
      const bool answered = sender != senders_.end() && sender->second->has_answered();
      const auto node = co_await store_.get(zk::paths::broker(id), true);
      const bool registered = node && BrokerEpoch{node->stat.czxid} == context_.broker(id)->epoch;
      if (registered && (answered || is_late)) alive.insert(id);
      if (!registered || answered || is_late) asked.erase(id);
    }
    if (!asked.empty()) co_await news(listened, deadline);
  }
  co_return alive;
}

// A broker that has just started must not know a topic by half: its clients would take the other
// partitions for gone.
void Role::tell_whole_topics_of(const std::vector<TopicPartition>& partitions) {
  std::set<std::string> topics;
  for (const TopicPartition& tp : partitions) topics.insert(tp.topic);
  std::vector<TopicPartition> all;
  for (const std::string& topic : topics)
    std::ranges::move(context_.partitions_of(topic), std::back_inserter(all));
  if (!all.empty()) changes_.update_metadata(context_.broker_ids(), all);
}

env::Task<void> Role::start_state_machines() {
  initialize_replica_states(context_);
  auto removed = removed_but_in_sync(context_);
  for (const Replica& replica : removed) {
    context_.set_replica_state(replica, ReplicaState::kOnline);
  }
  co_await stop_for_good(std::move(removed));
  auto witnesses = wanted_witnesses(context_);
  const auto alive = co_await who_is_alive(std::move(witnesses));
  auto restarted = restarted_unseen(context_, alive);
  co_await changes_.replicas(std::move(restarted), ReplicaState::kOffline);
  // First those that nobody leads; Kafka's order would write their states twice, and let them wait
  // for all the others.
  initialize_partition_states(context_);
  auto waiting = context_.partitions_to_bring_online();
  tell_whole_topics_of(waiting);
  co_await changes_.partitions(std::move(waiting), PartitionState::kOnline);
  std::vector<Replica> online;
  std::vector<Replica> offline;
  for (Replica& replica : context_.replicas()) {
    const bool is_online = context_.is_replica_online(replica.broker, replica.partition);
    (is_online ? online : offline).push_back(std::move(replica));
  }
  co_await changes_.replicas(std::move(offline), ReplicaState::kOffline);
  co_await changes_.replicas(std::move(online), ReplicaState::kOnline);
}

}  // namespace barnabas::controller
