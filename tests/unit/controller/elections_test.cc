// The four election rules (facts 2.6), case by case.
#include "controller/elections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::controller {
namespace {

std::vector<BrokerId> ids(std::vector<int> values) {
  std::vector<BrokerId> out;
  for (const int value : values) out.push_back(BrokerId{value});
  return out;
}

LeaderAndIsr state(int leader, std::vector<int> isr, int epoch = 5) {
  LeaderAndIsr now;
  now.state.leader = BrokerId{leader};
  now.state.isr = ids(std::move(isr));
  now.state.leader_epoch = LeaderEpoch{epoch};
  now.partition_epoch = PartitionEpoch{9};
  return now;
}

struct Case {
  const char* why;
  std::vector<int> assigned, live, isr;
  bool unclean;
  int leader;  // -1: nobody
  std::vector<int> new_isr;
  bool recovering;
};

TEST(ElectionsTest, OfflineElectsTheFirstLiveReplicaInTheIsr) {
  const Case cases[] = {
      {"first of the assignment, not of the ISR",
       {1, 2, 3},
       {1, 2, 3},
       {3, 2, 1},
       false,
       1,
       {3, 2, 1},
       false},
      {"the dead leave the ISR", {1, 2, 3}, {2, 3}, {1, 2, 3}, false, 2, {2, 3}, false},
      {"live but not in sync is passed over", {1, 2, 3}, {1, 3}, {2, 3}, false, 3, {3}, false},
      {"nobody in sync is alive", {1, 2}, {2}, {1}, false, -1, {}, false},
      {"unless unclean is allowed", {1, 2}, {2}, {1}, true, 2, {2}, true},
      {"clean if it can be, also when unclean is allowed",
       {1, 2},
       {1, 2},
       {2},
       true,
       2,
       {2},
       false},
      {"nobody is alive", {1, 2}, {}, {1, 2}, true, -1, {}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const auto elected =
        elect_offline(state(1, c.isr), {ids(c.assigned), ids(c.live)}, c.unclean, true);
    ASSERT_EQ(elected.has_value(), c.leader >= 0);
    if (!elected) continue;
    EXPECT_EQ(elected->state.leader, BrokerId{c.leader});
    EXPECT_EQ(elected->state.isr, ids(c.new_isr));
    EXPECT_EQ(elected->state.recovering, c.recovering);
    EXPECT_EQ(elected->state.leader_epoch, LeaderEpoch{6});
    EXPECT_EQ(elected->recipients, ids(c.live));
  }
}

TEST(ElectionsTest, BeforeIbp32AnUncleanLeaderIsNotMarkedAsRecovering) {
  const auto elected = elect_offline(state(1, {1}), {ids({1, 2}), ids({2})}, true, false);
  ASSERT_TRUE(elected.has_value());
  EXPECT_FALSE(elected->state.recovering);
}

TEST(ElectionsTest, ACleanElectionKeepsTheRecoveryState) {
  LeaderAndIsr now = state(1, {1});
  now.state.recovering = true;
  const auto elected = elect_offline(now, {ids({1, 2}), ids({1, 2})}, false, true);
  ASSERT_TRUE(elected.has_value());
  EXPECT_TRUE(elected->state.recovering);
}

TEST(ElectionsTest, ReassignmentElectsFromTheTargetAndKeepsTheIsr) {
  const auto elected = elect_for_reassignment(state(1, {1, 3, 4}), {ids({5, 4, 3}), ids({4, 3})});
  ASSERT_TRUE(elected.has_value());
  EXPECT_EQ(elected->state.leader, BrokerId{4});
  EXPECT_EQ(elected->state.isr, ids({1, 3, 4}));
  EXPECT_EQ(elected->recipients, ids({5, 4, 3}));
  EXPECT_FALSE(elect_for_reassignment(state(1, {1}), {ids({5, 4}), ids({5, 4})}).has_value());
}

TEST(ElectionsTest, OnlyThePreferredReplicaCanWinAPreferredElection) {
  const auto elected = elect_preferred(state(2, {2, 1}), {ids({1, 2}), ids({1, 2})});
  ASSERT_TRUE(elected.has_value());
  EXPECT_EQ(elected->state.leader, BrokerId{1});
  EXPECT_EQ(elected->state.isr, ids({2, 1}));
  EXPECT_EQ(elected->recipients, ids({1, 2}));
  EXPECT_FALSE(elect_preferred(state(2, {2}), {ids({1, 2}), ids({1, 2})}).has_value());
  EXPECT_FALSE(elect_preferred(state(2, {2, 1}), {ids({1, 2}), ids({2})}).has_value());
  EXPECT_FALSE(elect_preferred(state(2, {2}), {{}, {}}).has_value());
}

TEST(ElectionsTest, AControlledShutdownMovesLeadershipAndLeavesTheIsr) {
  const std::set<BrokerId> down{BrokerId{1}};
  const auto elected =
      elect_for_shutdown(state(1, {1, 2, 3}), {ids({1, 2, 3}), ids({1, 2, 3})}, down);
  ASSERT_TRUE(elected.has_value());
  EXPECT_EQ(elected->state.leader, BrokerId{2});
  EXPECT_EQ(elected->state.isr, ids({2, 3}));
  EXPECT_EQ(elected->recipients, ids({1, 2, 3}));
  EXPECT_FALSE(elect_for_shutdown(state(1, {1}), {ids({1, 2}), ids({1, 2})}, down).has_value());
}

}  // namespace
}  // namespace barnabas::controller
