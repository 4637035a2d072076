// Which partitions get a new leader when somebody asks, or when too many leaders have strayed.
#include "controller/election_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ElectionPlanTest : public ::testing::Test {
 protected:
  ElectionPlanTest() {
    for (const int id : {1, 2, 3}) context.add_broker(BrokerId{id}, {});
  }
  TopicPartition add(int index, std::vector<int> replicas, int leader, std::vector<int> isr) {
    TopicPartition tp{"t", PartitionIndex{index}};
    zk::PartitionAssignment assignment;
    for (const int id : replicas) assignment.replicas.push_back(BrokerId{id});
    Partition& partition = context.assign(tp, std::move(assignment));
    zk::PartitionState state;
    state.leader = BrokerId{leader};
    for (const int id : isr) state.isr.push_back(BrokerId{id});
    partition.leadership = LeaderAndIsr{state, PartitionEpoch{0}};
    return tp;
  }
  AdminError refusal(ElectionType type, const TopicPartition& tp) {
    const ElectionPlan plan = plan_election(context, {type, {tp}});
    return plan.refused.contains(tp) ? plan.refused.at(tp).error()
                                     : AdminError{ErrorCode::kNone, ""};
  }
  Context context;
};

TEST_F(ElectionPlanTest, APreferredElectionIsNeededWhereAnotherLeads) {
  const auto strayed = add(0, {1, 2}, 2, {1, 2});
  const auto home = add(1, {1, 2}, 1, {1, 2});
  EXPECT_THAT(plan_election(context, {ElectionType::kPreferred, {strayed, home}}).electable,
              ElementsAre(strayed));
  EXPECT_EQ(refusal(ElectionType::kPreferred, home),
            (AdminError{ErrorCode::kElectionNotNeeded,
                        "Leader election not needed for topic partition."}));
}

TEST_F(ElectionPlanTest, AnUncleanElectionIsNeededWhereNobodyAliveLeads) {
  const auto led = add(0, {1, 2}, 2, {2});
  const auto leaderless = add(1, {1, 2}, -1, {2});
  const auto dead = add(2, {1, 4}, 4, {4});
  EXPECT_THAT(plan_election(context, {ElectionType::kUnclean, {led, leaderless, dead}}).electable,
              ElementsAre(leaderless, dead));
  EXPECT_EQ(refusal(ElectionType::kUnclean, led).code, ErrorCode::kElectionNotNeeded);
}

TEST_F(ElectionPlanTest, WhatIsUnknownOrBeingDeletedIsRefusedWithKafkasSentences) {
  EXPECT_EQ(refusal(ElectionType::kPreferred, {"t", PartitionIndex{9}}),
            (AdminError{ErrorCode::kUnknownTopicOrPartition, "The partition does not exist."}));
  const auto tp = add(0, {1, 2}, 2, {1, 2});
  context.to_be_deleted.insert("t");
  EXPECT_EQ(refusal(ElectionType::kPreferred, tp),
            (AdminError{ErrorCode::kInvalidTopicException, "The topic is being deleted"}));
}

// Ten of a hundred is not more than ten in a hundred.
TEST_F(ElectionPlanTest, LeadersAreBroughtBackWhereMoreThanTheGivenShareHasStrayed) {
  for (int i = 0; i < 9; ++i) add(i, {1, 2}, 1, {1, 2});
  const auto strayed = add(9, {1, 2}, 2, {1, 2});
  EXPECT_THAT(partitions_to_rebalance(context, 10), IsEmpty());
  EXPECT_THAT(partitions_to_rebalance(context, 9), ElementsAre(strayed));
}

TEST_F(ElectionPlanTest, EachBrokerHasAShareOfItsOwn) {
  for (int i = 0; i < 20; ++i) add(i, {1, 2}, 1, {1, 2});
  const auto strayed = add(20, {3, 2}, 2, {3, 2});
  EXPECT_THAT(partitions_to_rebalance(context, 10), ElementsAre(strayed));
}

TEST_F(ElectionPlanTest, OnlyThoseAreBroughtBackWhosePreferredReplicaCouldLead) {
  add(0, {4, 2}, 2, {2});  // dead
  add(1, {1, 2}, 2, {2});  // out of sync
  const auto strayed = add(2, {1, 2}, 2, {2, 1});
  EXPECT_THAT(partitions_to_rebalance(context, 10), ElementsAre(strayed));
}

// A move would change the leaders again.
TEST_F(ElectionPlanTest, NobodyIsBroughtBackDuringAReassignmentOrADeletion) {
  const auto tp = add(0, {1, 2}, 2, {1, 2});
  context.partition(tp)->assignment.adding = {BrokerId{1}};
  EXPECT_THAT(partitions_to_rebalance(context, 10), IsEmpty());
  context.partition(tp)->assignment.adding.clear();
  EXPECT_THAT(partitions_to_rebalance(context, 10), SizeIs(1));
  context.to_be_deleted.insert("t");
  EXPECT_THAT(partitions_to_rebalance(context, 10), IsEmpty());
}

}  // namespace
}  // namespace barnabas::controller
