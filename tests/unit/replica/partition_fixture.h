// The language of the partition tests: broker 1 is us, 2 and 3 are the others. Times are seconds.
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "broker/replica/partition.h"
#include "tests/unit/replica/memory_log.h"

namespace barnabas::broker::replica::testing {

inline constexpr BrokerId kSelf{1}, kB{2}, kC{3};

// One word of the controller.
struct Role {
  int epoch = 0;
  int partition_epoch = 0;
  std::vector<BrokerId> isr{kSelf, kB, kC};
  std::vector<BrokerId> replicas{kSelf, kB, kC};
};

class PartitionTest : public ::testing::Test {
 protected:
  static LeaderAndIsr state(BrokerId leader, const Role& role) {
    LeaderAndIsr out;
    out.leader = leader;
    out.leader_epoch = LeaderEpoch{role.epoch};
    out.partition_epoch = PartitionEpoch{role.partition_epoch};
    out.isr = role.isr;
    out.replicas = role.replicas;
    return out;
  }
  void lead(const Role& role = {}) {
    ASSERT_TRUE(partition.make_leader(state(kSelf, role), now).has_value());
  }
  bool follow(const Role& role) { return partition.make_follower(state(kB, role)); }

  ErrorCode append(std::size_t records, std::int16_t acks = 1) {
    std::vector<std::byte> bytes(records);
    std::vector<log::Appendable> sets{{.records = bytes}};
    const auto outcome = partition.append_as_leader(sets, acks, Timestamp{0}, now);
    return outcome ? outcome->appended.front().error : outcome.error();
  }
  // A follower asks for `offset`; its log starts at `log_start`.
  ReadResult fetch(BrokerId follower, std::int64_t offset, std::int64_t log_start = 0,
                   std::int64_t broker_epoch = 7) {
    ReadFrom from{.offset = Offset{offset},
                  .follower_log_start = Offset{log_start},
                  .max_bytes = 1000,
                  .min_one_batch = true};
    return partition.read(Reader::of(follower, BrokerEpoch{broker_epoch}, false, 17), from, now);
  }
  ReadResult consume(std::int64_t offset, bool committed = false, std::int16_t version = 11) {
    return read_as(BrokerId{-1}, offset, committed, version);
  }
  ReadResult read_as(BrokerId id, std::int64_t offset, bool committed = false,
                     std::int16_t version = 11) {
    ReadFrom from{.offset = Offset{offset}, .max_bytes = 1000, .min_one_batch = true};
    return partition.read(Reader::of(id, BrokerEpoch{-1}, committed, version), from, now);
  }
  ReadResult read_with(LeaderEpoch current, std::int64_t offset,
                       LeaderEpoch last_fetched = kNoLeaderEpoch) {
    ReadFrom from{.offset = Offset{offset},
                  .current_leader_epoch = current,
                  .last_fetched_epoch = last_fetched,
                  .max_bytes = 1000,
                  .min_one_batch = true};
    return partition.read(Reader::of(BrokerId{-1}, BrokerEpoch{-1}, false, 12), from, now);
  }
  std::int64_t hw() const { return partition.high_watermark().value; }
  void pass(int seconds) { now += std::chrono::seconds(seconds); }

  // The ISRs asked of the controller since the last look.
  std::vector<std::vector<BrokerId>> wanted() {
    std::vector<std::vector<BrokerId>> isrs;
    for (const auto& change : std::exchange(asked, {})) {
      isrs.push_back(change.isr);
      last_asked = change;
    }
    return isrs;
  }
  // The controller's answers to what was asked last; true: to be asked again.
  bool refuse(ErrorCode error) { return settle({.error = error}); }
  bool grant() {
    wanted();
    return settle({.leader_epoch = last_asked.leader_epoch,
                   .partition_epoch = PartitionEpoch{last_asked.partition_epoch.value + 1},
                   .isr = last_asked.isr});
  }
  bool settle(const IsrAnswer& answer) {
    wanted();
    return partition.settle_isr_change(last_asked, answer, now);
  }
  PartitionConfig config() {
    return {.self = kSelf,
            .alive = [this](BrokerId id) { return alive.contains(id); },
            .alter_isr = [this](IsrChange change) { asked.push_back(std::move(change)); }};
  }
  void look_for_laggards() { partition.maybe_shrink_isr(now); }

  env::Instant now{std::chrono::seconds(1)};
  std::vector<IsrChange> asked;
  IsrChange last_asked;
  std::set<BrokerId> alive{kSelf, kB, kC};
  std::shared_ptr<MemoryLog> log =
      std::make_shared<MemoryLog>(TopicPartition{"t", PartitionIndex{0}});
  Partition partition{{"t", PartitionIndex{0}}, config()};

  void SetUp() override { partition.set_log(log, Offset{0}); }
};

}  // namespace barnabas::broker::replica::testing
