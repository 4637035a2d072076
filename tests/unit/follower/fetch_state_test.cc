#include "broker/follower/fetch_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::broker::follower {
namespace {

using log::EpochEnd;
using ::testing::ElementsAre;

FollowedLog log_of(std::int64_t start, std::int64_t end, std::int64_t high_watermark, int epoch) {
  return {Offset{start}, Offset{end}, Offset{high_watermark}, LeaderEpoch{epoch}};
}
EpochEnd ends(int epoch, std::int64_t offset) { return {LeaderEpoch{epoch}, Offset{offset}}; }
constexpr EpochEnd kUnknown{};
constexpr env::Instant kNow{std::chrono::seconds(10)};

// ---- where to begin

// The leader's answer says where the logs part, so nothing need be cut beforehand (KIP-595).
TEST(FetchStateTest, ANewLeaderIsAskedForWhatComesAfterTheLogsEnd) {
  const FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), true);
  EXPECT_TRUE(state.ready_to_fetch(kNow));
  EXPECT_EQ(state.fetch_offset(), Offset{20});
  EXPECT_EQ(state.last_fetched_epoch(), LeaderEpoch{5});
  EXPECT_EQ(state.leader_epoch(), LeaderEpoch{7});
  EXPECT_FALSE(state.lag().has_value());
}

TEST(FetchStateTest, ALogWithoutEpochsIsFirstCutToTheHighWatermark) {
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, -1), true);
  EXPECT_FALSE(state.ready_to_fetch(kNow));
  EXPECT_TRUE(state.ready_to_truncate(kNow));
  EXPECT_EQ(state.fetch_offset(), Offset{12});
  state.truncated(log_of(0, 12, 12, -1), true);
  EXPECT_TRUE(state.ready_to_fetch(kNow));
  EXPECT_EQ(state.last_fetched_epoch(), kNoLeaderEpoch);
}

TEST(FetchStateTest, AnOldLeaderIsAskedForItsEpochsBeforeItIsFetchedFrom) {
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), false);
  EXPECT_TRUE(state.ready_to_truncate(kNow));
  state.truncated(log_of(0, 18, 12, 4), false);
  EXPECT_TRUE(state.ready_to_truncate(kNow));
  state.truncated(log_of(0, 15, 12, 3), true);
  EXPECT_TRUE(state.ready_to_fetch(kNow));
  EXPECT_EQ(state.fetch_offset(), Offset{15});
  EXPECT_EQ(state.last_fetched_epoch(), kNoLeaderEpoch);
}

// ---- going on

TEST(FetchStateTest, AfterAnAppendTheNextFetchBeginsAtTheNewEnd) {
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), true);
  state.appended(log_of(0, 30, 30, 7), Offset{45});
  EXPECT_EQ(state.fetch_offset(), Offset{30});
  EXPECT_EQ(state.last_fetched_epoch(), LeaderEpoch{7});
  EXPECT_EQ(state.lag(), 15);
}

TEST(FetchStateTest, AFollowerBeyondTheHighWatermarkDoesNotLag) {
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), true);
  state.appended(log_of(0, 30, 12, 7), Offset{12});
  EXPECT_EQ(state.lag(), 0);
}

TEST(FetchStateTest, APartitionThatBacksOffIsReadyWhenItsTimeHasCome) {
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), true);
  state.wait_until(kNow + std::chrono::seconds(1));
  EXPECT_FALSE(state.ready_to_fetch(kNow));
  EXPECT_TRUE(state.ready_to_fetch(kNow + std::chrono::seconds(1)));
}

// LeaderAndIsr reaches leader and follower within milliseconds of each other.
TEST(FetchStateTest, ALeaderThatDoesNotKnowItsRoleYetIsAskedSoonAndThenMoreAndMoreSeldom) {
  using std::chrono::milliseconds;
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), true);
  std::vector<env::Duration> waits;
  for (int i = 0; i < 5; ++i) waits.push_back(state.wait_for_leader(kNow, milliseconds(200)));
  EXPECT_THAT(waits, ElementsAre(milliseconds(20), milliseconds(40), milliseconds(80),
                                 milliseconds(160), milliseconds(200)));
  EXPECT_EQ(state.retry_at(), kNow + milliseconds(200));
  state.appended(log_of(0, 30, 12, 7), Offset{45});
  EXPECT_EQ(state.wait_for_leader(kNow, milliseconds(200)), milliseconds(20));
}

// With truncation on fetch the next answer says whether more must go.
TEST(FetchStateTest, AfterACutTheLeaderIsAskedAgainWithTheEpochThatIsLeft) {
  FetchState state(LeaderEpoch{7}, log_of(0, 20, 12, 5), true);
  state.truncated(log_of(0, 16, 12, 4), false);
  EXPECT_TRUE(state.ready_to_fetch(kNow));
  EXPECT_EQ(state.fetch_offset(), Offset{16});
  EXPECT_EQ(state.last_fetched_epoch(), LeaderEpoch{4});
}

// ---- verdicts

TEST(VerdictTest, RecordsAreTakenUnlessTheLogsPart) {
  EXPECT_TRUE(std::holds_alternative<TakeRecords>(judge_answer(ErrorCode::kNone, std::nullopt)));
  const Verdict verdict = judge_answer(ErrorCode::kNone, ends(4, 9));
  ASSERT_TRUE(std::holds_alternative<Truncate>(verdict));
  EXPECT_EQ(std::get<Truncate>(verdict).leader.end_offset, Offset{9});
}

TEST(VerdictTest, AFencedFollowerWaitsForTheController) {
  const Verdict verdict = judge_answer(ErrorCode::kFencedLeaderEpoch, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<WaitForController>(verdict));
}

TEST(VerdictTest, AnOffsetOutOfRangeIsLookedInto) {
  const Verdict verdict = judge_answer(ErrorCode::kOffsetOutOfRange, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<FindRange>(verdict));
}

TEST(VerdictTest, ALeaderThatIsBehindUsIsAskedAgainSoon) {
  for (const ErrorCode error : {ErrorCode::kNotLeaderOrFollower, ErrorCode::kUnknownLeaderEpoch,
                                ErrorCode::kUnknownTopicId, ErrorCode::kUnknownTopicOrPartition}) {
    EXPECT_TRUE(std::holds_alternative<TrySoon>(judge_answer(error, std::nullopt))) << name(error);
  }
}

TEST(VerdictTest, WhatTheLeaderMayGetOverIsTriedAgain) {
  for (const ErrorCode error : {ErrorCode::kInconsistentTopicId, ErrorCode::kKafkaStorageError,
                                ErrorCode::kUnknownServerError}) {
    EXPECT_TRUE(std::holds_alternative<TryLater>(judge_answer(error, std::nullopt))) << name(error);
  }
}

TEST(VerdictTest, ACorruptMessageIsFetchedAgainButABrokenDiskIsTheEnd) {
  EXPECT_TRUE(std::holds_alternative<TryLater>(judge_refusal(ErrorCode::kCorruptMessage)));
  EXPECT_TRUE(std::holds_alternative<TryLater>(judge_refusal(ErrorCode::kFencedLeaderEpoch)));
  EXPECT_TRUE(std::holds_alternative<Fail>(judge_refusal(ErrorCode::kKafkaStorageError)));
}

// ---- where to cut (KIP-101, KIP-279). Our log ends at 20.

TEST(CutTest, WhatWeHaveOfAnEpochBeyondTheLeadersEndGoes) {
  EXPECT_EQ(cut_between(ends(5, 15), ends(5, 20), Offset{20}, Offset{3}), (Cut{Offset{15}}));
}

TEST(CutTest, ALeaderThatHasMoreOfTheEpochCutsNothing) {
  EXPECT_EQ(cut_between(ends(5, 90), ends(5, 20), Offset{20}, Offset{3}), (Cut{Offset{20}}));
}

// Ours of epoch 5 ends at 12, then came 6, of which the leader knows nothing.
TEST(CutTest, WhatComesAfterTheLeadersEpochGoes) {
  EXPECT_EQ(cut_between(ends(5, 90), ends(5, 12), Offset{20}, Offset{3}), (Cut{Offset{12}}));
}

// We asked about 6, the leader has 4, of which we have nothing: our latest before it is 3.
TEST(CutTest, AnEpochWeDoNotKnowSendsUsBackToTheOneBeforeAndMustBeAskedAgain) {
  EXPECT_EQ(cut_between(ends(4, 18), ends(3, 10), Offset{20}, Offset{3}), (Cut{Offset{10}, false}));
}

TEST(CutTest, IfAllOurEpochsAreYoungerTheLeadersEndCounts) {
  EXPECT_EQ(cut_between(ends(2, 8), kUnknown, Offset{20}, Offset{3}), (Cut{Offset{8}}));
}

TEST(CutTest, ALeaderThatNamesNoEpochIsBelievedItsOffset) {
  EXPECT_EQ(cut_between(ends(-1, 8), ends(5, 20), Offset{20}, Offset{3}), (Cut{Offset{8}}));
}

TEST(CutTest, ALeaderThatKnowsNothingLeavesTheHighWatermark) {
  EXPECT_EQ(cut_between(kUnknown, ends(5, 20), Offset{20}, Offset{3}), (Cut{Offset{3}}));
}

// ---- out of range. Our log ends at 20.

TEST(RangeTest, AfterAnUncleanElectionTheLeadersEndCounts) {
  EXPECT_EQ(repair_range(Offset{20}, Offset{0}, Offset{15}), RangeRepair(CutTo{Offset{15}}));
}

TEST(RangeTest, AFollowerThatWasAwayForLongerThanTheRetentionBeginsAnew) {
  EXPECT_EQ(repair_range(Offset{20}, Offset{50}, Offset{90}), RangeRepair(BeginAt{Offset{50}}));
}

TEST(RangeTest, ALogThatIsInsideTheLeadersIsKept) {
  EXPECT_EQ(repair_range(Offset{20}, Offset{10}, Offset{90}), RangeRepair(KeepLog{}));
  EXPECT_EQ(repair_range(Offset{20}, Offset{20}, Offset{20}), RangeRepair(KeepLog{}));
}

}  // namespace
}  // namespace barnabas::broker::follower
