#include "broker/follower/fetcher_manager.h"

#include "tests/unit/follower/fetcher_fixture.h"

namespace barnabas::broker::follower::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

struct Place {
  std::string topic;
  int partition;
  int of_three;
  int of_eight;
};

// As Kafka's AbstractFetcherManager.getFetcherId puts them.
TEST(FetcherOfTest, SpreadsPartitionsAsKafkaDoes) {
  const std::vector<Place> places{{"t", 0, 2, 4},
                                  {"t", 49, 0, 5},
                                  {"orders", 0, 2, 5},
                                  {"orders", 7, 1, 6},
                                  {"__consumer_offsets", 0, 2, 7},
                                  {"__consumer_offsets", 7, 1, 0},
                                  {"a-long.topic_name-with-everything.0123456789", 1, 1, 4},
                                  {"a-long.topic_name-with-everything.0123456789", 7, 1, 2}};
  for (const Place& place : places) {
    const TopicPartition tp{place.topic, PartitionIndex{place.partition}};
    EXPECT_EQ(fetcher_of(tp, 3), place.of_three) << to_string(tp);
    EXPECT_EQ(fetcher_of(tp, 8), place.of_eight) << to_string(tp);
  }
}

TEST_F(FetcherTest, EachLeaderHasItsOwnConnection) {
  make(0);
  make(1);
  follow(0, 1, kLeader);
  follow(1, 1, kOther);
  settle();
  EXPECT_THAT(network.connected,
              UnorderedElementsAre(env::Address{"leader", 9092}, env::Address{"other", 9092}));
}

TEST_F(FetcherTest, SeveralFetchersShareOneLeadersPartitions) {
  auto several = defaults();
  several.fetchers_per_broker = 3;
  use(several);
  for (int n = 0; n < 3; ++n) {
    make(n);
    follow(n);
  }
  settle();
  EXPECT_EQ(manager->fetchers(), 3u);
  EXPECT_THAT(
      network.client_ids,
      ::testing::IsSupersetOf({"broker-1-fetcher-0", "broker-1-fetcher-1", "broker-1-fetcher-2"}));
}

TEST_F(FetcherTest, ANewNumberOfFetchersSpreadsThePartitionsAnew) {
  std::vector<PartitionPtr> all;
  for (const int n : {0, 1, 2, 3}) {
    all.push_back(make(n).partition);
    leader(n).append(2, 1);
    follow(n);
  }
  settle();
  EXPECT_EQ(manager->fetchers(), 1u);
  manager->resize(2, all);
  EXPECT_EQ(manager->fetchers(), 2u);
  for (const int n : {0, 1, 2, 3}) leader(n).append(1, 1);
  settle();
  for (const int n : {0, 1, 2, 3}) EXPECT_EQ(replicas.at(n).end(), 3) << n;
  manager->resize(1, all);
  EXPECT_EQ(manager->fetchers(), 1u);
}

TEST_F(FetcherTest, ANewLeaderTakesThePartitionFromTheOldOnesFetcher) {
  auto& ours = make(0);
  follow(0, 1, kLeader);
  settle();
  leader(0).leader_epoch = 2;
  leader(0).append(5, 2);
  follow(0, 2, kOther);
  settle();
  EXPECT_EQ(manager->fetchers(), 1u);
  EXPECT_EQ(network.connected.back(), (env::Address{"other", 9092}));
  EXPECT_EQ(ours.end(), 5);
}

TEST_F(FetcherTest, ALeaderThatCameBackAtAnotherAddressIsFetchedFromThere) {
  auto& ours = make(0);
  follow(0, 1);
  settle();
  live({{2, "leader", 9999}});
  leader(0).leader_epoch = 2;
  leader(0).append(5, 2);
  follow(0, 2);
  settle();
  EXPECT_THAT(network.connected,
              ElementsAre(env::Address{"leader", 9092}, env::Address{"leader", 9999}));
  EXPECT_EQ(ours.end(), 5);
}

// A leader that lost its power and is back sends no reset: whoever goes on waiting for its answer
// waits for the socket's time-out.
TEST_F(FetcherTest, WhenAllPartitionsOfALeaderAreToldAnewAFreshConnectionIsMade) {
  make(0);
  make(1);
  follow(0, 1);
  follow(1, 1);
  settle();
  const std::size_t before = network.connected.size();
  leader(0).leader_epoch = 2;
  follow(0, 2);
  settle();
  // The other one is being fetched: only who does not wait for the end of its poll needs another.
  EXPECT_EQ(network.connected.size(), before + 1);
  stop(1);
  leader(0).leader_epoch = 3;
  follow(0, 3);
  settle();
  EXPECT_EQ(network.connected.size(), before + 2);
}

TEST_F(FetcherTest, AFetcherWithNothingToFetchEnds) {
  make(0);
  follow(0);
  settle();
  stop(0);
  settle();
  EXPECT_EQ(manager->fetchers(), 0u);
  const std::size_t before = network.fetches.size();
  pass(5s);
  EXPECT_EQ(network.fetches.size(), before);
}

// Of two LeaderAndIsr that cross on the way to the fetchers, the later one is obeyed.
TEST_F(FetcherTest, APartitionThatLeadsByNowIsNotFollowed) {
  auto& ours = make(0);
  ours.partition->make_follower(role(kLeader, 1));
  ASSERT_TRUE(ours.partition->make_leader(role(kSelf, 2), loop.clock.now()));
  const std::vector<PartitionPtr> late{ours.partition};
  manager->follow(late);
  settle();
  EXPECT_EQ(manager->fetchers(), 0u);
}

TEST_F(FetcherTest, ALeaderWithoutOurListenerCannotBeFetchedFrom) {
  auto other = defaults();
  other.listener = "INTERNAL";
  use(other);
  make(0);
  follow(0);
  EXPECT_EQ(manager->fetchers(), 0u);
  EXPECT_EQ(manager->failed_partitions(), 1u);
}

TEST_F(FetcherTest, TheLagIsHowFarTheWorstPartitionIsBehindTheHighWatermark) {
  make(0);
  make(1);
  leader(0).append(5, 1);
  leader(0).high_watermark = 12;  // an answer cut by its byte limit
  follow(0);
  follow(1);
  settle();
  EXPECT_EQ(manager->max_lag(), 7);
}

TEST_F(FetcherTest, NothingIsFollowedAfterTheShutdown) {
  make(0);
  make(1);
  follow(0);
  settle();
  loop.run(manager->shutdown());
  follow(1);
  EXPECT_EQ(manager->fetchers(), 0u);
}

}  // namespace
}  // namespace barnabas::broker::follower::testing
