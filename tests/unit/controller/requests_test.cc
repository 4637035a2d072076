// The dialects of the control requests (facts 2.4).
#include "controller/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(IbpTest, VersionsFollowTheProtocolVersion) {
  struct Case {
    const char* text;
    int leader_and_isr, update_metadata, stop_replica;
  };
  const Case cases[] = {
      {"3.9-IV0", 7, 8, 4}, {"3.9", 7, 8, 4},        {"3.4-IV0", 7, 8, 4}, {"3.3-IV3", 6, 7, 3},
      {"3.2", 6, 7, 3},     {"3.1", 5, 7, 3},        {"2.8-IV1", 5, 7, 3}, {"2.8-IV0", 4, 6, 3},
      {"2.7", 4, 6, 3},     {"2.6-IV0", 4, 6, 3},    {"2.4-IV1", 4, 6, 2}, {"2.4-IV0", 3, 5, 1},
      {"2.3", 2, 5, 1},     {"2.2", 2, 5, 1},        {"2.1", 1, 4, 0},     {"1.0-IV0", 1, 4, 0},
      {"0.11.0", 0, 3, 0},  {"0.10.0-IV1", 0, 2, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto ibp = parse_ibp(c.text);
    ASSERT_TRUE(ibp.has_value());
    EXPECT_EQ(ibp->leader_and_isr(), c.leader_and_isr);
    EXPECT_EQ(ibp->update_metadata(), c.update_metadata);
    EXPECT_EQ(ibp->stop_replica(), c.stop_replica);
  }
}

TEST(IbpTest, FeaturesComeWithTheirVersions) {
  EXPECT_TRUE(parse_ibp("3.9.1")->topic_ids());
  EXPECT_FALSE(parse_ibp("2.7")->topic_ids());
  EXPECT_TRUE(parse_ibp("2.7-IV2")->alter_partition());
  EXPECT_FALSE(parse_ibp("2.7-IV1")->alter_partition());
  EXPECT_FALSE(parse_ibp("3.1")->leader_recovery());
  EXPECT_FALSE(parse_ibp("3.2")->feature_znode_v2());
}

TEST(IbpTest, WhatIsNoVersionIsRefused) {
  for (const char* text : {"", "3", "three", "3.", "3.9-IV", "3.9-IVx", "3.9.1.2", "-1.0"}) {
    EXPECT_FALSE(parse_ibp(text).has_value()) << text;
  }
}

class RequestsTest : public ::testing::Test {
 protected:
  Speaker speaker(const char* ibp) {
    return {BrokerId{1}, ControllerEpoch{3}, *parse_ibp(ibp), "PLAINTEXT"};
  }
  static SendStopReplica stops() {
    SendStopReplica body;
    body.topics["a"][PartitionIndex{0}] = {LeaderEpoch{4}, false};
    body.topics["a"][PartitionIndex{1}] = {LeaderEpoch{-2}, true};
    body.topics["b"][PartitionIndex{0}] = {LeaderEpoch{-2}, true};
    return body;
  }
};

TEST_F(RequestsTest, StopReplicaIsOneRequestOrTwo) {
  const auto now = wire(speaker("3.9"), BrokerEpoch{77}, stops());
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_EQ(now[0].broker_epoch, BrokerEpoch{77});
  ASSERT_THAT(now[0].topic_states, SizeIs(2));
  EXPECT_EQ(now[0].topic_states[0].partition_states[1].leader_epoch, kEpochDuringDelete);
  EXPECT_TRUE(now[0].topic_states[0].partition_states[1].delete_partition);

  const auto before = wire(speaker("2.4"), BrokerEpoch{77}, stops());
  ASSERT_THAT(before, SizeIs(2));
  EXPECT_FALSE(before[0].delete_partitions);
  EXPECT_THAT(before[0].topics, SizeIs(1));
  EXPECT_TRUE(before[1].delete_partitions);
  EXPECT_THAT(before[1].topics, SizeIs(2));

  const auto ancient = wire(speaker("1.0"), BrokerEpoch{77}, stops());
  ASSERT_THAT(ancient, SizeIs(2));
  EXPECT_THAT(ancient[1].ungrouped_partitions, SizeIs(2));
  for (const auto& request : ancient) {
    protocol::Writer out;
    request.encode(out, 0);
    EXPECT_TRUE(out.ok());
  }
}

TEST_F(RequestsTest, EveryDialectCanBeWritten) {
  SendLeaderAndIsr leaders;
  SendUpdateMetadata metadata;
  LeaderAndIsr leadership;
  leadership.state.leader = BrokerId{2};
  leadership.state.recovering = true;
  leaders.topics["a"][PartitionIndex{0}].leadership = leadership;
  leaders.ids["a"] = TopicId{{1}};
  metadata.topics["a"][PartitionIndex{0}].leadership = leadership;
  metadata.ids["a"] = TopicId{{1}};
  zk::BrokerRegistration broker;
  broker.endpoints = {{"PLAINTEXT", "PLAINTEXT", "h", 9}, {"CLIENTS", "SASL_SSL", "h", 10}};
  broker.rack = "r";
  leaders.live_leaders[BrokerId{2}] = broker;
  metadata.live_brokers[BrokerId{2}] = broker;
  for (const char* ibp : {"3.9", "3.3", "3.1", "2.7", "2.4-IV0", "2.3", "1.0", "0.11.0"}) {
    SCOPED_TRACE(ibp);
    protocol::Writer first;
    wire(speaker(ibp), BrokerEpoch{5}, leaders).encode(first, parse_ibp(ibp)->leader_and_isr());
    EXPECT_TRUE(first.take().has_value());
    protocol::Writer second;
    const auto request = wire(speaker(ibp), BrokerEpoch{5}, metadata);
    request.encode(second, parse_ibp(ibp)->update_metadata());
    EXPECT_TRUE(second.take().has_value());
    EXPECT_EQ(request.live_brokers[0].endpoints[1].security_protocol, 3);
  }
}

TEST_F(RequestsTest, LeadersAreAddressedAtTheInterBrokerListener) {
  SendLeaderAndIsr body;
  zk::BrokerRegistration broker;
  broker.endpoints = {{"CLIENTS", "SSL", "outside", 1}, {"PLAINTEXT", "PLAINTEXT", "inside", 2}};
  body.live_leaders[BrokerId{2}] = broker;
  broker.endpoints.pop_back();
  body.live_leaders[BrokerId{3}] = broker;
  const auto request = wire(speaker("3.9"), BrokerEpoch{5}, body);
  ASSERT_THAT(request.live_leaders, SizeIs(1));
  EXPECT_EQ(request.live_leaders[0].host_name, "inside");
}

}  // namespace
}  // namespace barnabas::controller
