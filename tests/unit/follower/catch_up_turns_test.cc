#include "broker/follower/catch_up_turns.h"

#include <gmock/gmock.h>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::follower {
namespace {

using replica::testing::id_of;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr int kMost = 1 << 20;  // of one partition
constexpr int kRound = CatchUpTurns::kRound;

// Partitions t-0, t-1, ...; the requests they make.
class CatchUpTurnsTest : public ::testing::Test {
 protected:
  using Asked = std::map<int, std::int32_t>;  // partition -> bytes

  static TopicPartition tp(int n) { return {"t", PartitionIndex{n}}; }
  void want(int n) { session.want(tp(n), {.topic_id = id_of(1), .fetch_offset = Offset{0}}); }
  void lags(int n) {
    want(n);
    turns.lags(tp(n), session);
  }
  void in_sync(int n) {
    want(n);
    turns.in_sync(tp(n), session);
  }
  void leave(int n) {
    session.drop(tp(n));
    turns.leave(tp(n), session);
    asked.erase(n);
  }
  // What the leader knows after the next request.
  Asked next(int most = kMost) {
    turns.next_round(session, most);
    protocol::FetchRequest request;
    session.fill(request, true, most);
    std::size_t partitions = 0;
    for (const auto& topic : request.topics) {
      for (const auto& one : topic.partitions) {
        asked[one.partition.value] = one.partition_max_bytes;
        ++partitions;
      }
    }
    protocol::FetchResponse response;
    response.session_id = 7;
    response.responses.emplace_back().partitions.resize(partitions);
    EXPECT_TRUE(session.accept(response));
    return asked;
  }

  LeaderSession session;
  CatchUpTurns turns;
  Asked asked;
};

TEST_F(CatchUpTurnsTest, WhileAllLagNothingIsLimited) {
  lags(0);
  lags(1);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kMost)));
}

TEST_F(CatchUpTurnsTest, BesideAPartitionInSyncTheLaggingOnesTakeTurns) {
  in_sync(0);
  lags(1);
  lags(2);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound), Pair(2, 0)));
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, 0), Pair(2, kRound)));
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound), Pair(2, 0)));
}

TEST_F(CatchUpTurnsTest, OneThatLagsAloneHasEveryTurn) {
  in_sync(0);
  lags(1);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound)));
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound)));
}

TEST_F(CatchUpTurnsTest, WhoeverCatchesUpFirstEndsTheLongRoundsOfTheOthers) {
  lags(0);
  lags(1);
  lags(2);
  next();
  in_sync(1);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kRound), Pair(1, kMost), Pair(2, 0)));
}

TEST_F(CatchUpTurnsTest, WhoeverHasCaughtUpIsNotLimitedAnyMore) {
  in_sync(0);
  lags(1);
  lags(2);
  next();
  in_sync(1);
  in_sync(2);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kMost), Pair(2, kMost)));
}

TEST_F(CatchUpTurnsTest, WhenTheLastInSyncLeavesNothingIsLimited) {
  in_sync(0);
  lags(1);
  lags(2);
  next();
  leave(0);
  EXPECT_THAT(next(), ElementsAre(Pair(1, kMost), Pair(2, kMost)));
}

TEST_F(CatchUpTurnsTest, ATurnPassesOverWhoeverHasLeft) {
  in_sync(0);
  lags(1);
  lags(2);
  lags(3);
  next();
  leave(2);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, 0), Pair(3, kRound)));
}

TEST_F(CatchUpTurnsTest, WhoeverComesBackFromWaitingTakesTurnsAgain) {
  in_sync(0);
  lags(1);
  lags(2);
  next();
  leave(1);
  next();
  lags(1);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, 0), Pair(2, kRound)));
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound), Pair(2, 0)));
}

// A leader that was just elected has not answered yet, and its producers wait.
TEST_F(CatchUpTurnsTest, OneOfWhichNothingIsKnownIsNotLimited) {
  in_sync(0);
  lags(1);
  lags(2);
  next();
  turns.leave(tp(2), session);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound), Pair(2, kMost)));
}

TEST_F(CatchUpTurnsTest, OneThatFallsBehindTakesTurnsToo) {
  in_sync(0);
  in_sync(1);
  lags(2);
  next();
  lags(1);
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, 0), Pair(2, kRound)));
  EXPECT_THAT(next(), ElementsAre(Pair(0, kMost), Pair(1, kRound), Pair(2, 0)));
}

TEST_F(CatchUpTurnsTest, NoneBringsMoreThanTheSettingsAllow) {
  in_sync(0);
  for (int n = 1; n < 6; ++n) lags(n);
  EXPECT_THAT(next(kRound / 2),
              ElementsAre(Pair(0, kRound / 2), Pair(1, kRound / 2), Pair(2, kRound / 2), Pair(3, 0),
                          Pair(4, 0), Pair(5, 0)));
}

// A look at a thousand partitions takes the leader as long as two megabytes take the follower.
TEST_F(CatchUpTurnsTest, ARoundOfManyPartitionsIsLongerAnyway) {
  in_sync(0);
  for (int n = 1; n < 1024; ++n) lags(n);
  std::int64_t granted = 0;
  for (const auto& [n, bytes] : next()) granted += n == 0 ? 0 : bytes;
  EXPECT_EQ(granted, 1024 * CatchUpTurns::kPerPartition);
}

}  // namespace
}  // namespace barnabas::broker::follower
