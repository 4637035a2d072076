#include "broker/group/coordinator.h"

#include "tests/unit/group/shard_fixture.h"

namespace barnabas::broker::group {
namespace {

class CoordinatorTest : public testing::GroupsTest {
 protected:
  CoordinatorTest()
      : coordinator(patient(config), &manager, &metadata, &clock, &disk, {loop.get_executor()}) {}
  ~CoordinatorTest() override { start(coordinator.shutdown()); }

  // A member that joins waits until the clock says so.
  static ShardConfig patient(ShardConfig config) {
    config.group.initial_rebalance_delay = Millis{3000};
    return config;
  }
  ErrorCode error_of(const std::string& group, GroupIds ids = GroupIds::kNamed) {
    const auto found = coordinator.find(group, ids);
    return found ? ErrorCode::kNone : found.error();
  }
  ShardPtr lead(int epoch) {
    coordinator.lead({lead_by(1, epoch)});
    run();
    return coordinator.find("g", GroupIds::kNamed).value_or(nullptr);
  }

  Coordinator coordinator;
};

TEST_F(CoordinatorTest, CoordinatesWhatItLeads) {
  EXPECT_EQ(error_of("g"), ErrorCode::kNotCoordinator);
  ASSERT_NE(lead(0), nullptr);
  EXPECT_EQ(error_of("g"), ErrorCode::kNone);
  coordinator.follow({lead_by(2, 1)});
  EXPECT_EQ(error_of("g"), ErrorCode::kNotCoordinator);
}

// LeaderAndIsr comes before UpdateMetadata. With another number of partitions the group is
// elsewhere, and what is committed here meanwhile would be lost.
TEST_F(CoordinatorTest, NobodyIsFoundBeforeItIsKnownHowManyPartitionsThereAre) {
  replica::MetadataCache nothing;
  Coordinator young(config, &manager, &nothing, &clock, &disk, {loop.get_executor()});
  young.lead({lead_by(1, 0)});
  run();
  EXPECT_EQ(young.find("g", GroupIds::kNamed).error(), ErrorCode::kNotCoordinator);
  nothing.update(one_partition());
  EXPECT_TRUE(young.find("g", GroupIds::kNamed));
  start(young.shutdown());
}

TEST_F(CoordinatorTest, OnlySomeRequestsKnowTheEmptyGroup) {
  lead(0);
  EXPECT_EQ(error_of("", GroupIds::kNamed), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(error_of("", GroupIds::kAny), ErrorCode::kNone);
}

// The same LeaderAndIsr again must not load the groups again: members would lose their place.
TEST_F(CoordinatorTest, TheSameEpochChangesNothing) {
  const auto shard = lead(3);
  coordinator.lead({manager.find(kOffsetsTopic, PartitionIndex{0})});
  EXPECT_EQ(*coordinator.find("g", GroupIds::kNamed), shard);
}

// Two requests of the controller may be answered at the same time on two connections.
TEST_F(CoordinatorTest, AnOlderWordDoesNotTakeANewerOnesGroupsAway) {
  lead(0);
  const auto old_word = lead_by(2, 1);
  const auto shard = lead(2);
  coordinator.follow({old_word});
  EXPECT_EQ(*coordinator.find("g", GroupIds::kNamed), shard);
}

TEST_F(CoordinatorTest, LeadingAgainStartsFromTheLog) {
  const auto before = lead(0);
  coordinator.follow({lead_by(2, 1)});
  const auto after = lead(2);
  ASSERT_NE(after, nullptr);
  EXPECT_NE(after, before);
  EXPECT_EQ(answer(before->heartbeat("g", {"m"})), ErrorCode::kNotCoordinator);
  EXPECT_EQ(answer(after->heartbeat("g", {"m"})), ErrorCode::kUnknownMemberId);
}

// The one that took its replica away may have died before it could say so.
TEST_F(CoordinatorTest, MetadataOfALaterLeaderEndsItAndALaterLeadBeginsAgain) {
  lead(2);
  metadata.update(one_partition(BrokerId{2}, LeaderEpoch{2}));
  coordinator.heed_metadata();
  EXPECT_EQ(error_of("g"), ErrorCode::kNone) << "it is no later epoch";
  metadata.update(one_partition(BrokerId{2}, LeaderEpoch{3}));
  coordinator.heed_metadata();
  EXPECT_EQ(error_of("g"), ErrorCode::kNotCoordinator);
  EXPECT_NE(lead(4), nullptr);
}

TEST_F(CoordinatorTest, AStoppedReplicaIsNotCoordinatedAnyMore) {
  lead(0);
  coordinator.resign({{"t", PartitionIndex{0}}});
  EXPECT_EQ(error_of("g"), ErrorCode::kNone);
  coordinator.resign({offsets_partition()});
  EXPECT_EQ(error_of("g"), ErrorCode::kNotCoordinator);
}

// Its leader epochs begin again at 0.
TEST_F(CoordinatorTest, TheTopicMadeAnewIsCoordinatedFromItsFirstEpoch) {
  lead(4);
  stop_replica();
  coordinator.resign({offsets_partition()});
  EXPECT_NE(lead(0), nullptr);
}

// StopReplica may overtake the rest of the LeaderAndIsr before it.
TEST_F(CoordinatorTest, WhatWasStoppedMeanwhileIsNotCoordinated) {
  const auto led = lead_by(1, 0);
  stop_replica();
  coordinator.resign({offsets_partition()});
  coordinator.lead({led});
  EXPECT_EQ(error_of("g"), ErrorCode::kNotCoordinator);
}

TEST_F(CoordinatorTest, ShutdownEndsWhatWaits) {
  const auto joining = ask(lead(0)->join("g", newcomer()));
  start(coordinator.shutdown());
  ASSERT_TRUE(joining->has_value());
  EXPECT_EQ(error_of("g"), ErrorCode::kCoordinatorNotAvailable);
}

}  // namespace
}  // namespace barnabas::broker::group
