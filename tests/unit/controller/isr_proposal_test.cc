// What the controller says to each ISR a leader may propose, in the order of its checks.
#include "controller/isr_proposal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::controller {
namespace {

using ::testing::ElementsAre;

const TopicId kId{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

// Partition t-0 of brokers 1, 2, 3 (4 is alive too): led by 1 in epoch 5, ISR 1 and 2, written for
// the ninth time.
class IsrProposalTest : public ::testing::Test {
 protected:
  IsrProposalTest() {
    for (const int id : {1, 2, 3, 4}) context.add_broker(BrokerId{id}, {{}, BrokerEpoch{100 + id}});
    zk::PartitionAssignment assignment;
    assignment.replicas = {BrokerId{1}, BrokerId{2}, BrokerId{3}};
    Partition& partition = context.assign({"t", PartitionIndex{0}}, assignment);
    LeaderAndIsr& now = partition.leadership.emplace();
    now.state.leader = BrokerId{1};
    now.state.leader_epoch = LeaderEpoch{5};
    now.state.isr = {BrokerId{1}, BrokerId{2}};
    now.partition_epoch = PartitionEpoch{9};
    context.set_topic_id("t", kId);

    request.broker_id = BrokerId{1};
    auto& topic = request.topics.emplace_back();
    topic.topic_id = kId;
    topic.topic_name = "t";
    auto& row = topic.partitions.emplace_back();
    row.leader_epoch = LeaderEpoch{5};
    row.partition_epoch = PartitionEpoch{9};
    propose({1, 2, 3});
  }

  using Row = protocol::AlterPartitionRequest::PartitionData;
  Row& row() { return request.topics[0].partitions[0]; }
  zk::PartitionState& now() {
    return context.partition({"t", PartitionIndex{0}})->leadership->state;
  }
  void propose(std::vector<int> isr) {
    row().new_isr.clear();
    row().new_isr_with_epochs.clear();
    for (const int id : isr) {
      row().new_isr.push_back(BrokerId{id});
      row().new_isr_with_epochs.push_back({BrokerId{id}, BrokerEpoch{100 + id}});
    }
  }
  // "write", "same", or the error's name.
  std::string verdict(std::int16_t version = 3) {
    auto all = proposals(context, version, request);
    const bool write = judge(context, version, all.at(0));
    if (write) return "write";
    return all[0].error == ErrorCode::kNone ? "same" : std::string(name(all[0].error));
  }

  Context context;
  protocol::AlterPartitionRequest request;
};

TEST_F(IsrProposalTest, AnIsrOfLiveReplicasIsWrittenAsTheLeaderOrdersIt) {
  auto all = proposals(context, 3, request);
  EXPECT_TRUE(judge(context, 3, all[0]));
  EXPECT_THAT(all[0].state.isr, ElementsAre(BrokerId{1}, BrokerId{2}, BrokerId{3}));
  EXPECT_EQ(all[0].state.leader_epoch, LeaderEpoch{5});
}

TEST_F(IsrProposalTest, EachVersionNamesItsTopicAndIsrItsOwnWay) {
  request.topics[0].topic_id = {};
  for (const std::int16_t version : {0, 1}) EXPECT_EQ(verdict(version), "write") << version;
  EXPECT_EQ(verdict(2), "UNKNOWN_TOPIC_ID");
  request.topics[0].topic_id = kId;
  request.topics[0].topic_name = "";
  row().new_isr_with_epochs.clear();
  EXPECT_EQ(verdict(2), "write");
}

TEST_F(IsrProposalTest, ATopicIdThatNobodyKnowsIsRefused) {
  request.topics[0].topic_id = TopicId{{9}};
  EXPECT_EQ(verdict(), "UNKNOWN_TOPIC_ID");
}

TEST_F(IsrProposalTest, APartitionThatNobodyKnowsOrThatHasNoStateIsRefused) {
  row().partition_index = PartitionIndex{1};
  EXPECT_EQ(verdict(), "UNKNOWN_TOPIC_OR_PARTITION");
  context.assign({"t", PartitionIndex{1}}, {});
  EXPECT_EQ(verdict(), "UNKNOWN_TOPIC_OR_PARTITION");
}

TEST_F(IsrProposalTest, ALeaderThatKnowsMoreThanWeMakesUsAStaleController) {
  row().partition_epoch = PartitionEpoch{10};
  EXPECT_EQ(verdict(), "NOT_CONTROLLER");
  row().partition_epoch = PartitionEpoch{9};
  row().leader_epoch = LeaderEpoch{6};
  EXPECT_EQ(verdict(), "NOT_CONTROLLER");
}

TEST_F(IsrProposalTest, AnEarlierLeaderIsFenced) {
  row().leader_epoch = LeaderEpoch{4};
  row().partition_epoch = PartitionEpoch{8};
  EXPECT_EQ(verdict(), "FENCED_LEADER_EPOCH");
}

// The answer to the first try was lost: the second finds its ISR there, a partition epoch later.
TEST_F(IsrProposalTest, WhatIsThereAlreadyIsAnsweredWithTheStateThereIs) {
  propose({1, 2});
  row().partition_epoch = PartitionEpoch{8};
  auto all = proposals(context, 3, request);
  EXPECT_FALSE(judge(context, 3, all[0]));
  const auto response = answer(all);
  const auto& told = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(told.error_code, ErrorCode::kNone);
  EXPECT_EQ(told.partition_epoch, PartitionEpoch{9});
  EXPECT_EQ(told.leader_id, BrokerId{1});
  EXPECT_EQ(told.leader_epoch, LeaderEpoch{5});
  EXPECT_THAT(told.isr, ElementsAre(BrokerId{1}, BrokerId{2}));
}

TEST_F(IsrProposalTest, TheSameMembersInAnotherOrderAreAnotherIsr) {
  propose({2, 1});
  EXPECT_EQ(verdict(), "write");
}

TEST_F(IsrProposalTest, AnEarlierPartitionEpochIsRefused) {
  row().partition_epoch = PartitionEpoch{8};
  EXPECT_EQ(verdict(), "INVALID_UPDATE_VERSION");
}

TEST_F(IsrProposalTest, ARecoveringLeaderIsAloneUntilItHasRecovered) {
  now().recovering = true;
  now().isr = {BrokerId{1}};
  row().leader_recovery_state = 1;
  EXPECT_EQ(verdict(), "INVALID_REQUEST");
  propose({1});
  EXPECT_EQ(verdict(), "same");
  row().leader_recovery_state = 0;
  EXPECT_EQ(verdict(), "write");
  propose({1, 2});
  EXPECT_EQ(verdict(), "write");
}

TEST_F(IsrProposalTest, NobodyGoesBackToRecovering) {
  propose({1});
  row().leader_recovery_state = 1;
  EXPECT_EQ(verdict(), "INVALID_REQUEST");
}

TEST_F(IsrProposalTest, AnIsrHasItsLeaderAndNobodyWithoutAReplica) {
  propose({2, 3});
  EXPECT_EQ(verdict(), "INVALID_REQUEST");
  propose({});
  EXPECT_EQ(verdict(), "INVALID_REQUEST");
  propose({1, 4});
  EXPECT_EQ(verdict(), "INVALID_REQUEST");
  propose({1, 2, 3});
  request.broker_id = BrokerId{2};  // does not lead
  EXPECT_EQ(verdict(), "INVALID_REQUEST");
}

TEST_F(IsrProposalTest, ABrokerThatIsDeadOrShuttingDownJoinsNoIsr) {
  context.mark_shutting_down(BrokerId{3});
  EXPECT_EQ(verdict(3), "INELIGIBLE_REPLICA");
  EXPECT_EQ(verdict(2), "INELIGIBLE_REPLICA");
  EXPECT_EQ(verdict(1), "OPERATION_NOT_ATTEMPTED");
  EXPECT_EQ(verdict(0), "OPERATION_NOT_ATTEMPTED");
  context.remove_broker(BrokerId{3});
  EXPECT_EQ(verdict(), "INELIGIBLE_REPLICA");
}

TEST_F(IsrProposalTest, TheAnswerHasEveryPartitionUnderItsTopic) {
  auto other = request.topics[0];
  other.topic_id = TopicId{{9}};
  other.topic_name = "u";
  request.topics[0].partitions.push_back(row());
  request.topics[0].partitions[1].partition_index = PartitionIndex{7};
  request.topics.push_back(other);
  auto all = proposals(context, 3, request);
  for (auto& proposal : all) judge(context, 3, proposal);
  const auto response = answer(all);
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].topic_id, kId);
  ASSERT_EQ(response.topics[0].partitions.size(), 2u);
  EXPECT_EQ(response.topics[0].partitions[1].partition_index, PartitionIndex{7});
  EXPECT_EQ(response.topics[0].partitions[1].error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(response.topics[1].topic_id, (TopicId{{9}}));
  EXPECT_EQ(response.topics[1].partitions.at(0).error_code, ErrorCode::kUnknownTopicId);
}

}  // namespace
}  // namespace barnabas::controller
