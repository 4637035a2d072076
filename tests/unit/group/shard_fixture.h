// The language of the shard's and the coordinator's tests: broker 1 is us, broker 2 follows, the
// group "g" lives in the only partition of __consumer_offsets.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "broker/group/coordinator.h"
#include "tests/unit/replica/world.h"

namespace barnabas::broker::group::testing {

// Runs what is due when it is told that time passes.
class AlarmClock final : public env::Clock {
 public:
  env::Instant now() const override { return now_; }
  env::WallTime wall() const override {
    return std::chrono::duration_cast<env::WallTime>(now_.time_since_epoch());
  }
  std::unique_ptr<env::Timer> after(env::Executor, env::Duration delay,
                                    std::move_only_function<void()> fn) override {
    auto alarm = std::make_shared<Alarm>(now_ + delay, std::move(fn));
    alarms_.push_back(alarm);
    return std::make_unique<Handle>(alarm);
  }
  void pass(env::Duration time) {
    now_ += time;
    const auto alarms = std::exchange(alarms_, {});
    for (const auto& alarm : alarms) {
      if (!alarm->fn) continue;
      if (alarm->at > now_) {
        alarms_.push_back(alarm);
      } else {
        std::exchange(alarm->fn, nullptr)();
      }
    }
  }

 private:
  struct Alarm {
    env::Instant at;
    std::move_only_function<void()> fn;
  };
  struct Handle final : env::Timer {
    explicit Handle(std::shared_ptr<Alarm> of) : alarm(std::move(of)) {}
    ~Handle() override { cancel(); }
    void cancel() override { alarm->fn = nullptr; }
    std::shared_ptr<Alarm> alarm;
  };
  env::Instant now_{std::chrono::seconds(1000)};
  std::vector<std::shared_ptr<Alarm>> alarms_;
};

class GroupsTest : public ::testing::Test {
 protected:
  GroupsTest()
      : manager({.self = BrokerId{1},
                 .topic_config =
                     [](const std::string&) { return std::make_shared<const log::LogConfig>(); }},
                &logs, &metadata, &clock, &disk) {
    metadata.update(one_partition());
    config.group.initial_rebalance_delay = Millis{0};
    config.retention = std::chrono::hours(1);
  }
  ~GroupsTest() override {
    for (const auto& one : held) {
      one->close();
      start(one->retire());
    }
    loop.poll();
    gate.close();
  }

  // UpdateMetadata of __consumer_offsets.
  static replica::MetadataUpdate one_partition(BrokerId leader = kNoBroker,
                                               LeaderEpoch epoch = kNoLeaderEpoch) {
    replica::MetadataUpdate update;
    replica::PartitionUpdate partition{.index = PartitionIndex{0}};
    partition.leader = leader;
    partition.leader_epoch = epoch;
    update.topics = {{std::string(kOffsetsTopic), {}, {std::move(partition)}}};
    update.live_brokers = {{BrokerId{1}, {}, {}}, {BrokerId{2}, {}, {}}};
    return update;
  }
  // LeaderAndIsr; the partition afterwards.
  replica::PartitionPtr lead_by(int leader, int epoch, std::vector<BrokerId> isr = {BrokerId{1}}) {
    replica::LeaderAndIsrCommand::Item item{offsets_partition(), {}, {}};
    item.state.leader = BrokerId{leader};
    item.state.leader_epoch = LeaderEpoch{epoch};
    item.state.partition_epoch = PartitionEpoch{epoch};
    item.state.isr = std::move(isr);
    item.state.replicas = {BrokerId{1}, BrokerId{2}};
    item.state.is_new = true;
    replica::testing::finish(
        manager.become_leader_or_follower({{BrokerId{1}, ControllerEpoch{1}}, {item}}));
    return manager.find(kOffsetsTopic, PartitionIndex{0});
  }
  // StopReplica of a topic that is deleted.
  void stop_replica() {
    replica::testing::finish(manager.stop_replica(
        {{BrokerId{1}, ControllerEpoch{1}}, {{offsets_partition(), LeaderEpoch{-2}, true}}}));
  }
  // Loaded, and led with that ISR.
  ShardPtr shard(std::vector<BrokerId> isr = {BrokerId{1}}) {
    auto made = loading_shard(std::move(isr));
    start(made->load());
    loop.poll();
    return made;
  }
  ShardPtr loading_shard(std::vector<BrokerId> isr = {BrokerId{1}}) {
    const auto partition = lead_by(1, 0, std::move(isr));
    const ShardPorts ports{&manager, &clock, &disk, &gate};
    held.push_back(
        std::make_shared<Shard>(config, ports, partition, LeaderEpoch{0}, loop.get_executor()));
    return held.back();
  }
  static TopicPartition offsets_partition() {
    return {std::string(kOffsetsTopic), PartitionIndex{0}};
  }
  replica::testing::MemoryLog& log() { return *logs.logs.at(offsets_partition()); }
  // Broker 2 has all there is.
  void follow() {
    const replica::PartitionFetch fetch{.topic = kOffsetsTopic,
                                        .partition = PartitionIndex{0},
                                        .fetch_offset = log().log_end_offset(),
                                        .max_bytes = 1000};
    manager.read(replica::Reader::of(BrokerId{2}, BrokerEpoch{-1}, false, 11), std::span(&fetch, 1),
                 {.max_bytes = 1000});
    run();
  }

  void run() {
    loop.restart();
    loop.poll();
  }
  void pass(env::Duration time) {
    clock.pass(time);
    run();
  }
  void start(env::Task<void> task) {
    boost::asio::co_spawn(loop, std::move(task), boost::asio::detached);
    run();
  }
  // Where the answer will be once it is there.
  template <class T>
  std::shared_ptr<std::optional<T>> ask(env::Task<T> task) {
    auto into = std::make_shared<std::optional<T>>();
    auto body = [](env::Task<T> inner, std::shared_ptr<std::optional<T>> out) -> env::Task<void> {
      *out = co_await std::move(inner);
    };
    start(body(std::move(task), into));
    return into;
  }
  template <class T>
  T answer(env::Task<T> task) {
    const auto into = ask(std::move(task));
    return std::move(into->value());
  }

  static Commit commit(int partition, int offset, std::string note = "") {
    Commit commit{{"t", PartitionIndex{partition}}, {}};
    commit.value.offset = Offset{offset};
    commit.value.metadata = std::move(note);
    commit.value.commit_time = Timestamp{1'000'000};
    return commit;
  }
  static std::optional<int> committed(Shard& shard, int partition) {
    std::vector<TopicPartitions> wanted = {{"t", {PartitionIndex{partition}}}};
    auto fetched = replica::testing::finish(shard.fetch("g", std::move(wanted), false));
    const auto offset = fetched->at(0).partitions.at(0).offset;
    return offset == kNoOffset ? std::nullopt : std::optional(static_cast<int>(offset.value));
  }
  static JoinRequest newcomer() {
    JoinRequest join;
    join.client_id = "c";
    join.session_timeout = Millis{10000};
    join.rebalance_timeout = Millis{60000};
    join.protocol_type = "consumer";
    join.protocols = {{"range", {}}};
    return join;
  }

  boost::asio::io_context loop;
  AlarmClock clock;
  replica::testing::InstantDisk disk;
  replica::testing::MemoryLogs logs;
  replica::MetadataCache metadata;
  replica::ReplicaManager manager;
  ShardConfig config;
  env::Gate gate;
  std::vector<ShardPtr> held;
};

}  // namespace barnabas::broker::group::testing
