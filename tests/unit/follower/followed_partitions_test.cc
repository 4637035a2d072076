#include "broker/follower/followed_partitions.h"

#include <gmock/gmock.h>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::follower {
namespace {

using replica::testing::id_of;
using replica::testing::MemoryLog;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr LeaderEpoch kEpoch{1};
constexpr env::Instant kNow{};

// t-0 in a lane; the leader's answers are made by hand.
class FollowedPartitionsTest : public ::testing::Test {
 protected:
  FollowedPartitionsTest() {
    replica::PartitionConfig config{.self = BrokerId{1}, .alive = [](BrokerId) { return true; }};
    partition = std::make_shared<replica::Partition>(tp, std::move(config));
    partition->set_log(std::make_shared<MemoryLog>(tp, id_of(1)), Offset{0});
    replica::LeaderAndIsr role;
    role.leader = BrokerId{2};
    role.leader_epoch = kEpoch;
    role.partition_epoch = PartitionEpoch{1};
    role.isr = {BrokerId{2}};
    role.replicas = {BrokerId{1}, BrokerId{2}};
    partition->make_follower(role);
  }
  void follow(FollowedPartitions& lane) {
    lane.follow(partition, *partition->following());
    for (const Claim& claim : truncated(lane)) lane.truncated(claim, {}, true);
    lane.end_round();
  }
  std::vector<Claim> truncated(FollowedPartitions& lane) {
    lane.refresh(kNow, session);
    return lane.to_truncate(kNow);
  }
  // A whole round but for its end, in which t-0 turns out to be `lag` behind.
  void fetch(FollowedPartitions& lane, std::int64_t lag) {
    lane.refresh(kNow, session);
    const auto claim = lane.claim(tp);
    ASSERT_TRUE(claim.has_value());
    lane.appended(*claim, {}, Offset{lag});
  }

  const TopicPartition tp{"t", PartitionIndex{0}};
  std::shared_ptr<replica::Partition> partition;
  FailedPartitions failed;
  LeaderSession session;
  FollowedPartitions in_sync{Lane::kInSync, true, &failed};
  FollowedPartitions catch_up{Lane::kCatchUp, true, &failed};
};

TEST_F(FollowedPartitionsTest, WhatLagsIsGivenAwayByTheLaneOfThoseInSync) {
  follow(in_sync);
  fetch(in_sync, 5);
  in_sync.end_round();
  EXPECT_THAT(in_sync.give_away(), SizeIs(1));
  EXPECT_TRUE(in_sync.empty());
}

TEST_F(FollowedPartitionsTest, WhatIsInSyncIsGivenAwayByTheLaneThatCatchesUp) {
  follow(catch_up);
  fetch(catch_up, 5);
  catch_up.end_round();
  EXPECT_THAT(catch_up.give_away(), IsEmpty());
  fetch(catch_up, 0);
  catch_up.end_round();
  EXPECT_THAT(catch_up.give_away(), SizeIs(1));
}

TEST_F(FollowedPartitionsTest, WhatTheLeaderHasSaidNothingOfYetStays) {
  follow(in_sync);
  EXPECT_THAT(in_sync.give_away(), IsEmpty());
  follow(catch_up);
  EXPECT_THAT(catch_up.give_away(), IsEmpty());
}

// Two fetchers that append what they fetched at the same offset: the second would be refused, and
// the partition be given up.
TEST_F(FollowedPartitionsTest, NothingIsGivenAwayWhileAnAnswerIsBeingTakenOver) {
  follow(catch_up);
  fetch(catch_up, 0);
  EXPECT_THAT(catch_up.give_away(), IsEmpty());
  catch_up.end_round();
  EXPECT_THAT(catch_up.give_away(), SizeIs(1));
}

TEST_F(FollowedPartitionsTest, TheAnswerUnderWayIsVoidForWhatWasGivenAway) {
  follow(catch_up);
  fetch(catch_up, 0);
  catch_up.end_round();
  catch_up.refresh(kNow, session);
  auto given = catch_up.give_away();
  EXPECT_FALSE(catch_up.claim(tp).has_value());
  catch_up.take(std::move(given));  // and back: it may have been fetched further meanwhile
  EXPECT_FALSE(catch_up.claim(tp).has_value());
}

TEST_F(FollowedPartitionsTest, WhatIsTakenIsFetchedWhereItWas) {
  follow(catch_up);
  fetch(catch_up, 0);
  catch_up.end_round();
  in_sync.take(catch_up.give_away());
  in_sync.refresh(kNow, session);
  const auto claim = in_sync.claim(tp);
  ASSERT_TRUE(claim.has_value());
  EXPECT_EQ(claim->leader_epoch, kEpoch);
  EXPECT_EQ(in_sync.max_lag(), 0);
}

TEST_F(FollowedPartitionsTest, WhatIsFollowedAnewIsNotGivenAway) {
  follow(in_sync);
  fetch(in_sync, 5);
  in_sync.end_round();
  follow(in_sync);
  EXPECT_THAT(in_sync.give_away(), IsEmpty());
}

TEST_F(FollowedPartitionsTest, ARoundIsUnderWayUntilItsEnd) {
  EXPECT_FALSE(in_sync.busy());
  in_sync.refresh(kNow, session);
  EXPECT_TRUE(in_sync.busy());
  in_sync.end_round();
  EXPECT_FALSE(in_sync.busy());
}

TEST_F(FollowedPartitionsTest, NoRoundIsUnderWayWhileTheFetcherRests) {
  in_sync.refresh(kNow, session);
  in_sync.rest();
  EXPECT_FALSE(in_sync.busy());
}

}  // namespace
}  // namespace barnabas::broker::follower
