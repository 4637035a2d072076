#include "broker/group/offset_store.h"

#include <gmock/gmock.h>

namespace barnabas::broker::group {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

TopicPartition tp(std::string topic, int partition) {
  return {std::move(topic), PartitionIndex{partition}};
}

class OffsetStoreTest : public testing::Test {
 protected:
  static Commit commit(const TopicPartition& tp, int offset, int time = 0) {
    return {tp, {Offset{offset}, kNoLeaderEpoch, "", Timestamp{time}, {}}};
  }
  void committed(const TopicPartition& tp, int offset, int time = 0) {
    const std::vector commits = {commit(tp, offset, time)};
    store.settle(store.stage(commits), commits, ++log_end);
  }
  std::optional<int> offset_of(const TopicPartition& tp) {
    const auto found = store.find(tp);
    return found ? std::optional(static_cast<int>(found->offset.value)) : std::nullopt;
  }
  ErrorCode error_of(const TopicPartition& tp, bool require_stable) {
    return store.fetch({{{tp.topic, {tp.partition}}}}, require_stable)[0].partitions[0].error;
  }

  OffsetStore store;
  Offset log_end{0};
  const TopicPartition a = tp("a", 0), b = tp("b", 1);
};

TEST_F(OffsetStoreTest, ACommitShowsOnceItIsInTheLog) {
  const std::vector commits = {commit(a, 5)};
  const auto stage = store.stage(commits);
  EXPECT_EQ(offset_of(a), std::nullopt);
  store.settle(stage, commits, Offset{0});
  EXPECT_EQ(offset_of(a), 5);
}

TEST_F(OffsetStoreTest, ACommitThatFailedLeavesTheOldOne) {
  committed(a, 5);
  const std::vector commits = {commit(a, 6)};
  store.settle(store.stage(commits), commits, std::nullopt);
  EXPECT_EQ(offset_of(a), 5);
  EXPECT_FALSE(store.is_unstable(a));
}

// Answers may come in another order than the records lie in the log, which is what a restart reads.
TEST_F(OffsetStoreTest, TheLaterRecordWins) {
  const std::vector first = {commit(a, 1)}, second = {commit(a, 2)};
  const auto one = store.stage(first), two = store.stage(second);
  store.settle(two, second, Offset{11});
  store.settle(one, first, Offset{10});
  EXPECT_EQ(offset_of(a), 2);
}

TEST_F(OffsetStoreTest, OfOnePartitionTwiceInACommitTheLastCounts) {
  const std::vector commits = {commit(a, 1), commit(a, 2)};
  store.settle(store.stage(commits), commits, Offset{0});
  EXPECT_EQ(offset_of(a), 2);
}

TEST_F(OffsetStoreTest, ACommitOnItsWayMakesThePartitionUnstable) {
  committed(a, 1);
  const std::vector first = {commit(a, 2)}, second = {commit(a, 3)};
  const auto one = store.stage(first), two = store.stage(second);
  EXPECT_EQ(error_of(a, true), ErrorCode::kUnstableOffsetCommit);
  EXPECT_EQ(error_of(a, false), ErrorCode::kNone);
  store.settle(one, first, Offset{10});
  EXPECT_EQ(error_of(a, true), ErrorCode::kUnstableOffsetCommit);
  store.settle(two, second, Offset{11});
  EXPECT_EQ(error_of(a, true), ErrorCode::kNone);
}

// The topic was deleted while the commit was on its way.
TEST_F(OffsetStoreTest, WhatWasRemovedMeanwhileDoesNotComeBack) {
  const std::vector commits = {commit(a, 5)};
  const auto stage = store.stage(commits);
  store.remove(std::vector{a});
  store.settle(stage, commits, Offset{0});
  EXPECT_TRUE(store.empty());
}

TEST_F(OffsetStoreTest, FetchOfAllGivesWhatIsCommitted) {
  committed(a, 1);
  committed(b, 2);
  const auto all = store.fetch(std::nullopt, false);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].topic, "a");
  EXPECT_EQ(all[1].partitions[0].offset, Offset{2});
}

TEST_F(OffsetStoreTest, WhatWasNeverCommittedIsMinusOneWithoutError) {
  const auto answer = store.fetch({{{"a", {PartitionIndex{0}}}}}, true);
  EXPECT_THAT(answer[0].partitions, ElementsAre(FetchedOffset{PartitionIndex{0}}));
}

TEST_F(OffsetStoreTest, RemoveTellsWhatWasThere) {
  committed(a, 1);
  EXPECT_THAT(store.remove(std::vector{a, b}), ElementsAre(a));
  EXPECT_TRUE(store.empty());
}

TEST_F(OffsetStoreTest, SimpleOffsetsExpireByTheirCommit) {
  committed(a, 1, 1000);
  committed(b, 1, 2000);
  const ExpiryRule rule;
  EXPECT_THAT(store.expired(rule, Timestamp{1999}, milliseconds(1000)), IsEmpty());
  EXPECT_THAT(store.expired(rule, Timestamp{1999}, milliseconds(999)), ElementsAre(a));
}

// An application that was stopped keeps its offsets for the whole time from then on, even those it
// committed long before.
TEST_F(OffsetStoreTest, OffsetsOfAnEmptyGroupExpireByTheTimeItBecameEmpty) {
  committed(a, 1, 10);
  const ExpiryRule rule{.empty_since = Timestamp{5000}};
  EXPECT_THAT(store.expired(rule, Timestamp{5999}, milliseconds(1000)), IsEmpty());
  EXPECT_THAT(store.expired(rule, Timestamp{6000}, milliseconds(1000)), ElementsAre(a));
}

TEST_F(OffsetStoreTest, AStableGroupLosesOnlyWhatItNoLongerReads) {
  committed(a, 1, 10);
  committed(b, 1, 10);
  const ExpiryRule rule{.subscribed = {"a"}};
  EXPECT_THAT(store.expired(rule, Timestamp{1010}, milliseconds(1000)), ElementsAre(b));
}

// OffsetCommit v2 to v4 may say how long.
TEST_F(OffsetStoreTest, AnExpiryTimeOfItsOwnGoesBeforeTheRule) {
  CommittedOffset committed{Offset{1}, kNoLeaderEpoch, "", Timestamp{10}, Timestamp{50}};
  store.load(a, committed, Offset{0});
  const ExpiryRule rule;
  EXPECT_THAT(store.expired(rule, Timestamp{49}, milliseconds(1)), IsEmpty());
  EXPECT_THAT(store.expired(rule, Timestamp{50}, milliseconds(100000)), ElementsAre(a));
}

TEST_F(OffsetStoreTest, WithACommitOnItsWayNothingExpires) {
  committed(a, 1, 10);
  store.stage(std::vector{commit(a, 2)});
  EXPECT_THAT(store.expired(ExpiryRule{}, Timestamp{9999}, milliseconds(1)), IsEmpty());
}

}  // namespace
}  // namespace barnabas::broker::group
