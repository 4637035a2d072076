#include "controller/state_changes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <ranges>
#include <set>
#include <utility>

#include "controller/loggers.h"
#include "env/check.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

constexpr const char* kUncleanKey = "unclean.leader.election.enable";

bool unclean_in(const std::optional<Node>& config, bool otherwise) {
  if (!config || !config->data) return otherwise;
  const auto entity = zk::ConfigEntity::decode(*config->data);
  if (!entity) return otherwise;
  const auto value = entity->config.find(kUncleanKey);
  return value == entity->config.end() ? otherwise : value->second == "true";
}

// A state znode that exists already is ours if it says what we meant to write: the reply of our
// first try was lost and the client sent it again.
bool is_ours(const std::optional<LeaderAndIsr>& found, const zk::PartitionState& meant) {
  return found && found->state == meant && found->partition_epoch == PartitionEpoch{0};
}

}  // namespace

env::Task<std::vector<TopicPartition>> StateChanges::partitions(
    std::vector<TopicPartition> partitions, PartitionState to, Strategy strategy) {
  start();
  std::vector<TopicPartition> got_leader;
  const auto legal = legal_changes(context_, partitions, to, refused_);
  if (to == PartitionState::kOnline) {
    std::vector<TopicPartition> fresh;
    std::vector<TopicPartition> known;
    for (const TopicPartition& tp : legal) {
      const bool is_new = context_.partition(tp)->state == PartitionState::kNew;
      (is_new ? fresh : known).push_back(tp);
    }
    co_await initialize(std::move(fresh));
    got_leader = co_await elect(std::move(known), strategy);
  } else {
    for (const TopicPartition& tp : legal) context_.partition(tp)->state = to;
  }
  log_refused();
  flush();
  co_return got_leader;
}

env::Task<void> StateChanges::initialize(std::vector<TopicPartition> partitions) {
  auto states = initial_states(context_, term_.epoch, partitions, refused_);
  if (states.empty()) co_return;
  auto made = co_await create_states(states);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (made[i]) {
      initialized(context_, batch_, states[i]);
    } else {
      refused_.push_back({states[i].partition, "its state could not be created"});
    }
  }
}

// Three waves: the topics' `partitions` nodes, the partitions, their states. What the first two
// meet is of no interest: if a parent is missing, the state says so.
env::Task<std::vector<bool>> StateChanges::create_states(std::vector<InitialState> states) {
  std::vector<zk::MultiOp> wave;
  std::set<std::string> topics;
  for (const InitialState& state : states) topics.insert(state.partition.topic);
  for (const std::string& topic : topics) {
    wave.push_back(zk::Create{zk::paths::topic_partitions(topic), std::nullopt});
  }
  co_await store_.write(std::exchange(wave, {}));
  for (const InitialState& state : states) {
    wave.push_back(zk::Create{zk::paths::partition(state.partition), std::nullopt});
  }
  co_await store_.write(std::exchange(wave, {}));
  for (const InitialState& state : states) {
    wave.push_back(zk::Create{zk::paths::partition_state(state.partition), state.state.encode()});
  }
  auto results = co_await store_.write(std::move(wave));

  std::vector<bool> made(results.size(), false);
  std::vector<std::size_t> met;
  std::vector<TopicPartition> look;
  for (std::size_t i = 0; i < results.size(); ++i) {
    made[i] = results[i].has_value();
    if (made[i] || results[i].error() != zk::Error::kNodeExists) continue;
    met.push_back(i);
    look.push_back(states[i].partition);
  }
  if (look.empty()) co_return made;
  auto found = co_await store_.states(std::move(look));
  for (std::size_t i = 0; i < met.size(); ++i)
    made[met[i]] = is_ours(found[i], states[met[i]].state);
  co_return made;
}

// Decides by what we know and writes. Whoever gets no leader by that, or was overtaken by another
// write of the state (of a leader that does not ask us, or our own whose reply was lost) goes round
// again by what ZooKeeper knows.
env::Task<std::vector<TopicPartition>> StateChanges::elect(std::vector<TopicPartition> partitions,
                                                           Strategy strategy) {
  std::vector<TopicPartition> finished;
  for (auto by = Knowledge::kOurs; !partitions.empty(); by = Knowledge::kZooKeepers) {
    const auto ballot = co_await contests(std::exchange(partitions, {}), by);
    Election election{strategy, term_.epoch, {}, term_.ibp.leader_recovery()};
    if (strategy == Strategy::kOffline) election.unclean_topics = co_await unclean_topics(&ballot);
    std::vector<Refused> refused;
    const auto outcomes = decide(context_, election, ballot, refused);
    refuse(std::move(refused), by, partitions);
    std::vector<zk::MultiOp> ops;
    for (const Outcome& outcome : outcomes) {
      ops.push_back(zk::SetData{zk::paths::partition_state(outcome.partition),
                                outcome.after.state.encode(),
                                outcome.before.partition_epoch.value});
    }
    const auto results = co_await store_.write(std::move(ops));
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i]) {
        note_if_unclean(outcomes[i]);
        elected(context_, batch_, outcomes[i], PartitionEpoch{results[i]->version});
        finished.push_back(outcomes[i].partition);
      } else if (results[i].error() == zk::Error::kBadVersion) {
        partitions.push_back(outcomes[i].partition);
      } else {
        refused_.push_back({outcomes[i].partition, zk::name(results[i].error())});
      }
    }
  }
  co_return finished;
}

// What we refuse by our own knowledge alone is looked at once more.
void StateChanges::refuse(std::vector<Refused> refused, Knowledge by,
                          std::vector<TopicPartition>& again) {
  for (Refused& one : refused) {
    if (by == Knowledge::kOurs) {
      again.push_back(std::move(one.partition));
    } else {
      refused_.push_back(std::move(one));
    }
  }
}

// A leader from outside the ISR need not have what was committed.
void StateChanges::note_if_unclean(const Outcome& outcome) {
  const BrokerId leader = outcome.after.state.leader;
  if (contains(outcome.before.state.isr, leader)) return;
  ++*term_.unclean_elections;
  env::log_warn(kStateChangeLog,
                "[Controller epoch={}] Unclean election: partition {} is led by {}, which was not "
                "in sync; records that only {} had are lost",
                term_.epoch.value, to_string(outcome.partition), leader.value,
                fmt::join(outcome.before.state.isr | std::views::transform(&BrokerId::value), ","));
}

// What is written goes by the version that was decided upon, so that nothing is lost with what we
// know being old.
env::Task<std::vector<Contest>> StateChanges::contests(std::vector<TopicPartition> partitions,
                                                       Knowledge knowledge) {
  std::vector<Contest> ballot;
  std::vector<TopicPartition> unknown;
  for (TopicPartition& tp : partitions) {
    const Partition* partition = context_.partition(tp);
    const bool known = knowledge == Knowledge::kOurs && partition && partition->leadership;
    if (known) {
      ballot.push_back({std::move(tp), *partition->leadership});
    } else {
      unknown.push_back(std::move(tp));
    }
  }
  if (unknown.empty()) co_return ballot;
  auto states = co_await store_.states(unknown);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i]) {
      ballot.push_back({std::move(unknown[i]), *std::move(states[i])});
    } else {
      refused_.push_back({std::move(unknown[i]), "it has no state in ZooKeeper"});
    }
  }
  co_return ballot;
}

// Read afresh, and only where the answer matters.
env::Task<std::set<std::string>> StateChanges::unclean_topics(
    const std::vector<Contest>* contests) {
  std::set<std::string> asked;
  for (const Contest& contest : *contests) {
    if (needs_unclean(context_, contest)) asked.insert(contest.partition.topic);
  }
  std::vector<std::string> paths;
  for (const std::string& topic : asked) paths.push_back(zk::paths::topic_config(topic));
  if (paths.empty()) co_return asked;
  const auto configs = co_await store_.get_all(std::move(paths), false);
  auto config = configs.begin();
  std::erase_if(
      asked, [&](const std::string&) { return !unclean_in(*config++, *term_.unclean_by_default); });
  co_return asked;
}

// Broker by broker: the shrinking of one ISR is seen by the next.
env::Task<void> StateChanges::replicas(std::vector<Replica> replicas, ReplicaState to) {
  start();
  std::map<BrokerId, std::vector<Replica>> by_broker;
  for (Replica& replica : replicas) by_broker[replica.broker].push_back(std::move(replica));
  for (const auto& [broker, theirs] : by_broker) {
    auto shrinking = change_replicas(context_, batch_, theirs, to, refused_);
    co_await remove_from_isrs(broker, std::move(shrinking));
  }
  log_refused();
  flush();
}

// Where leaders ask us to change the ISR (KIP-497) nobody else does, and we know whom it lacks.
env::Task<void> StateChanges::remove_from_isrs(BrokerId broker,
                                               std::vector<TopicPartition> partitions) {
  const bool others_write = !term_.ibp.alter_partition();
  for (auto by = Knowledge::kOurs; !partitions.empty(); by = Knowledge::kZooKeepers) {
    auto ballot = co_await contests(std::exchange(partitions, {}), by);
    std::vector<zk::MultiOp> ops;
    std::vector<std::pair<TopicPartition, zk::PartitionState>> written;
    for (Contest& contest : ballot) {
      if (contest.now.state.controller_epoch > term_.epoch) {
        refused_.push_back({contest.partition, "its state was written by a later controller"});
        continue;
      }
      auto after = remove_from_isr(contest.now, broker, term_.epoch);
      if (!after && others_write && by == Knowledge::kOurs) {
        partitions.push_back(std::move(contest.partition));
        continue;
      }
      if (!after) {
        removed_from_isr(context_, batch_, {contest.partition, broker}, std::move(contest.now));
        continue;
      }
      ops.push_back(zk::SetData{zk::paths::partition_state(contest.partition), after->encode(),
                                contest.now.partition_epoch.value});
      written.emplace_back(std::move(contest.partition), *std::move(after));
    }
    const auto results = co_await store_.write(std::move(ops));
    for (std::size_t i = 0; i < results.size(); ++i) {
      auto& [tp, after] = written[i];
      if (results[i]) {
        LeaderAndIsr now{std::move(after), PartitionEpoch{results[i]->version}};
        removed_from_isr(context_, batch_, {tp, broker}, std::move(now));
      } else if (results[i].error() == zk::Error::kBadVersion) {
        partitions.push_back(tp);
      } else {
        refused_.push_back({tp, zk::name(results[i].error())});
      }
    }
  }
}

void StateChanges::update_metadata(std::vector<BrokerId> to,
                                   std::vector<TopicPartition> partitions) {
  BB_CHECK(batch_.empty());
  batch_.add_update_metadata(to, partitions);
  flush();
}

env::Task<bool> StateChanges::raise_epoch(TopicPartition tp) {
  start();
  bool written = false;
  while (!written) {
    std::vector<TopicPartition> wanted{tp};
    const auto states = co_await store_.states(std::move(wanted));
    if (!states.front() || states.front()->state.controller_epoch > term_.epoch) co_return false;
    const LeaderAndIsr& before = *states.front();
    zk::PartitionState after = before.next(before.state.leader, before.state.isr);
    after.controller_epoch = term_.epoch;
    std::vector<zk::MultiOp> ops;
    ops.push_back(
        zk::SetData{zk::paths::partition_state(tp), after.encode(), before.partition_epoch.value});
    const auto results = co_await store_.write(std::move(ops));
    written = results.front().has_value();
    if (!written && results.front().error() != zk::Error::kBadVersion) co_return false;
    if (written) {
      Partition* partition = context_.partition(tp);
      BB_CHECK(partition != nullptr);
      partition->leadership = {std::move(after), PartitionEpoch{results.front()->version}};
    }
  }
  const Partition& partition = *context_.partition(tp);
  batch_.add_leader_and_isr(origin_replicas(partition.assignment), tp, partition, false);
  batch_.add_leader_and_isr(partition.assignment.adding, tp, partition, true);
  flush();
  co_return true;
}

void StateChanges::start() {
  BB_CHECK(batch_.empty());
  refused_.clear();
}

void StateChanges::log_refused() {
  for (const Refused& refused : refused_) {
    env::log_warn(kStateChangeLog, "[Controller epoch={}] Partition {}: {}", term_.epoch.value,
                  to_string(refused.partition), refused.reason);
  }
}

void StateChanges::flush() { send_(batch_.finish()); }

}  // namespace barnabas::controller
