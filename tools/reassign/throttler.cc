#include "tools/reassign/throttler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/broker_list.h"
#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

constexpr std::string_view kDirectoryRate = "replica.alter.log.dirs.io.max.bytes.per.second";
constexpr std::string_view kLeaderRate = "leader.replication.throttled.rate";
constexpr std::string_view kFollowerRate = "follower.replication.throttled.rate";
constexpr std::string_view kLeaderReplicas = "leader.replication.throttled.replicas";
constexpr std::string_view kFollowerReplicas = "follower.replication.throttled.replicas";

ConfigChanges set_all(std::initializer_list<std::string_view> names, std::int64_t value) {
  ConfigChanges changes;
  for (const auto name : names) changes.emplace_back(name, std::to_string(value));
  return changes;
}

ConfigChanges remove_all(std::initializer_list<std::string_view> names) {
  ConfigChanges changes;
  for (const auto name : names) changes.emplace_back(name, std::nullopt);
  return changes;
}

template <class T>
std::vector<T> shown_order(const std::set<T>& items) {
  return in_java_order(std::vector<T>(items.begin(), items.end()));
}

}  // namespace

env::Task<ReassignResult<>> Throttler::slow_moves(Moves moves, std::int64_t rate) {
  std::map<std::string, ConfigChanges> topics;
  for (const auto& [topic, replicas] : throttled_replicas(moves)) {
    if (!replicas.leaders.empty()) topics[topic].emplace_back(kLeaderReplicas, replicas.leaders);
    if (!replicas.followers.empty()) {
      topics[topic].emplace_back(kFollowerReplicas, replicas.followers);
    }
  }
  const auto named = co_await cluster_.change_topics(topics);
  if (!named) co_return accident(named.error());
  const auto brokers = brokers_of(moves);
  const auto rates = set_all({kLeaderRate, kFollowerRate}, rate);
  const auto changed = co_await cluster_.change_brokers(brokers, rates);
  if (!changed) co_return accident(changed.error());
  console_.out << fmt::format("The inter-broker throttle limit was set to {} B/s\n", rate);
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<>> Throttler::slow_directory_moves(std::set<BrokerId> brokers,
                                                            std::int64_t rate) {
  const auto rates = set_all({kDirectoryRate}, rate);
  const auto changed = co_await cluster_.change_brokers(brokers, rates);
  if (!changed) co_return accident(changed.error());
  console_.out << fmt::format("The replica-alter-dir throttle limit was set to {} B/s\n", rate);
  co_return ReassignResult<>{};
}

env::Task<ReassignResult<>> Throttler::clear(Assignments targets) {
  const auto known = co_await cluster_.brokers();
  if (!known) co_return accident(known.error());
  std::set<BrokerId> brokers;
  for (const auto& [id, rack] : *known) brokers.insert(id);
  for (const auto& [partition, replicas] : targets) {
    brokers.insert(replicas.begin(), replicas.end());
  }
  console_.out << fmt::format("Clearing broker-level throttles on broker{} {}\n",
                              plural(brokers.size()), join(shown_order(brokers)));
  const auto rates = remove_all({kLeaderRate, kFollowerRate, kDirectoryRate});
  const auto cleared = co_await cluster_.change_brokers(brokers, rates);
  if (!cleared) co_return accident(cleared.error());
  const auto topics = topics_of(targets);
  const auto ended = co_await clear_topics(topics);
  co_return ended;
}

env::Task<ReassignResult<>> Throttler::clear_topics(std::set<std::string> topics) {
  console_.out << fmt::format("Clearing topic-level throttles on topic{} {}\n",
                              plural(topics.size()), fmt::join(shown_order(topics), ","));
  std::map<std::string, ConfigChanges> changes;
  for (const auto& topic : topics) {
    changes[topic] = remove_all({kLeaderReplicas, kFollowerReplicas});
  }
  const auto changed = co_await cluster_.change_topics(changes);
  if (!changed) co_return accident(changed.error());
  co_return ReassignResult<>{};
}

}  // namespace barnabas::tools
