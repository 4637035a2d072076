// The language of the replica manager's tests: broker 1 is us; topic "t" has id 1, its partitions
// are numbers.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "broker/replica/replica_manager.h"
#include "tests/unit/replica/world.h"

namespace barnabas::broker::replica::testing {

inline TopicId id_of(std::uint8_t n) {
  TopicId id;
  id.bytes[15] = n;
  return id;
}

class ReplicaManagerTest : public ::testing::Test {
 protected:
  explicit ReplicaManagerTest(ReplicaSelector selector = ReplicaSelector::kLeader)
      : manager(
            {.self = BrokerId{1},
             .selector = selector,
             .topic_config =
                 [](const std::string&) { return std::make_shared<const log::LogConfig>(); },
             .alter_isr = [this](IsrChange change) { asked.push_back(std::move(change)); },
             .leader_quota = &quota,
             .space =
                 [](const std::string&) { return env::DiskSpace{.total = 1000, .usable = 400}; }},
            &logs, &metadata, &clock, &disk) {}
  static TopicPartition tp(int partition) { return {"t", PartitionIndex{partition}}; }
  static LeaderAndIsrCommand::Item item(int partition, int leader, int epoch = 0) {
    LeaderAndIsrCommand::Item out{tp(partition), id_of(1), {}};
    out.state.leader = BrokerId{leader};
    out.state.leader_epoch = LeaderEpoch{epoch};
    out.state.partition_epoch = PartitionEpoch{epoch};
    out.state.isr = {BrokerId{1}};
    out.state.replicas = {BrokerId{1}, BrokerId{2}};
    out.state.is_new = true;
    return out;
  }
  LeaderAndIsrResult tell(std::vector<LeaderAndIsrCommand::Item> items) {
    return finish(manager.become_leader_or_follower({header, std::move(items)}));
  }
  ErrorCode tell_one(LeaderAndIsrCommand::Item one) {
    return tell({std::move(one)}).partitions.at(0).error;
  }
  StopReplicaResult stop(int partition, int epoch, bool remove = false) {
    return finish(manager.stop_replica({header, {{tp(partition), LeaderEpoch{epoch}, remove}}}));
  }
  void know(std::vector<int> partitions, std::vector<int> brokers = {1, 2}) {
    UpdateMetadataCommand command{header, {}};
    TopicUpdate topic{"t", id_of(1), {}};
    for (const int n : partitions) {
      topic.partitions.push_back({.index = PartitionIndex{n}, .leader = BrokerId{1}});
    }
    command.update.topics = {topic};
    for (const int n : brokers) command.update.live_brokers.push_back({BrokerId{n}, {}, {}});
    manager.update_metadata(command);
  }

  PartitionAppend produce(int partition, std::size_t records, std::int16_t acks = 1) {
    auto& bytes = frames.emplace_back(records);
    return {.topic = "t",
            .partition = PartitionIndex{partition},
            .set = {.records = bytes},
            .acks = acks};
  }
  static PartitionFetch from(int partition, std::int64_t offset, std::int32_t max_bytes = 1000) {
    return {.topic = "t",
            .partition = PartitionIndex{partition},
            .fetch_offset = Offset{offset},
            .max_bytes = max_bytes};
  }
  ReadResults consume(std::vector<PartitionFetch> items,
                      FetchLimits limits = {.max_bytes = 10000}) {
    return manager.read(Reader::of(BrokerId{-1}, BrokerEpoch{-1}, false, 11), items, limits);
  }
  ReadResults replicate(BrokerId follower, std::vector<PartitionFetch> items) {
    return manager.read(Reader::of(follower, BrokerEpoch{3}, false, 17), items,
                        {.max_bytes = 10000});
  }
  MemoryLog& log(int partition) { return *logs.logs.at(tp(partition)); }

  HandClock clock;
  quota::ReplicationQuota quota{quota::RateWindow{}, &clock};
  InstantDisk disk;
  MemoryLogs logs;
  MetadataCache metadata;
  ControlHeader header{BrokerId{2}, ControllerEpoch{5}, BrokerEpoch{100}};
  std::vector<IsrChange> asked;
  ReplicaManager manager;
  std::deque<std::vector<std::byte>> frames;

  void SetUp() override {
    manager.set_broker_epoch(BrokerEpoch{100});
    know({0, 1, 2});
  }
};

}  // namespace barnabas::broker::replica::testing
