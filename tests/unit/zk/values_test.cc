// The golden bytes are what a real 3.9.1 broker (or its own encoders) wrote.
#include "zk/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::zk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<BrokerId> brokers(std::initializer_list<int> ids) {
  std::vector<BrokerId> out;
  for (const int id : ids) out.emplace_back(id);
  return out;
}

template <class T>
void survives(const std::string& bytes) {
  const auto decoded = T::decode(bytes);
  ASSERT_TRUE(decoded.has_value()) << decoded.error();
  EXPECT_EQ(decoded->encode(), bytes);
}

TEST(ValuesTest, EveryDocumentComesOutWithTheBytesItCameInWith) {
  survives<ClusterId>(R"({"version":"1","id":"-Tm7x5ERSZaA4qzUmA6XjQ"})");
  survives<BrokerRegistration>(
      R"({"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://127.0.0.1:19101"],"rack":"RACK1","jmx_port":-1,"port":19101,"host":"127.0.0.1","version":5,"timestamp":"1795240116303"})");
  survives<BrokerRegistration>(
      R"({"features":{},"listener_security_protocol_map":{"SSL":"SSL"},"endpoints":["SSL://h:9092"],"rack":"r","jmx_port":-1,"port":-1,"host":null,"version":5,"timestamp":"1795247749826"})");
  survives<BrokerRegistration>(
      R"({"listener_security_protocol_map":{"SSL":"SSL"},"endpoints":["SSL://h:9092"],"rack":"r","jmx_port":-1,"port":-1,"host":null,"version":4,"timestamp":"1795247749841"})");
  survives<BrokerRegistration>(
      R"({"endpoints":["SSL://h:9092"],"jmx_port":-1,"port":-1,"host":null,"version":2,"timestamp":"1795247749842"})");
  survives<TopicAssignment>(
      R"({"partitions":{"0":[3,1,2],"1":[1,2,3],"2":[2,3,1]},"topic_id":"5DB7mjHvTw-9O5RgShA0fg","adding_replicas":{},"removing_replicas":{},"version":3})");
  survives<TopicAssignment>(
      R"({"partitions":{"0":[1,2],"1":[1,2]},"adding_replicas":{"1":[2]},"removing_replicas":{"1":[3]},"version":3})");
  survives<PartitionState>(
      R"({"controller_epoch":12,"leader":1,"version":1,"leader_epoch":7,"isr":[1,2,3]})");
  survives<PartitionState>(
      R"({"controller_epoch":12,"leader":1,"version":1,"leader_recovery_state":1,"leader_epoch":7,"isr":[1,2,3]})");
  survives<ControllerNode>(
      R"({"version":2,"brokerid":2,"timestamp":"1795241127025","kraftControllerEpoch":-1})");
  survives<ConfigChange>(R"({"version":2,"entity_path":"brokers/<default>"})");
  survives<ReassignPartitions>(
      R"({"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]})");
  survives<PartitionList>(
      R"({"version":1,"partitions":[{"topic":"b","partition":1},{"topic":"a\u0001\"é/","partition":0}]})");
  survives<LogDirEvent>(R"({"version":1,"broker":2,"event":1})");
  survives<ProducerIdBlock>(R"({"version":1,"broker":3,"block_start":"4000","block_end":"4999"})");
  survives<FeatureNode>(R"({"features":{},"version":2,"status":1})");
  survives<FeatureNode>(
      R"({"features":{"f":{"max_version_level":3,"min_version_level":3}},"version":1,"status":1})");
  survives<FeatureNode>(R"({"features":{"f":{"max_version_level":3}},"version":2,"status":1})");
  survives<AclNode>(
      R"({"acls":[{"principal":"User:alice","permissionType":"Allow","host":"*","operation":"Describe"},{"principal":"User:alice","permissionType":"Allow","host":"*","operation":"Read"}],"version":1})");
  survives<AclChange>("TOPIC:acltopic");
  survives<AclChange>(
      R"({"version":1,"resourceType":"TOPIC","name":"acl","patternType":"PREFIXED"})");
  survives<DelegationTokenInfo>(
      R"({"issueTimestamp":1,"renewers":["User%3Abob"],"tokenRequester":"User%3Areq","tokenId":"tid","owner":"User%3Aal%20ice","expiryTimestamp":3,"maxTimestamp":2,"version":3})");
}

TEST(ValuesTest, ConfigKeysComeInTheOrderOfJavasProperties) {
  survives<ConfigEntity>(R"({"version":1,"config":{}})");
  survives<ConfigEntity>(
      R"({"version":1,"config":{"cleanup.policy":"compact","retention.ms":"60000"}})");
  survives<ConfigEntity>(
      R"({"version":1,"config":{"compression.type":"producer","cleanup.policy":"compact","segment.bytes":"104857600"}})");
  survives<ConfigEntity>(
      R"({"version":1,"config":{"compression.type":"uncompressed","cleanup.policy":"compact","min.insync.replicas":"2","segment.bytes":"104857600","unclean.leader.election.enable":"false"}})");
  survives<ConfigEntity>(
      R"({"version":1,"config":{"leader.replication.throttled.rate":"10000","follower.replication.throttled.rate":"10000"}})");
  survives<ConfigEntity>(
      R"({"version":1,"config":{"producer_byte_rate":"1048576","consumer_byte_rate":"2097152"}})");
  survives<ConfigEntity>(
      R"({"version":1,"config":{"max.message.bytes":"2000","retention.ms":"0"}})");
}

// __consumer_offsets has 50 partitions, one more than fits in Scala's table of 64.
TEST(ValuesTest, ManyPartitionsComeInTheOrderOfScalasHashMap) {
  const auto keys_of = [](int count) {
    TopicAssignment topic;
    for (int p = 0; p < count; ++p) topic.partitions[PartitionIndex(p)].replicas = brokers({1});
    std::string keys;
    const std::string bytes = topic.encode();
    for (auto at = bytes.find('"', 14); bytes[at + 1] != 'a'; at = bytes.find('"', at)) {
      const auto end = bytes.find('"', at + 1);
      keys += bytes.substr(at + 1, end - at - 1) + ' ';
      at = end + 1;
    }
    return keys;
  };
  EXPECT_EQ(keys_of(11), "0 1 2 3 4 5 6 7 8 9 10 ");
  EXPECT_EQ(keys_of(12), "11 0 1 2 3 4 5 6 7 8 9 10 ");
  EXPECT_EQ(keys_of(24), "22 23 10 11 12 13 14 15 16 17 18 19 0 1 2 3 4 5 6 7 8 9 20 21 ");
  EXPECT_EQ(
      keys_of(47),
      "22 44 23 45 24 46 25 26 27 28 29 30 31 10 32 11 33 12 34 13 35 14 36 15 37 16 38 17 39 "
      "18 19 0 1 2 3 4 5 6 7 8 9 40 41 20 42 21 43 ");
  EXPECT_EQ(
      keys_of(50),
      "44 45 46 47 48 49 10 11 12 13 14 15 16 17 18 19 0 1 2 3 4 5 6 7 8 9 20 21 22 23 24 25 26 "
      "27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 ");
}

TEST(ValuesTest, ReadersTakeKeysInAnyOrderAndIgnoreUnknownOnes) {
  const auto state = PartitionState::decode(
      R"({"isr":[2],"new_key":{"a":[1]},"leader_epoch":4,"version":1,"leader":2,"controller_epoch":9})");
  ASSERT_TRUE(state.has_value()) << state.error();
  EXPECT_EQ(state->leader, BrokerId(2));
  EXPECT_EQ(state->leader_epoch, LeaderEpoch(4));
  EXPECT_EQ(state->controller_epoch, ControllerEpoch(9));
  EXPECT_EQ(state->isr, brokers({2}));
  EXPECT_FALSE(state->recovering);
}

// A rewrite by a controller that does not know a key must not lose it.
TEST(ValuesTest, ATopicKeepsTheKeysItDoesNotKnow) {
  const auto topic = TopicAssignment::decode(
      R"({"future":{"x":[1,2]},"version":3,"partitions":{"0":[1]},"adding_replicas":{},"removing_replicas":{}})");
  ASSERT_TRUE(topic.has_value()) << topic.error();
  EXPECT_THAT(topic->unknown, ElementsAre(Pair("future", R"({"x":[1,2]})")));
  EXPECT_THAT(topic->encode(), HasSubstr(R"("future":{"x":[1,2]})"));
}

TEST(ValuesTest, ATopicOfVersionOneHasNoIdAndNoReassignment) {
  const auto topic = TopicAssignment::decode(R"({"version":1,"partitions":{"1":[2,3],"0":[1]}})");
  ASSERT_TRUE(topic.has_value()) << topic.error();
  EXPECT_FALSE(topic->topic_id.has_value());
  EXPECT_EQ(topic->partitions.at(PartitionIndex(1)).replicas, brokers({2, 3}));
  EXPECT_FALSE(topic->partitions.at(PartitionIndex(1)).reassigning());
}

TEST(ValuesTest, ABrokerOfVersionOneHasOnePlaintextEndpoint) {
  const auto broker = BrokerRegistration::decode(
      R"({"version":1,"host":"localhost","port":9092,"jmx_port":9999,"timestamp":"2233345666"})");
  ASSERT_TRUE(broker.has_value()) << broker.error();
  EXPECT_THAT(broker->endpoints,
              ElementsAre(BrokerEndpoint{"PLAINTEXT", "PLAINTEXT", "localhost", 9092}));
  EXPECT_EQ(broker->jmx_port, 9999);
  EXPECT_EQ(broker->timestamp, Timestamp(2233345666));
}

TEST(ValuesTest, AListenersProtocolComesFromTheMapSinceVersionFour) {
  const auto broker = BrokerRegistration::decode(
      R"({"version":5,"host":null,"port":-1,"jmx_port":-1,"timestamp":"1","endpoints":["CLIENT://[::1]:9092","REPLICATION://h:9093"],"listener_security_protocol_map":{"CLIENT":"SASL_SSL","REPLICATION":"PLAINTEXT"},"features":{"f":{"min_version":1,"max_version":2}},"rack":"dc1"})");
  ASSERT_TRUE(broker.has_value()) << broker.error();
  EXPECT_THAT(broker->endpoints,
              ElementsAre(BrokerEndpoint{"CLIENT", "SASL_SSL", "::1", 9092},
                          BrokerEndpoint{"REPLICATION", "PLAINTEXT", "h", 9093}));
  EXPECT_THAT(broker->features, ElementsAre(Pair("f", VersionRange{1, 2})));
  EXPECT_THAT(broker->encode(), HasSubstr(R"("host":"h")"));
  EXPECT_THAT(broker->encode(), HasSubstr(R"("CLIENT://[::1]:9092")"));
}

TEST(ValuesTest, AConfigChangeOfVersionOneNamesTypeAndEntity) {
  const auto change =
      ConfigChange::decode(R"({"version":1,"entity_type":"topics","entity_name":"x"})");
  ASSERT_TRUE(change.has_value()) << change.error();
  EXPECT_EQ(change->entity_path, "topics/x");
}

TEST(ValuesTest, AnEmptyConfigNodeIsNoOverride) {
  EXPECT_TRUE(ConfigEntity::decode("")->config.empty());
  EXPECT_TRUE(ConfigEntity::decode(R"({"version":1})")->config.empty());
}

TEST(ValuesTest, ATokensRequesterIsItsOwnerBeforeVersionThree) {
  const auto token = DelegationTokenInfo::decode(
      R"({"version":1,"owner":"User%3Aalice","renewers":[],"issueTimestamp":1,"maxTimestamp":2,"expiryTimestamp":3,"tokenId":"t"})");
  ASSERT_TRUE(token.has_value()) << token.error();
  EXPECT_EQ(token->requester, "User:alice");
}

TEST(ValuesTest, AKraftMigrationIsRead) {
  const auto migration = Migration::decode(
      R"({"version":0,"kraft_controller_id":3000,"kraft_controller_epoch":5,"kraft_metadata_offset":1234,"kraft_metadata_epoch":6})");
  ASSERT_TRUE(migration.has_value()) << migration.error();
  EXPECT_EQ(migration->kraft_controller_id, BrokerId(3000));
  EXPECT_EQ(migration->kraft_metadata_offset, Offset(1234));
}

TEST(ValuesTest, TheControllerEpochIsDecimalText) {
  EXPECT_EQ(decode_controller_epoch("12"), ControllerEpoch(12));
  EXPECT_EQ(encode_controller_epoch(ControllerEpoch(3)), "3");
  EXPECT_FALSE(decode_controller_epoch("").has_value());
  EXPECT_FALSE(decode_controller_epoch("1x").has_value());
}

TEST(ValuesTest, ABadDocumentIsRefusedWithASentence) {
  EXPECT_THAT(PartitionState::decode("").error(), HasSubstr("partition state: not JSON"));
  EXPECT_EQ(PartitionState::decode("[]").error(), "partition state: not a JSON object");
  EXPECT_EQ(PartitionState::decode(R"({"leader":1})").error(), "partition state: no leader_epoch");
  EXPECT_EQ(PartitionState::decode(R"({"leader":"x"})").error(),
            "partition state: leader is not an integer");
  EXPECT_EQ(PartitionState::decode(R"({"leader":3000000000})").error(),
            "partition state: leader is out of range");
  EXPECT_EQ(TopicAssignment::decode(R"({"partitions":{"a":[1]}})").error(),
            "topic assignment: partitions names a partition that is not a number");
  EXPECT_EQ(TopicAssignment::decode(R"({"partitions":{"0":["1"]}})").error(),
            "topic assignment: partitions holds something that is not a broker id");
  EXPECT_EQ(BrokerRegistration::decode(R"({"version":0})").error(),
            "broker registration: version is below 1");
  EXPECT_EQ(BrokerRegistration::decode(R"({"version":5,"endpoints":["nonsense"]})").error(),
            "broker registration: an endpoint is not LISTENER://host:port");
  EXPECT_EQ(AclChange::decode("nonsense").error(), "acl change: not TYPE:name");
  EXPECT_EQ(ConfigChange::decode(R"({"version":3})").error(),
            "config change: version is neither 1 nor 2");
  EXPECT_EQ(FeatureNode::decode(R"({"version":2,"status":2})").error(),
            "feature: status is neither 0 nor 1");
}

}  // namespace
}  // namespace barnabas::zk
