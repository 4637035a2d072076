#include "broker/replica/partition.h"

#include <gmock/gmock.h>

#include "tests/unit/replica/partition_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// ---- the high watermark

TEST_F(PartitionTest, TheHighWatermarkIsWhatAllOfTheIsrHave) {
  lead();
  append(10);
  EXPECT_EQ(hw(), 0);
  fetch(kB, 10);
  EXPECT_EQ(hw(), 0);
  fetch(kC, 7);
  EXPECT_EQ(hw(), 7);
  fetch(kC, 10);
  EXPECT_EQ(hw(), 10);
}

TEST_F(PartitionTest, ALeaderAloneCommitsAtOnce) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  append(3);
  EXPECT_EQ(hw(), 3);
}

// A follower that restarts with an empty disk asks for 0 again; what was committed stays committed.
TEST_F(PartitionTest, TheHighWatermarkNeverMovesBackWhileLeading) {
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  fetch(kC, 0);
  fetch(kB, 4);
  EXPECT_EQ(hw(), 10);
  append(5);
  lead({.epoch = 1, .partition_epoch = 1});
  EXPECT_EQ(hw(), 10);
}

TEST_F(PartitionTest, AReplicaOutsideTheIsrAndFarBehindDoesNotHoldBackTheHighWatermark) {
  lead({.isr = {kSelf, kB}});
  append(10);
  fetch(kB, 10);
  fetch(kC, 2);
  append(10);
  fetch(kB, 20);
  EXPECT_EQ(hw(), 20);
}

// It may join the ISR any moment; were it not waited for, it would join behind the watermark
// (KIP-497).
TEST_F(PartitionTest, ACaughtUpReplicaOutsideTheIsrHoldsBackTheHighWatermark) {
  lead({.isr = {kSelf, kB}});
  append(10);
  fetch(kC, 10);
  append(10);
  fetch(kB, 20);
  EXPECT_EQ(hw(), 10);
  fetch(kC, 20);
  EXPECT_EQ(hw(), 20);
}

TEST_F(PartitionTest, ACaughtUpReplicaThatIsNotAliveDoesNotCount) {
  lead({.isr = {kSelf, kB}});
  append(10);
  alive.erase(kC);
  fetch(kC, 10);
  append(10);
  fetch(kB, 20);
  EXPECT_EQ(hw(), 20);
}

TEST_F(PartitionTest, ACaughtUpReplicaThatFallsSilentStopsCounting) {
  lead({.isr = {kSelf, kB}});
  fetch(kC, 0);
  refuse(ErrorCode::kIneligibleReplica);
  append(10);
  fetch(kB, 10);
  EXPECT_EQ(hw(), 0);
  pass(31);
  look_for_laggards();
  EXPECT_EQ(hw(), 10);
}

TEST_F(PartitionTest, BelowMinIsrTheHighWatermarkStandsStill) {
  log->set_min_isr(2);
  lead({.isr = {kSelf}});
  append(10);
  EXPECT_EQ(hw(), 0);
  lead({.epoch = 0, .partition_epoch = 1, .isr = {kSelf, kB}});
  fetch(kB, 10);
  EXPECT_EQ(hw(), 10);
}

TEST_F(PartitionTest, MinIsrIsCappedByTheNumberOfReplicas) {
  log->set_min_isr(2);
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  EXPECT_EQ(append(1, -1), ErrorCode::kNone);
  EXPECT_EQ(hw(), 1);
  EXPECT_FALSE(partition.is_under_min_isr());
}

TEST_F(PartitionTest, ACheckpointBeyondTheLogIsCutToIt) {
  Partition other({"t", PartitionIndex{1}},
                  {.self = kSelf, .alive = [](BrokerId) { return true; }});
  log->append(5, LeaderEpoch{0});
  other.set_log(log, Offset{9});
  EXPECT_EQ(other.high_watermark(), Offset{5});
}

TEST_F(PartitionTest, AFollowersHighWatermarkIsItsLeadersButNotBeyondItsOwnLog) {
  follow({.epoch = 3});
  std::vector<std::byte> ten(10);
  ASSERT_TRUE(
      partition.append_as_follower(ten, LeaderEpoch{3}, {Offset{15}, Offset{0}}, Timestamp{0}));
  EXPECT_EQ(hw(), 10);
  ASSERT_TRUE(
      partition.append_as_follower({}, LeaderEpoch{3}, {Offset{8}, Offset{2}}, Timestamp{0}));
  EXPECT_EQ(hw(), 8);
  EXPECT_EQ(partition.log_start_offset(), Offset{2});
}

TEST_F(PartitionTest, AnAnswerFromAnEarlierEpochIsNotAppended) {
  follow({.epoch = 3});
  std::vector<std::byte> one(1);
  const auto old =
      partition.append_as_follower(one, LeaderEpoch{2}, {Offset{0}, Offset{0}}, Timestamp{0});
  EXPECT_EQ(old.error(), ErrorCode::kFencedLeaderEpoch);
  lead({.epoch = 4, .partition_epoch = 1});
  const auto leading =
      partition.append_as_follower(one, LeaderEpoch{4}, {Offset{0}, Offset{0}}, Timestamp{0});
  EXPECT_EQ(leading.error(), ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(partition.log_end_offset(), Offset{0});
}

// ---- roles

TEST_F(PartitionTest, BecomingLeaderRecordsWhereTheEpochStarts) {
  log->append(5, LeaderEpoch{0});
  lead({.epoch = 4});
  EXPECT_EQ(log->epoch_of_offset(Offset{5}), LeaderEpoch{4});
  EXPECT_TRUE(partition.is_leader());
  EXPECT_EQ(partition.leader_epoch(), LeaderEpoch{4});
  EXPECT_THAT(partition.isr(), ElementsAre(kSelf, kB, kC));
}

TEST_F(PartitionTest, OnlyTheFirstOfTwoEpochsAsLeaderIsNews) {
  EXPECT_TRUE(*partition.make_leader(state(kSelf, {.epoch = 1}), now));
  EXPECT_FALSE(*partition.make_leader(state(kSelf, {.epoch = 2, .partition_epoch = 1}), now));
}

TEST_F(PartitionTest, AnOlderPartitionEpochChangesNothing) {
  lead({.epoch = 1, .partition_epoch = 5});
  EXPECT_FALSE(*partition.make_leader(
      state(kSelf, {.epoch = 1, .partition_epoch = 4, .isr = {kSelf}}), now));
  EXPECT_THAT(partition.isr(), ElementsAre(kSelf, kB, kC));
  EXPECT_FALSE(follow({.epoch = 2, .partition_epoch = 4}));
  EXPECT_TRUE(partition.is_leader());
}

TEST_F(PartitionTest, AFollowerStartsOverWithEveryEpochAndClaimsNoIsr) {
  EXPECT_TRUE(follow({.epoch = 1}));
  EXPECT_FALSE(follow({.epoch = 1, .partition_epoch = 1}));
  EXPECT_TRUE(follow({.epoch = 2, .partition_epoch = 2}));
  EXPECT_THAT(partition.isr(), IsEmpty());
  EXPECT_EQ(partition.leader(), kB);
}

TEST_F(PartitionTest, ANewLeaderForgetsWhatFollowersHadButAStayingOneDoesNot) {
  lead();
  append(10);
  fetch(kB, 10);
  lead({.epoch = 1, .partition_epoch = 1});
  EXPECT_EQ(partition.follower(kB)->log_end, Offset{10});
  follow({.epoch = 2, .partition_epoch = 2});
  lead({.epoch = 3, .partition_epoch = 3});
  EXPECT_EQ(partition.follower(kB)->log_end, kNoOffset);
}

TEST_F(PartitionTest, AReplicaThatLeavesTheAssignmentIsForgotten) {
  lead();
  lead({.epoch = 0, .partition_epoch = 1, .isr = {kSelf, kB}, .replicas = {kSelf, kB}});
  EXPECT_FALSE(partition.follower(kC).has_value());
  EXPECT_EQ(fetch(kC, 0).error, ErrorCode::kNotLeaderOrFollower);
}

TEST_F(PartitionTest, ADiskThatFailsAtTheElectionLeavesTheRoleAsItWas) {
  follow({.epoch = 1});
  log->broken = true;
  const auto became = partition.make_leader(state(kSelf, {.epoch = 2, .partition_epoch = 1}), now);
  EXPECT_EQ(became.error(), ErrorCode::kKafkaStorageError);
  EXPECT_FALSE(partition.is_leader());
  EXPECT_EQ(partition.leader_epoch(), LeaderEpoch{1});
}

TEST_F(PartitionTest, ADeletedPartitionLeadsAndFollowsNobody) {
  lead();
  partition.mark_deleted();
  EXPECT_EQ(append(1), ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(consume(0).error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(partition.log(), nullptr);
}

TEST_F(PartitionTest, AnOfflinePartitionSaysSoToEverybody) {
  lead();
  partition.mark_offline();
  EXPECT_EQ(append(1), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(consume(0).error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(partition.replicated_up_to(Offset{1}).error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(partition.make_leader(state(kSelf, {.epoch = 9}), now).error(),
            ErrorCode::kKafkaStorageError);
}

// ---- followers' lag

TEST_F(PartitionTest, AFollowerThatAsksForTheEndHasCaughtUpNow) {
  lead();
  append(10);
  pass(5);
  fetch(kB, 10);
  EXPECT_EQ(partition.follower(kB)->last_caught_up, now);
  EXPECT_EQ(partition.follower(kB)->broker_epoch, BrokerEpoch{7});
}

// Under steady writing nobody ever asks for the very end; who asks for what was the end last time
// keeps up.
TEST_F(PartitionTest, AFollowerOneFetchBehindHasCaughtUpAsOfThatFetch) {
  lead();
  append(10);
  pass(5);
  const env::Instant first = now;
  fetch(kB, 5);
  append(10);
  pass(5);
  fetch(kB, 10);
  EXPECT_EQ(partition.follower(kB)->last_caught_up, first);
}

TEST_F(PartitionTest, AFetchThatDivergesOrFailsSaysNothingOfTheFollower) {
  lead({.epoch = 1});
  append(10);
  const auto before = partition.follower(kB);
  EXPECT_EQ(fetch(kB, 11).error, ErrorCode::kOffsetOutOfRange);
  ReadFrom diverging{.offset = Offset{12}, .last_fetched_epoch = LeaderEpoch{1}, .max_bytes = 1000};
  EXPECT_TRUE(partition.read(Reader::of(kB, BrokerEpoch{7}, false, 17), diverging, now)
                  .diverging.has_value());
  EXPECT_EQ(partition.follower(kB), before);
}

TEST_F(PartitionTest, AWaitingFetchThatLooksAgainSaysNothingOfTheFollower) {
  lead();
  append(10);
  Reader reader = Reader::of(kB, BrokerEpoch{7}, false, 17);
  reader.update_follower = false;
  partition.read(reader, {.offset = Offset{10}, .max_bytes = 100}, now);
  EXPECT_EQ(partition.follower(kB)->log_end, kNoOffset);
}

// ---- acks=all

TEST_F(PartitionTest, AcksAllIsRefusedWhileTheIsrIsTooSmall) {
  log->set_min_isr(2);
  lead({.isr = {kSelf}});
  EXPECT_EQ(append(1, -1), ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(partition.log_end_offset(), Offset{0});
  EXPECT_EQ(append(1, 1), ErrorCode::kNone);
  EXPECT_TRUE(partition.is_under_min_isr());
}

TEST_F(PartitionTest, AcksAllIsDoneWhenTheHighWatermarkIsThere) {
  lead();
  append(10);
  fetch(kB, 10);
  EXPECT_FALSE(partition.replicated_up_to(Offset{10}).done);
  fetch(kC, 10);
  EXPECT_TRUE(partition.replicated_up_to(Offset{10}).done);
  EXPECT_EQ(partition.replicated_up_to(Offset{10}).error, ErrorCode::kNone);
}

TEST_F(PartitionTest, AcksAllFailsIfTheIsrShrankBelowTheMinimumAfterTheAppend) {
  log->set_min_isr(2);
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  lead({.epoch = 0, .partition_epoch = 1, .isr = {kSelf}});
  const auto state = partition.replicated_up_to(Offset{10});
  EXPECT_TRUE(state.done);
  EXPECT_EQ(state.error, ErrorCode::kNotEnoughReplicasAfterAppend);
}

TEST_F(PartitionTest, AcksAllFailsWhenLeadershipIsLost) {
  lead();
  append(10);
  follow({.epoch = 1, .partition_epoch = 1});
  const auto state = partition.replicated_up_to(Offset{10});
  EXPECT_TRUE(state.done);
  EXPECT_EQ(state.error, ErrorCode::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
