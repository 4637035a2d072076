// The small pure rules: leader epochs, rolling, retention, what to clean up at a start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/leader_epoch_cache.h"
#include "log/recovery.h"
#include "log/retention.h"
#include "log/roll_policy.h"
#include "log/transaction_index.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::vector<std::pair<int, int>> pairs(const LeaderEpochCache& cache) {
  std::vector<std::pair<int, int>> out;
  for (const EpochEntry& e : cache.entries()) out.emplace_back(e.epoch.value, e.start.value);
  return out;
}

LeaderEpochCache epochs(std::vector<std::pair<int, int>> entries) {
  LeaderEpochCache cache;
  for (const auto& [epoch, start] : entries) cache.assign(LeaderEpoch(epoch), Offset(start));
  return cache;
}

TEST(LeaderEpochCacheTest, AnEntryRemovesLaterOnesThatContradictIt) {
  EXPECT_THAT(pairs(epochs({{0, 0}, {2, 10}})), ElementsAre(Pair(0, 0), Pair(2, 10)));
  EXPECT_THAT(pairs(epochs({{0, 0}, {2, 10}, {3, 5}})), ElementsAre(Pair(0, 0), Pair(3, 5)));
  EXPECT_THAT(pairs(epochs({{2, 10}, {1, 20}})), ElementsAre(Pair(1, 20)));
  EXPECT_THAT(pairs(epochs({{2, 10}, {2, 4}})), ElementsAre(Pair(2, 4)));
}

TEST(LeaderEpochCacheTest, TheSameEpochAgainChangesNothing) {
  auto cache = epochs({{2, 10}});
  EXPECT_FALSE(cache.assign(LeaderEpoch(2), Offset(15)));
  EXPECT_THAT(pairs(cache), ElementsAre(Pair(2, 10)));
}

TEST(LeaderEpochCacheTest, TheEndOfAnEpochIsTheStartOfTheNext) {
  const auto cache = epochs({{1, 5}, {3, 10}, {4, 20}});
  const auto end = [&](int epoch) {
    const auto [found, offset] = cache.end_offset_for(LeaderEpoch(epoch), Offset(30));
    return std::pair(found.value, static_cast<int>(offset.value));
  };
  EXPECT_THAT(end(4), Pair(4, 30));
  EXPECT_THAT(end(3), Pair(3, 20));
  EXPECT_THAT(end(2), Pair(1, 10));  // between: the greatest below
  EXPECT_THAT(end(0), Pair(0, 5));   // before the first
  EXPECT_THAT(end(5), Pair(-1, -1));
  EXPECT_THAT(end(-1), Pair(-1, -1));
  EXPECT_EQ(LeaderEpochCache().end_offset_for(LeaderEpoch(0), Offset(3)).second, kNoOffset);
}

TEST(LeaderEpochCacheTest, TruncationCutsBothEnds) {
  auto cache = epochs({{1, 5}, {3, 10}, {4, 20}});
  EXPECT_TRUE(cache.truncate_from_end(Offset(20)));
  EXPECT_FALSE(cache.truncate_from_end(Offset(20)));
  EXPECT_THAT(pairs(cache), ElementsAre(Pair(1, 5), Pair(3, 10)));
  EXPECT_TRUE(cache.truncate_from_start(Offset(7)));
  EXPECT_FALSE(cache.truncate_from_start(Offset(7)));
  EXPECT_THAT(pairs(cache), ElementsAre(Pair(1, 7), Pair(3, 10)));
  EXPECT_TRUE(cache.truncate_from_start(Offset(12)));
  EXPECT_THAT(pairs(cache), ElementsAre(Pair(3, 12)));
  EXPECT_EQ(cache.epoch_of(Offset(11)), std::nullopt);
  EXPECT_EQ(cache.epoch_of(Offset(12)), LeaderEpoch(3));
}

class RollTest : public testing::Test {
 protected:
  RollTest() {
    config.segment_bytes = 1000;
    config.segment_ms = 100;
    segment.base = Offset(10);
    segment.size = 900;
    segment.created = Timestamp(5000);
    next = {100, Offset(20), Timestamp(1)};
  }
  bool rolls(std::int64_t now = 5000) { return should_roll(segment, next, config, Timestamp(now)); }
  LogConfig config;
  SegmentAge segment;
  NextAppend next;
};

TEST_F(RollTest, BySize) {
  EXPECT_FALSE(rolls());
  next.size = 101;
  EXPECT_TRUE(rolls());
}

TEST_F(RollTest, ByRecordTimeElseByTheWallClock) {
  EXPECT_FALSE(rolls(5100));
  EXPECT_TRUE(rolls(5101));
  segment.first_timestamp = Timestamp(1000);
  next.max_timestamp = Timestamp(1100);
  EXPECT_FALSE(rolls(9999));
  next.max_timestamp = Timestamp(1101);
  EXPECT_TRUE(rolls());
  segment.jitter_ms = 50;
  next.max_timestamp = Timestamp(1051);
  EXPECT_TRUE(rolls());
  segment.size = 0;
  EXPECT_FALSE(rolls());
}

TEST_F(RollTest, ByAFullIndexOrAnOffsetTooFar) {
  segment.index_full = true;
  EXPECT_TRUE(rolls());
  segment.index_full = false;
  next.last_offset = Offset(10 + 2147483647LL);
  EXPECT_FALSE(rolls());
  next.last_offset = Offset(10 + 2147483648LL);
  EXPECT_TRUE(rolls());
}

TEST_F(RollTest, JitterStaysBelowTheSegmentsTime) {
  EXPECT_EQ(roll_jitter(config, 12345), 0);
  config.segment_jitter_ms = 1'000'000;
  for (std::uint64_t r = 0; r < 1000; r += 7) EXPECT_LT(roll_jitter(config, r), 100);
}

class RetentionTest : public testing::Test {
 protected:
  std::size_t goes(RetentionReason reason, std::int64_t hw = 40, std::int64_t start = 0) {
    return segments_past_retention(segments, config, Offset(hw), Offset(start), Timestamp(1000),
                                   reason);
  }
  LogConfig config;
  std::vector<SegmentFacts> segments{{Offset(0), Offset(10), 100, Timestamp(500)},
                                     {Offset(10), Offset(20), 100, Timestamp(600)},
                                     {Offset(20), Offset(30), 100, Timestamp(700)},
                                     {Offset(30), Offset(40), 100, Timestamp(800)}};
};

TEST_F(RetentionTest, ByTimeFromTheOldestOn) {
  config.retention_ms = 350;
  EXPECT_EQ(goes(RetentionReason::kTime), 2u);
  config.retention_ms = 100;
  EXPECT_EQ(goes(RetentionReason::kTime), 4u);  // the active one too
  segments.back().size = 0;
  EXPECT_EQ(goes(RetentionReason::kTime), 3u);
  config.retention_ms = -1;
  EXPECT_EQ(goes(RetentionReason::kTime), 0u);
}

TEST_F(RetentionTest, AYoungerSegmentProtectsThoseBehindIt) {
  config.retention_ms = 250;
  segments[1].newest = Timestamp(900);
  EXPECT_EQ(goes(RetentionReason::kTime), 1u);
}

TEST_F(RetentionTest, NeverPastTheHighWatermark) {
  config.retention_ms = 1;
  EXPECT_EQ(goes(RetentionReason::kTime, 19), 1u);
  EXPECT_EQ(goes(RetentionReason::kTime, 20), 2u);
}

TEST_F(RetentionTest, BySizeKeepsAtLeastTheLimit) {
  config.retention_bytes = 250;
  EXPECT_EQ(goes(RetentionReason::kSize), 1u);
  config.retention_bytes = 400;
  EXPECT_EQ(goes(RetentionReason::kSize), 0u);
  config.retention_bytes = -1;
  EXPECT_EQ(goes(RetentionReason::kSize), 0u);
}

TEST_F(RetentionTest, ByLogStartEvenWhenOnlyCompacting) {
  config.remove = false;
  config.retention_ms = 1;
  config.retention_bytes = 1;
  EXPECT_EQ(goes(RetentionReason::kTime), 0u);
  EXPECT_EQ(goes(RetentionReason::kSize), 0u);
  EXPECT_EQ(goes(RetentionReason::kLogStart, 40, 25), 2u);
  EXPECT_EQ(goes(RetentionReason::kLogStart, 40, 40), 3u);  // never the active one
}

TEST(CleanupTest, LeftOversGo) {
  const auto plan = plan_cleanup({"00000000000000000000.log", "00000000000000000000.log.deleted",
                                  "00000000000000000005.index.cleaned"});
  EXPECT_THAT(plan.remove, ElementsAre("00000000000000000000.log.deleted",
                                       "00000000000000000005.index.cleaned"));
  EXPECT_THAT(plan.swaps, IsEmpty());
}

// Swaps are made highest base first, so one at or above a left-over .cleaned was not finished.
TEST(CleanupTest, ASwapBehindACleanedOneWasNotFinished) {
  const auto plan =
      plan_cleanup({"00000000000000000000.log.swap", "00000000000000000005.log.cleaned",
                    "00000000000000000009.log.swap"});
  EXPECT_THAT(plan.remove,
              ElementsAre("00000000000000000005.log.cleaned", "00000000000000000009.log.swap"));
  EXPECT_THAT(plan.swaps, ElementsAre("00000000000000000000.log.swap"));
}

TEST(CleanupTest, ASwapReplacesTheSegmentsItCovers) {
  EXPECT_THAT(replaced_by({{Offset(5), Offset(15)}},
                          {"00000000000000000000.log", "00000000000000000005.log",
                           "00000000000000000010.index", "00000000000000000010.snapshot",
                           "00000000000000000015.log"}),
              ElementsAre("00000000000000000005.log", "00000000000000000010.index"));
}

TEST(CleanupTest, AnIndexWithoutItsLogIsAnOrphan) {
  const auto live = live_files({"00000000000000000000.log", "00000000000000000000.index",
                                "00000000000000000007.index", "00000000000000000009.snapshot",
                                "leader-epoch-checkpoint"});
  EXPECT_THAT(live.orphans, ElementsAre("00000000000000000007.index"));
  EXPECT_THAT(live.segments, ElementsAre(Offset(0)));
  EXPECT_THAT(live.snapshots, ElementsAre(Offset(9)));
}

TEST(CleanupTest, RecoveryBeginsInTheSegmentOfTheRecoveryPoint) {
  const std::vector<Offset> bases{Offset(0), Offset(10), Offset(20)};
  EXPECT_EQ(first_to_recover(bases, Offset(0)), 0u);
  EXPECT_EQ(first_to_recover(bases, Offset(9)), 0u);
  EXPECT_EQ(first_to_recover(bases, Offset(10)), 1u);
  EXPECT_EQ(first_to_recover(bases, Offset(99)), 2u);
}

TEST(AbortedSearchTest, EndsWhereNothingEarlierCanBeOpen) {
  const std::vector<AbortedEntry> entries{{0, ProducerId(1), Offset(0), Offset(5), Offset(3)},
                                          {0, ProducerId(2), Offset(3), Offset(9), Offset(10)},
                                          {0, ProducerId(3), Offset(12), Offset(15), Offset(16)}};
  const auto search = collect_aborted(entries, Offset(6), Offset(10));
  EXPECT_THAT(search.found, ElementsAre(entries[1]));
  EXPECT_TRUE(search.complete);
  EXPECT_EQ(collect_aborted(entries, Offset(0), Offset(100)).found.size(), 3u);
  EXPECT_FALSE(collect_aborted(entries, Offset(0), Offset(100)).complete);
}

}  // namespace
}  // namespace barnabas::log
