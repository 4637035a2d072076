#include "broker/replica/control_messages.h"

#include <gmock/gmock.h>

namespace barnabas::broker::replica {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TopicId id_of(std::uint8_t n) {
  TopicId id;
  id.bytes[15] = n;
  return id;
}

TEST(ControlMessagesTest, LeaderAndIsrCarriesItsTopicsNameAndIdToEveryPartition) {
  protocol::LeaderAndIsrRequest request;
  request.controller_id = BrokerId{2};
  request.controller_epoch = ControllerEpoch{3};
  request.broker_epoch = BrokerEpoch{1385};
  auto& topic = request.topic_states.emplace_back();
  topic.topic_name = "vers";
  topic.topic_id = id_of(1);
  auto& state = topic.partition_states.emplace_back();
  state.partition_index = PartitionIndex{4};
  state.leader = BrokerId{1};
  state.leader_epoch = LeaderEpoch{6};
  state.partition_epoch = PartitionEpoch{7};
  state.isr = {BrokerId{1}, BrokerId{2}};
  state.replicas = {BrokerId{1}, BrokerId{2}, BrokerId{3}};
  state.is_new = true;
  state.leader_recovery_state = 1;

  const LeaderAndIsrCommand command = to_command(request);
  EXPECT_EQ(command.header.broker_epoch, BrokerEpoch{1385});
  ASSERT_THAT(command.partitions, SizeIs(1));
  const auto& item = command.partitions[0];
  EXPECT_EQ(item.tp, (TopicPartition{"vers", PartitionIndex{4}}));
  EXPECT_EQ(item.topic_id, id_of(1));
  EXPECT_EQ(item.state.leader_epoch, LeaderEpoch{6});
  EXPECT_EQ(item.state.partition_epoch, PartitionEpoch{7});
  EXPECT_THAT(item.state.isr, SizeIs(2));
  EXPECT_THAT(item.state.replicas, SizeIs(3));
  EXPECT_TRUE(item.state.is_new);
  EXPECT_TRUE(item.state.recovering);
}

LeaderAndIsrCommand two_topics() {
  LeaderAndIsrCommand command;
  for (const auto& [name, index, id] :
       {std::tuple{"a", 0, 1}, std::tuple{"a", 1, 1}, std::tuple{"b", 0, 2}}) {
    command.partitions.push_back(
        {{name, PartitionIndex{index}}, id_of(static_cast<std::uint8_t>(id)), {}});
  }
  return command;
}

LeaderAndIsrResult answers() {
  LeaderAndIsrResult result;
  for (const auto& item : two_topics().partitions) {
    result.partitions.push_back({item.tp, item.topic_id, ErrorCode::kNone});
  }
  result.partitions[1].error = ErrorCode::kKafkaStorageError;
  return result;
}

TEST(ControlMessagesTest, FromVersion5TheAnswerStandsUnderTopicIds) {
  const auto response = to_response(two_topics(), answers(), 5);
  ASSERT_THAT(response.topics, SizeIs(2));
  EXPECT_EQ(response.topics[0].topic_id, id_of(1));
  ASSERT_THAT(response.topics[0].partition_errors, SizeIs(2));
  EXPECT_EQ(response.topics[0].partition_errors[1].error_code, ErrorCode::kKafkaStorageError);
  EXPECT_TRUE(response.partition_errors.empty());
}

TEST(ControlMessagesTest, BeforeVersion5TheAnswerStandsUnderNames) {
  const auto response = to_response(two_topics(), answers(), 4);
  ASSERT_THAT(response.partition_errors, SizeIs(3));
  EXPECT_EQ(response.partition_errors[2].topic_name, "b");
  EXPECT_TRUE(response.topics.empty());
}

TEST(ControlMessagesTest, ARefusedLeaderAndIsrHasItsErrorOnEveryPartition) {
  LeaderAndIsrResult refused;
  refused.error = ErrorCode::kStaleBrokerEpoch;
  const auto response = to_response(two_topics(), refused, 7);
  EXPECT_EQ(response.error_code, ErrorCode::kStaleBrokerEpoch);
  ASSERT_THAT(response.topics, SizeIs(2));
  EXPECT_EQ(response.topics[1].partition_errors[0].error_code, ErrorCode::kStaleBrokerEpoch);
}

TEST(ControlMessagesTest, StopReplicaOfEveryVersionIsOneList) {
  protocol::StopReplicaRequest v0;
  v0.delete_partitions = true;
  v0.ungrouped_partitions = {{"t", PartitionIndex{1}}};
  protocol::StopReplicaRequest v1;
  v1.topics = {{"t", {PartitionIndex{1}, PartitionIndex{2}}}};
  protocol::StopReplicaRequest v4;
  v4.topic_states = {{"t", {{PartitionIndex{1}, LeaderEpoch{-2}, true}}}};
  EXPECT_TRUE(to_command(v0, 0).partitions.at(0).remove);
  EXPECT_EQ(to_command(v0, 0).partitions.at(0).leader_epoch, kNoLeaderEpoch);
  EXPECT_THAT(to_command(v1, 1).partitions, SizeIs(2));
  EXPECT_FALSE(to_command(v1, 1).partitions.at(1).remove);
  EXPECT_EQ(to_command(v4, 4).partitions.at(0).leader_epoch, kEpochDuringDelete);
  EXPECT_TRUE(to_command(v4, 4).partitions.at(0).remove);
}

TEST(ControlMessagesTest, UpdateMetadataGroupsPartitionsThatComeOneByOne) {
  protocol::UpdateMetadataRequest request;
  for (const auto& [name, index] : {std::pair{"a", 0}, std::pair{"a", 1}, std::pair{"b", 0}}) {
    auto& state = request.ungrouped_partition_states.emplace_back();
    state.topic_name = name;
    state.partition_index = PartitionIndex{index};
    state.zk_version = PartitionEpoch{9};
  }
  const auto update = to_command(request).update;
  ASSERT_THAT(update.topics, SizeIs(2));
  EXPECT_THAT(update.topics[0].partitions, SizeIs(2));
  EXPECT_EQ(update.topics[1].name, "b");
  EXPECT_EQ(update.topics[1].partitions[0].partition_epoch, PartitionEpoch{9});
}

TEST(ControlMessagesTest, ListenersWithoutANameAreCalledAfterTheirProtocol) {
  protocol::UpdateMetadataRequest request;
  auto& named = request.live_brokers.emplace_back();
  named.id = BrokerId{1};
  named.rack = "r1";
  named.endpoints = {{19091, "h", "INTERNAL", 2}, {19092, "h", "", 2}, {19093, "h", "", 0}};
  auto& oldest = request.live_brokers.emplace_back();
  oldest.v0_host = "h0";
  oldest.v0_port = 9092;
  const auto update = to_command(request).update;
  EXPECT_THAT(update.live_brokers[0].endpoints,
              ElementsAre(BrokerEndpoint{"INTERNAL", "h", 19091, 2},
                          BrokerEndpoint{"SASL_PLAINTEXT", "h", 19092, 2},
                          BrokerEndpoint{"PLAINTEXT", "h", 19093, 0}));
  EXPECT_EQ(update.live_brokers[0].rack, "r1");
  EXPECT_THAT(update.live_brokers[1].endpoints,
              ElementsAre(BrokerEndpoint{"PLAINTEXT", "h0", 9092, 0}));
}

}  // namespace
}  // namespace barnabas::broker::replica
