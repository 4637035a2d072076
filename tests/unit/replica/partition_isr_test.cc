// Who may join the in-sync replicas, who must leave them, and what the controller's answers do.
#include <gmock/gmock.h>

#include "tests/unit/replica/partition_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Isr = std::vector<BrokerId>;

class IsrTest : public PartitionTest {
 protected:
  // B and C follow closely; C is not in the ISR yet.
  void lead_without_c() {
    lead({.isr = {kSelf, kB}});
    append(10);
    fetch(kB, 10);
    wanted();
  }
};

// ---- joining

TEST_F(IsrTest, AFollowerThatHasAllThatIsCommittedAsksToJoin) {
  lead_without_c();
  fetch(kC, 9);
  EXPECT_THAT(wanted(), IsEmpty());
  fetch(kC, 10);
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB, kC}));
  EXPECT_EQ(last_asked.topic_id, log->topic_id());
  EXPECT_EQ(partition.isr(), (Isr{kSelf, kB}));
}

// A joining follower counts for the high watermark before ZooKeeper has accepted it (KIP-497):
// early is safe, late loses data.
TEST_F(IsrTest, AJoiningFollowerHoldsBackTheHighWatermark) {
  lead_without_c();
  fetch(kC, 10);
  append(10);
  fetch(kB, 20);
  pass(60);
  alive.erase(kC);
  look_for_laggards();
  EXPECT_EQ(hw(), 10);
  fetch(kC, 20);
  EXPECT_EQ(hw(), 20);
}

// What earlier leaders committed may be all that lies before this epoch, whatever the high
// watermark says that we started with.
TEST_F(IsrTest, AFollowerBelowTheStartOfTheEpochDoesNotJoin) {
  log->append(10, LeaderEpoch{0});
  lead({.epoch = 1, .isr = {kSelf}});
  EXPECT_EQ(hw(), 10);
  fetch(kB, 9);
  EXPECT_THAT(wanted(), IsEmpty());

  Partition other({"t", PartitionIndex{1}}, config());
  auto other_log = std::make_shared<MemoryLog>(TopicPartition{"t", PartitionIndex{1}});
  other_log->append(10, LeaderEpoch{0});
  other.set_log(other_log, Offset{0});
  ASSERT_TRUE(other.make_leader(state(kSelf, {.epoch = 1, .isr = {kSelf, kC}}), now).has_value());
  const auto reader = Reader::of(kB, BrokerEpoch{7}, false, 17);
  other.read(reader, {.offset = Offset{5}, .max_bytes = 1000}, now);
  EXPECT_THAT(wanted(), IsEmpty());
  other.read(reader, {.offset = Offset{10}, .max_bytes = 1000}, now);
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kC, kB}));
}

// The last steps of a move: C is assigned no more, and still in the ISR. If the controller dies
// now, the next one may elect it.
TEST_F(IsrTest, WhoIsInTheIsrAndNotAssignedHoldsBackTheHighWatermark) {
  lead({.isr = {kSelf, kB, kC}, .replicas = {kSelf, kB}});
  append(10);
  fetch(kB, 10);
  EXPECT_EQ(hw(), 0);
  look_for_laggards();
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB}));
  EXPECT_FALSE(grant());
  EXPECT_EQ(hw(), 10);
}

TEST_F(IsrTest, AFollowerThatIsNotAliveDoesNotJoin) {
  lead_without_c();
  alive.erase(kC);
  fetch(kC, 10);
  EXPECT_THAT(wanted(), IsEmpty());
}

TEST_F(IsrTest, OnlyOneChangeIsOnItsWayAtATime) {
  lead({.isr = {kSelf}});
  fetch(kB, 0);
  fetch(kC, 0);
  pass(60);
  look_for_laggards();
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB}));
  EXPECT_FALSE(grant());
  fetch(kC, 0);
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB, kC}));
}

// It came from the broker's earlier life, and what was on its disk then may be lost (KIP-903).
TEST_F(IsrTest, AFetchOfAnEarlierLifeOfTheFollowerDoesNotCount) {
  lead_without_c();
  EXPECT_EQ(fetch(kC, 3, 0, 8).error, ErrorCode::kNone);
  EXPECT_EQ(fetch(kC, 10, 0, 7).error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_THAT(wanted(), IsEmpty());
  EXPECT_EQ(partition.follower(kC)->log_end, Offset{3});
}

// Before Fetch v15 a follower does not tell its broker epoch.
TEST_F(IsrTest, AFetchWithoutABrokerEpochCounts) {
  lead_without_c();
  fetch(kC, 3, 0, 8);
  fetch(kC, 10, 0, -1);
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB, kC}));
}

// ---- leaving

TEST_F(IsrTest, WhoHasNotCaughtUpForTheLagTimeIsToLeave) {
  lead();
  append(10);
  fetch(kB, 10);
  pass(31);
  fetch(kB, 10);
  look_for_laggards();
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB}));
}

TEST_F(IsrTest, AFollowerThatFetchesButNeverCatchesUpLeavesToo) {
  lead({.isr = {kSelf, kB}, .replicas = {kSelf, kB}});
  append(100);
  for (int second = 0; second < 31; ++second) {
    pass(1);
    fetch(kB, second);
    append(100);
  }
  look_for_laggards();
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf}));
}

TEST_F(IsrTest, ASilentFollowerThatHasEverythingStays) {
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  pass(3600);
  look_for_laggards();
  EXPECT_THAT(wanted(), IsEmpty());
}

TEST_F(IsrTest, NobodyIsDroppedWithinTheLagTimeAfterAnElection) {
  log->append(10, LeaderEpoch{0});
  lead({.epoch = 1});
  pass(29);
  look_for_laggards();
  EXPECT_THAT(wanted(), IsEmpty());
}

// The shrink may fail, and then a follower that leads next would lack what we called committed.
TEST_F(IsrTest, ALeavingFollowerHoldsBackTheHighWatermarkUntilItHasLeft) {
  lead();
  append(10);
  pass(31);
  fetch(kB, 10);
  look_for_laggards();
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB}));
  EXPECT_EQ(hw(), 0);
  EXPECT_FALSE(grant());
  EXPECT_EQ(hw(), 10);
  EXPECT_EQ(partition.isr(), (Isr{kSelf, kB}));
}

TEST_F(IsrTest, WhoWaitsForTheHighWatermarkIsWokenByTheShrink) {
  lead();
  append(10);
  pass(31);
  fetch(kB, 10);
  look_for_laggards();
  env::Signal signal;
  const auto watch = partition.watch(signal, kHighWatermarkMoved);
  grant();
  EXPECT_TRUE(signal.is_set());
}

// The ISR that counts is ZooKeeper's: what is on its way may never arrive.
TEST_F(IsrTest, AcksAllIsRefusedByTheCommittedIsrAndFinishedByTheMaximalOne) {
  log->set_min_isr(2);
  lead({.isr = {kSelf}});
  fetch(kB, 0);
  EXPECT_EQ(append(1, -1), ErrorCode::kNotEnoughReplicas);
  grant();
  EXPECT_EQ(append(1, -1), ErrorCode::kNone);
}

TEST_F(IsrTest, AFollowerProposesNothing) {
  lead();
  follow({.epoch = 1, .partition_epoch = 1});
  pass(60);
  look_for_laggards();
  EXPECT_THAT(wanted(), IsEmpty());
}

// ---- the controller's answers

TEST_F(IsrTest, AGrantedChangeCarriesTheNextOnesEpoch) {
  lead_without_c();
  fetch(kC, 10);
  EXPECT_FALSE(grant());
  EXPECT_EQ(partition.partition_epoch(), PartitionEpoch{1});
  EXPECT_EQ(partition.isr(), (Isr{kSelf, kB, kC}));
  append(5);
  pass(31);
  look_for_laggards();
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf}));
  EXPECT_EQ(last_asked.partition_epoch, PartitionEpoch{1});
}

// A retry of what was applied, whose answer was lost: the epoch is the one we have.
TEST_F(IsrTest, WhatTheControllerSaysTheIsrIsCounts) {
  lead_without_c();
  fetch(kC, 10);
  EXPECT_FALSE(settle(
      {.leader_epoch = LeaderEpoch{0}, .partition_epoch = PartitionEpoch{0}, .isr = {kSelf, kC}}));
  EXPECT_EQ(partition.isr(), (Isr{kSelf, kC}));
  fetch(kB, 10);
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kC, kB}));
}

// The controller knows that the follower is shutting down: it did not apply the change.
TEST_F(IsrTest, AnIneligibleFollowerIsForgottenAndMayAskAgain) {
  for (const auto error : {ErrorCode::kIneligibleReplica, ErrorCode::kOperationNotAttempted}) {
    lead_without_c();
    fetch(kC, partition.log_end_offset().value);
    EXPECT_FALSE(refuse(error));
    EXPECT_EQ(partition.isr(), (Isr{kSelf, kB}));
    fetch(kC, partition.log_end_offset().value);
    EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kB, kC}));
    refuse(error);
  }
}

TEST_F(IsrTest, AfterARefusalTheHighWatermarkGoesOnAtOnce) {
  lead_without_c();
  fetch(kC, 10);
  append(10);
  fetch(kB, 20);
  alive.erase(kC);
  EXPECT_EQ(hw(), 10);
  refuse(ErrorCode::kIneligibleReplica);
  EXPECT_EQ(hw(), 20);
}

// It may have been applied: until we know, the follower counts.
TEST_F(IsrTest, WithoutADecisionTheSameChangeIsAskedAgain) {
  lead_without_c();
  fetch(kC, 10);
  for (const auto error :
       {ErrorCode::kNotController, ErrorCode::kUnknownServerError, ErrorCode::kRequestTimedOut}) {
    EXPECT_TRUE(refuse(error));
  }
  append(10);
  fetch(kB, 20);
  EXPECT_EQ(hw(), 10);
  EXPECT_FALSE(grant());
}

// ZooKeeper holds something newer than what we know; any change of ours would be wrong.
TEST_F(IsrTest, AnOutdatedChangeWaitsForTheController) {
  for (const auto error : {ErrorCode::kUnknownTopicOrPartition, ErrorCode::kUnknownTopicId,
                           ErrorCode::kFencedLeaderEpoch, ErrorCode::kInvalidUpdateVersion,
                           ErrorCode::kInvalidRequest}) {
    lead({.epoch = partition.leader_epoch().value + 1, .isr = {kSelf, kB}});
    fetch(kC, 0);
    EXPECT_FALSE(refuse(error));
    pass(60);
    look_for_laggards();
    fetch(kC, 0);
    EXPECT_THAT(wanted(), IsEmpty());
  }
  lead({.epoch = partition.leader_epoch().value + 1, .isr = {kSelf}});
  fetch(kC, 0);
  EXPECT_THAT(wanted(), ElementsAre(Isr{kSelf, kC}));
}

TEST_F(IsrTest, AnAnswerThatComesAfterAnElectionIsIgnored) {
  lead_without_c();
  fetch(kC, 10);
  wanted();
  lead({.epoch = 1, .partition_epoch = 5, .isr = {kSelf}});
  EXPECT_FALSE(grant());
  EXPECT_FALSE(refuse(ErrorCode::kNotController));
  EXPECT_EQ(partition.isr(), Isr{kSelf});
  EXPECT_EQ(partition.partition_epoch(), PartitionEpoch{5});
}

TEST_F(IsrTest, AnAnswerThatComesAfterTheDeletionIsIgnored) {
  lead_without_c();
  fetch(kC, 10);
  partition.mark_deleted();
  EXPECT_FALSE(grant());
  EXPECT_FALSE(refuse(ErrorCode::kNotController));
}

// A controller that has been replaced does not know of our latest change yet.
TEST_F(IsrTest, AnAnswerFromThePastIsAskedAgain) {
  lead({.epoch = 3, .partition_epoch = 5, .isr = {kSelf, kB}});
  fetch(kC, 0);
  EXPECT_TRUE(settle(
      {.leader_epoch = LeaderEpoch{3}, .partition_epoch = PartitionEpoch{4}, .isr = {kSelf}}));
  EXPECT_TRUE(settle(
      {.leader_epoch = LeaderEpoch{2}, .partition_epoch = PartitionEpoch{6}, .isr = {kSelf}}));
  EXPECT_EQ(partition.isr(), (Isr{kSelf, kB}));
}

// It is elected for a newer epoch and LeaderAndIsr is on its way.
TEST_F(IsrTest, AnAnswerForALaterEpochChangesNothing) {
  lead_without_c();
  fetch(kC, 10);
  EXPECT_FALSE(settle(
      {.leader_epoch = LeaderEpoch{1}, .partition_epoch = PartitionEpoch{4}, .isr = {kSelf}}));
  EXPECT_EQ(partition.isr(), (Isr{kSelf, kB}));
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
