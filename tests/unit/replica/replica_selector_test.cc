#include "broker/replica/replica_selector.h"

#include <gtest/gtest.h>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

constexpr BrokerId kB{2}, kC{3};

ReadableReplica replica(BrokerId id, std::string rack, int log_end, int caught_up_at = 0) {
  return {id, std::move(rack), Offset{log_end}, env::Instant{std::chrono::seconds(caught_up_at)}};
}

TEST(ReplicaSelectorTest, AReplicaInTheClientsRackIsChosenIfTheLeaderIsElsewhere) {
  const std::vector followers{replica(kB, "x", 10), replica(kC, "y", 10)};
  EXPECT_EQ(select_by_rack("y", "x", followers), kC);
  EXPECT_EQ(select_by_rack("x", "x", followers), std::nullopt);
  EXPECT_EQ(select_by_rack("z", "x", followers), std::nullopt);
  EXPECT_EQ(select_by_rack("", "x", followers), std::nullopt);
  EXPECT_EQ(select_by_rack("y", std::nullopt, followers), kC);
}

TEST(ReplicaSelectorTest, OfSeveralTheOneThatHasMostIsChosenThenTheOneThatCaughtUpLast) {
  EXPECT_EQ(select_by_rack("y", "x", {replica(kB, "y", 11, 1), replica(kC, "y", 10, 2)}), kB);
  EXPECT_EQ(select_by_rack("y", "x", {replica(kB, "y", 10, 2), replica(kC, "y", 10, 1)}), kB);
  EXPECT_EQ(select_by_rack("y", "x", {replica(kB, "y", 10, 1), replica(kC, "y", 10, 1)}), kC);
}

TEST(ReplicaSelectorTest, KafkasTwoClassesAreKnownByLongAndShortName) {
  EXPECT_EQ(parse_replica_selector("org.apache.kafka.common.replica.RackAwareReplicaSelector"),
            ReplicaSelector::kRackAware);
  EXPECT_EQ(parse_replica_selector("org.apache.kafka.common.replica.LeaderSelector"),
            ReplicaSelector::kLeader);
  EXPECT_EQ(parse_replica_selector("com.example.Mine"), std::nullopt);
}

// ---- as the replica manager uses it: we lead t-0 in rack x, broker 2 follows in rack y

class PreferredReplicaTest : public ReplicaManagerTest {
 protected:
  PreferredReplicaTest() : ReplicaManagerTest(ReplicaSelector::kRackAware) {}
  void SetUp() override {
    ReplicaManagerTest::SetUp();
    place({{1, "x"}, {2, "y"}});
    tell({item(0, 1)});
    auto ten = produce(0, 10);
    manager.append(std::span(&ten, 1));
    follow(8);
  }
  void place(std::vector<std::pair<int, std::string>> brokers) {
    UpdateMetadataCommand command{header, {}};
    command.update.topics = {
        {"t", id_of(1), {{.index = PartitionIndex{0}, .leader = BrokerId{1}}}}};
    for (const auto& [id, rack] : brokers) {
      command.update.live_brokers.push_back({BrokerId{id}, {{"PLAINTEXT", "host", id, 0}}, rack});
    }
    manager.update_metadata(command);
  }
  void follow(int offset) {
    manager.read(Reader::of(BrokerId{2}, BrokerEpoch{3}, false, 17), std::array{from(0, offset)},
                 {.max_bytes = 1000});
  }
  static Reader in_rack(std::string rack, std::string listener = "PLAINTEXT") {
    auto reader = Reader::of(kNoBroker, BrokerEpoch{-1}, false, 11);
    reader.rack = std::move(rack);
    reader.listener = std::move(listener);
    return reader;
  }
  BrokerId sent_to(const Reader& reader, int offset) {
    return manager.read(reader, std::array{from(0, offset)}, {.max_bytes = 1000})
        .partitions.at(0)
        .preferred_replica;
  }
};

TEST_F(PreferredReplicaTest, AConsumerInTheFollowersRackIsSentThereAtOnceAndWithoutRecords) {
  const auto answer = manager.read(in_rack("y"), std::array{from(0, 3)}, {.max_bytes = 1000});
  const auto& row = answer.partitions.at(0);
  EXPECT_EQ(row.preferred_replica, BrokerId{2});
  EXPECT_EQ(row.records.length, 0u);
  EXPECT_EQ(row.error, ErrorCode::kNone);
  EXPECT_EQ(row.log_start_offset, Offset{0});
  EXPECT_EQ(row.high_watermark, manager.high_watermark(tp(0)));
  EXPECT_TRUE(answer.summary.answer_now(1));
}

TEST_F(PreferredReplicaTest, EverybodyElseReadsFromTheLeader) {
  EXPECT_EQ(sent_to(in_rack("x"), 3), kNoBroker);
  EXPECT_EQ(sent_to(in_rack(""), 3), kNoBroker);
}

TEST_F(PreferredReplicaTest, AFollowerThatLacksTheOffsetOrCannotBeReachedIsNotChosen) {
  EXPECT_EQ(sent_to(in_rack("y"), 9), kNoBroker);
  EXPECT_EQ(sent_to(in_rack("y", "SSL"), 3), kNoBroker);
  place({{1, "x"}});
  EXPECT_EQ(sent_to(in_rack("y"), 3), kNoBroker);
}

TEST_F(PreferredReplicaTest, AWrongEpochIsRefusedBeforeAReaderIsSentAway) {
  auto asked = from(0, 3);
  asked.current_leader_epoch = LeaderEpoch{7};
  const auto row =
      manager.read(in_rack("y"), std::array{asked}, {.max_bytes = 1000}).partitions.at(0);
  EXPECT_EQ(row.error, ErrorCode::kUnknownLeaderEpoch);
  EXPECT_EQ(row.preferred_replica, kNoBroker);
}

// A consumer that was sent here stays here: sending it on is the leader's business.
TEST_F(PreferredReplicaTest, AFollowerServesWhoComes) {
  tell({item(0, 2, 1)});
  EXPECT_EQ(sent_to(in_rack("y"), 0), kNoBroker);
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
