// What lags is fetched beside what is in sync: another fetcher, another connection, other rounds.
#include <algorithm>

#include "tests/unit/follower/fetcher_fixture.h"

namespace barnabas::broker::follower::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto kInSync = "broker-1-fetcher-0";
constexpr auto kCatchUp = "broker-1-fetcher-0-catch-up";

// t-0 is in sync; t-1 lags: of it the leader gives less than it has.
class LanesTest : public FetcherTest {
 protected:
  LanesTest() {
    make(0);
    make(1);
    leader(0).append(5, 1);
    leader(1).append(5, 1);
    leader(1).high_watermark = 1000;
  }
  void follow_both() {
    follow(0);
    follow(1);
    settle();
  }
  void catch_up() { leader(1).high_watermark = leader(1).end(); }

  // What `client` has asked for, by the numbers of the partitions, since `from`.
  std::vector<std::vector<int>> asked(const std::string& client, std::size_t from = 0) const {
    std::vector<std::vector<int>> all;
    for (std::size_t n = from; n < network.fetches.size(); ++n) {
      if (network.fetch_clients[n] != client) continue;
      auto& one = all.emplace_back();
      for (const auto& topic : network.fetches[n].topics) {
        for (const auto& partition : topic.partitions) one.push_back(partition.partition.value);
      }
    }
    return all;
  }
  std::size_t now() const { return network.fetches.size(); }
};

// Else producers, who wait for t-0, would wait for the old records of t-1 in every round.
TEST_F(LanesTest, WhatLagsIsFetchedBesideWhatIsInSync) {
  follow_both();
  const std::size_t from = now();
  leader(0).append(1, 1);
  settle();
  leader(1).records.insert(leader(1).records.end(), 2, std::byte{1});
  pass(100ms);
  EXPECT_EQ(replicas.at(0).end(), 6);
  EXPECT_EQ(replicas.at(1).end(), 7);
  EXPECT_EQ(manager->max_lag(), 993);
  EXPECT_THAT(asked(kInSync, from), Each(Not(Contains(1))));
  EXPECT_THAT(asked(kCatchUp), AllOf(Contains(ElementsAre(1)), Each(Not(Contains(0)))));
  EXPECT_EQ(manager->fetchers(), 1u);
}

TEST_F(LanesTest, WhatHasCaughtUpGoesBack) {
  follow_both();
  catch_up();
  pass(600ms);
  const std::size_t from = now();
  leader(1).append(3, 1);
  settle();
  pass(1s);
  EXPECT_EQ(replicas.at(1).end(), 8);
  EXPECT_THAT(asked(kInSync, from), Contains(Contains(1)));
  EXPECT_THAT(asked(kCatchUp, from), IsEmpty());
}

// The leader counts on whoever has caught up at once, so it is never left waiting for a poll.
TEST_F(LanesTest, WhatHasCaughtUpIsFetchedWhileTheOtherFetcherIsInALongPoll) {
  follow_both();
  loop.pass(30ms);  // no news: the poll goes on
  catch_up();
  loop.pass(30ms);
  leader(1).append(3, 1);
  loop.pass(30ms);
  EXPECT_EQ(replicas.at(1).end(), 8);
}

TEST_F(LanesTest, WhenNothingIsInSyncWhatCatchesUpGoesBackToAFetcherThatRests) {
  follow(1);
  settle();
  const std::size_t from = now();
  pass(600ms);
  EXPECT_THAT(asked(kInSync, from), IsEmpty());
  catch_up();
  pass(600ms);
  EXPECT_THAT(asked(kInSync, from), Contains(ElementsAre(1)));
}

// After a leader has changed, producers wait for whoever follows the new one.
TEST_F(LanesTest, WhatIsNewlyFollowedDoesNotWaitForTheEndOfALongPoll) {
  follow(0);
  settle();
  follow(1);
  loop.poll();
  EXPECT_EQ(replicas.at(1).end(), 5);
}

TEST_F(LanesTest, OldRecordsComeInRoundsOfBoundedLength) {
  follow_both();
  for (std::size_t n = 0; n < network.fetches.size(); ++n) {
    const bool newcomers = n == 0;
    const bool catches_up = network.fetch_clients[n] == kCatchUp;
    EXPECT_EQ(network.fetches[n].max_bytes, newcomers || catches_up ? 2 << 20 : 10 << 20) << n;
  }
}

// Who produces needs processors and disks, too.
TEST_F(LanesTest, WhatLagsRestsForHalfAsLongAsItsRoundTook) {
  follow_both();
  const auto rounds = [&] { return asked(kCatchUp).size(); };
  for (const std::size_t begin = rounds(); rounds() == begin;) loop.pass(1ms);
  const std::size_t asked_by_now = rounds();
  loop.pass(4ms);
  leader(1).records.push_back(std::byte{1});
  pass(1ms);  // the answer; 2 ms of rest begin
  EXPECT_EQ(replicas.at(1).end(), 6);
  EXPECT_EQ(rounds(), asked_by_now);
  loop.pass(2ms);
  EXPECT_EQ(rounds(), asked_by_now + 1);
}

// They would drive out of the page cache what clients read.
TEST_F(LanesTest, OldRecordsAreWrittenOutWhenEnoughHasComeTogether) {
  const auto& log = *make(2).log;
  leader(2).high_watermark = 1 << 30;
  const auto come = [this](std::size_t mebibytes) {
    leader(2).records.resize(leader(2).records.size() + (mebibytes << 20));
    pass(100ms);
  };
  follow(2);
  come(1);  // by the fetcher that everybody begins with
  come(5);
  EXPECT_THAT(log.written_behind, IsEmpty());
  come(4);
  EXPECT_THAT(log.written_behind, ElementsAre(9u << 20));
  come(8);
  EXPECT_THAT(log.written_behind, ElementsAre(9u << 20, 8u << 20));
}

TEST_F(LanesTest, WhatIsInSyncStaysInThePageCache) {
  const auto& log = *make(2).log;
  leader(2).append(1, 0);
  follow(2);
  settle();
  leader(2).append(9 << 20, 0);
  pass(100ms);
  EXPECT_EQ(log.log_end_offset().value, 1 + (9 << 20));
  EXPECT_THAT(log.written_behind, IsEmpty());
}

TEST_F(LanesTest, ALaggardThatIsStoppedIsNotFetchedAnyMore) {
  follow_both();
  stop(1);
  const std::size_t from = now();
  leader(1).append(5, 1);
  pass(1s);
  EXPECT_EQ(replicas.at(1).end(), 5);
  EXPECT_THAT(asked(kCatchUp, from), IsEmpty());
  EXPECT_EQ(manager->max_lag(), 0);
}

TEST_F(LanesTest, ALaggardInANewEpochIsFetchedInThatOne) {
  follow_both();
  leader(1).leader_epoch = 2;
  follow(1, 2);
  leader(1).append(5, 2);
  pass(600ms);
  EXPECT_EQ(replicas.at(1).end(), 10);
  EXPECT_EQ(manager->failed_partitions(), 0u);
}

TEST_F(LanesTest, ALaggardOfAnotherLeaderIsTakenFromThisOne) {
  follow_both();
  leader(1).leader_epoch = 2;
  follow(1, 2, kOther);
  leader(1).append(5, 2);
  pass(600ms);
  EXPECT_EQ(network.connected.back().host, "other");
  EXPECT_EQ(manager->fetchers(), 2u);
  EXPECT_EQ(replicas.at(1).end(), 10);
  EXPECT_EQ(manager->failed_partitions(), 0u);
}

TEST_F(LanesTest, ANewNumberOfFetchersTakesLaggardsAlong) {
  follow_both();
  const std::vector<PartitionPtr> all{replicas.at(0).partition, replicas.at(1).partition};
  manager->resize(2, all);
  leader(0).append(1, 1);
  leader(1).append(1, 1);
  pass(600ms);
  EXPECT_EQ(replicas.at(0).end(), 6);
  EXPECT_EQ(replicas.at(1).end(), 6);
}

TEST_F(LanesTest, AThrottledLaggardWaitsWhileTheLimitIsExceeded) {
  follow_both();
  quota.throttle("t", std::set{PartitionIndex{1}});
  quota.set_limit(1);
  quota.record(1000);
  pass(100ms);
  leader(1).append(1, 1);
  leader(0).append(1, 1);
  pass(100ms);
  EXPECT_EQ(replicas.at(0).end(), 6);
  EXPECT_EQ(replicas.at(1).end(), 5);
  quota.set_limit(quota::ReplicationQuota::kUnlimited);
  pass(1s);
  EXPECT_EQ(replicas.at(1).end(), 6);
}

TEST_F(LanesTest, ABrokenDiskFailsALaggardOnly) {
  follow_both();
  replicas.at(1).log->broken = true;
  leader(0).append(1, 1);
  leader(1).append(1, 1);
  pass(600ms);
  EXPECT_EQ(manager->failed_partitions(), 1u);
  EXPECT_EQ(replicas.at(0).end(), 6);
}

}  // namespace
}  // namespace barnabas::broker::follower::testing
