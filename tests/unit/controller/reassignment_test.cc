// The arithmetic and the refusals of a reassignment, and the steps it consists of.
#include "controller/reassignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using zk::PartitionAssignment;

std::vector<BrokerId> ids(std::initializer_list<int> values) {
  std::vector<BrokerId> out;
  for (const int value : values) out.push_back(BrokerId{value});
  return out;
}

PartitionAssignment assignment(std::initializer_list<int> replicas,
                               std::initializer_list<int> adding = {},
                               std::initializer_list<int> removing = {}) {
  return {ids(replicas), ids(adding), ids(removing)};
}

const TopicPartition kPartition{"t", PartitionIndex{0}};

class ReassignmentTest : public ::testing::Test {
 protected:
  ReassignmentTest() {
    for (const int id : {1, 2, 3}) context.add_broker(BrokerId{id}, {});
  }
  Partition& assign(PartitionAssignment assignment, int leader = 1) {
    Partition& partition = context.assign(kPartition, std::move(assignment));
    zk::PartitionState state;
    state.leader = BrokerId{leader};
    partition.leadership = LeaderAndIsr{state, PartitionEpoch{0}};
    return partition;
  }
  AdminError refused(std::optional<std::vector<BrokerId>> target, TopicPartition tp = kPartition) {
    const auto built = build_reassignment(context, tp, target);
    return built ? AdminError{ErrorCode::kNone, ""} : built.error();
  }
  Context context;
};

// The captured moves of zr-0 and zr-1: the target comes first, what is to go after it.
TEST_F(ReassignmentTest, TheTargetComesFirstAndTheRestAfterIt) {
  EXPECT_EQ(reassign_to(assignment({1, 2}), ids({3, 2})), assignment({3, 2, 1}, {3}, {1}));
  EXPECT_EQ(reassign_to(assignment({2, 1}), ids({2, 3, 1})), assignment({2, 3, 1}, {3}));
  EXPECT_EQ(reassign_to(assignment({1, 2}), ids({2, 1})), assignment({2, 1}));
}

TEST_F(ReassignmentTest, ASupersedingMoveStartsFromTheSameOrigin) {
  const auto under_way = assignment({3, 2, 1}, {3}, {1});
  EXPECT_EQ(reassign_to(under_way, ids({3, 1})), assignment({3, 1, 2}, {3}, {2}));
  EXPECT_EQ(reassign_to(under_way, ids({3, 2})), under_way);
}

// As captured: the origin of [3,2,1] adding [3] is [2,1], whatever it was before.
TEST_F(ReassignmentTest, ACancelledMoveGoesBackToTheOriginInTheOrderThatIsLeft) {
  assign(assignment({3, 2, 1}, {3}, {1}));
  EXPECT_EQ(build_reassignment(context, kPartition, std::nullopt).value(), assignment({2, 1}));
}

TEST_F(ReassignmentTest, WhatCannotBeIsRefusedWithKafkasSentences) {
  assign(assignment({1, 2}));
  const auto invalid = [](const char* text) {
    return AdminError{ErrorCode::kInvalidReplicaAssignment, text};
  };
  EXPECT_EQ(refused(ids({})), invalid("Empty replica list specified in partition reassignment."));
  EXPECT_EQ(refused(ids({1, 1})),
            invalid("Duplicate replica ids in partition reassignment replica list: "
                    "ArrayBuffer(1, 1)"));
  EXPECT_EQ(refused(ids({-1})), invalid("Invalid broker id in replica list: ArrayBuffer(-1)"));
  EXPECT_EQ(refused(ids({99, 1})),
            invalid("Replica assignment has brokers that are not alive. Replica list: "
                    "ArrayBuffer(99), live broker list: Set(1, 2, 3)"));
  const AdminError nothing{ErrorCode::kNoReassignmentInProgress,
                           "No partition reassignment is in progress."};
  EXPECT_EQ(refused(std::nullopt), nothing);
  EXPECT_EQ(refused(std::nullopt, {"u", PartitionIndex{0}}), nothing);
  const AdminError unknown{ErrorCode::kUnknownTopicOrPartition, "The partition does not exist."};
  EXPECT_EQ(refused(ids({1}), {"t", PartitionIndex{9}}), unknown);
  EXPECT_EQ(refused(ids({1}), {"u", PartitionIndex{0}}), unknown);
}

TEST_F(ReassignmentTest, ADeadBrokerMayStayButNotCome) {
  assign(assignment({1, 2}));
  context.remove_broker(BrokerId{2});
  EXPECT_EQ(refused(ids({2, 3})).code, ErrorCode::kNone);
  context.mark_shutting_down(BrokerId{3});
  EXPECT_EQ(refused(ids({2, 3})).code, ErrorCode::kInvalidReplicaAssignment);
}

TEST_F(ReassignmentTest, APartitionOfATopicThatIsBeingDeletedIsNotMoved) {
  assign(assignment({1, 2}));
  context.to_be_deleted.insert("t");
  EXPECT_EQ(refused(ids({1})).code, ErrorCode::kUnknownTopicOrPartition);
}

// Kafka would take an empty list from the znode for a target and delete every replica.
TEST_F(ReassignmentTest, AnOldToolMayNameDeadBrokersButNotNobody) {
  assign(assignment({1, 2}));
  EXPECT_EQ(build_legacy_reassignment(context, kPartition, ids({9})).value(),
            assignment({9, 1, 2}, {9}, {1, 2}));
  EXPECT_FALSE(build_legacy_reassignment(context, kPartition, {}).has_value());
  EXPECT_FALSE(build_legacy_reassignment(context, {"u", PartitionIndex{0}}, ids({1})).has_value());
}

TEST_F(ReassignmentTest, ItIsCompleteWhenTheWholeTargetIsInSync) {
  const auto under_way = assignment({3, 2, 1}, {3}, {1});
  EXPECT_FALSE(is_complete(under_way, ids({1, 2})));
  EXPECT_FALSE(is_complete(under_way, ids({1, 3})));
  EXPECT_TRUE(is_complete(under_way, ids({1, 2, 3})));
  EXPECT_TRUE(is_complete(under_way, ids({2, 3})));
  EXPECT_TRUE(is_complete(assignment({1, 2}), ids({1})));
}

TEST_F(ReassignmentTest, ItBeginsWithWhatIsWantedAndStopsWhatNobodyWantsAnyMore) {
  const auto first = assignment({3, 2, 1}, {3}, {1});
  EXPECT_THAT(begin_reassignment(assign(assignment({1, 2})), first),
              ElementsAre(Step{steps::WriteAssignment{first}}, Step{steps::Remember{first}}));
  const auto back = assignment({2, 1});
  EXPECT_THAT(begin_reassignment(assign(first), back),
              ElementsAre(Step{steps::WriteAssignment{back}}, Step{steps::Remember{back}},
                          Step{steps::StopReplicas{ids({3})}}));
  EXPECT_THAT(begin_reassignment(assign(first), first), IsEmpty());
}

// In Kafka the partition then has no leader until the next controller.
TEST_F(ReassignmentTest, WhoIsNotWantedAnyMoreGivesUpTheLeadFirst) {
  const auto first = assignment({3, 2, 1}, {3}, {1});
  const auto back = assignment({2, 1});
  EXPECT_THAT(begin_reassignment(assign(first, 3), back),
              ElementsAre(Step{steps::WriteAssignment{back}}, Step{steps::Remember{back}},
                          Step{steps::HandOver{}}, Step{steps::StopReplicas{ids({3})}}));
}

// Kafka deletes them, and what was acknowledged with them.
TEST_F(ReassignmentTest, NotAllWhoAreInSyncAreStopped) {
  Partition& partition = assign(assignment({3, 2, 1}, {3}, {2, 1}), 3);
  partition.leadership->state.isr = ids({3});
  EXPECT_EQ(refused(std::nullopt).code, ErrorCode::kInvalidReplicaAssignment);
  EXPECT_FALSE(build_legacy_reassignment(context, kPartition, ids({2, 1})).has_value());
  EXPECT_EQ(refused(ids({3, 1})).code, ErrorCode::kNone);
  partition.leadership->state.isr = ids({3, 1});
  EXPECT_EQ(refused(std::nullopt).code, ErrorCode::kNone);
}

TEST_F(ReassignmentTest, WhatIsAddedStartsUnderANewLeaderEpoch) {
  EXPECT_THAT(start_replicas(assignment({3, 2, 1}, {3}, {1})),
              ElementsAre(Step{steps::RaiseEpoch{}}, Step{steps::StartReplicas{ids({3})}}));
}

// The topic's znode is written last but for the clean-up: who takes over in between does it again.
TEST_F(ReassignmentTest, ItEndsWithTheTargetAlone) {
  assign(assignment({3, 2, 1}, {3}, {1}), 2);
  EXPECT_THAT(
      complete_reassignment(context, kPartition),
      ElementsAre(Step{steps::BringOnline{ids({3})}}, Step{steps::Remember{assignment({3, 2})}},
                  Step{steps::RaiseEpoch{}}, Step{steps::StopReplicas{ids({1})}},
                  Step{steps::WriteAssignment{assignment({3, 2})}},
                  Step{steps::StrikeFromLegacyNode{ids({3, 2})}}, Step{steps::UpdateMetadata{}}));
}

TEST_F(ReassignmentTest, TheLeaderMovesIfItIsToGoOrIsDead) {
  const Step move{steps::MoveLeader{}};
  assign(assignment({3, 2, 1}, {3}, {1}), 1);
  EXPECT_EQ(complete_reassignment(context, kPartition)[2], move);
  assign(assignment({3, 2, 1}, {3}, {1}), 2);
  context.remove_broker(BrokerId{2});
  EXPECT_EQ(complete_reassignment(context, kPartition)[2], move);
}

}  // namespace
}  // namespace barnabas::controller
