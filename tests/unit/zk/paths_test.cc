#include "zk/paths.h"

#include <gtest/gtest.h>

namespace barnabas::zk::paths {
namespace {

TEST(PathsTest, EveryPathIsWhereKafkaKeepsIt) {
  const TopicPartition tp{"t", PartitionIndex(3)};
  EXPECT_EQ(broker(BrokerId(1)), "/brokers/ids/1");
  EXPECT_EQ(topic("t"), "/brokers/topics/t");
  EXPECT_EQ(topic_partitions("t"), "/brokers/topics/t/partitions");
  EXPECT_EQ(partition(tp), "/brokers/topics/t/partitions/3");
  EXPECT_EQ(partition_state(tp), "/brokers/topics/t/partitions/3/state");
  EXPECT_EQ(delete_topic("t"), "/admin/delete_topics/t");
  EXPECT_EQ(topic_config("t"), "/config/topics/t");
  EXPECT_EQ(broker_config(BrokerId(2)), "/config/brokers/2");
  EXPECT_EQ(default_broker_config(), "/config/brokers/<default>");
  EXPECT_EQ(user_config("alice@x.y"), "/config/users/alice%40x.y");
  EXPECT_EQ(user_client_config("<default>", "c 1"), "/config/users/<default>/clients/c%201");
  EXPECT_EQ(client_config("<default>"), "/config/clients/<default>");
  EXPECT_EQ(ip_config("127.0.0.1"), "/config/ips/127.0.0.1");
  EXPECT_EQ(config_entity_path(user_client_config("u", "c")), "users/u/clients/c");
  EXPECT_EQ(acl(false, "Topic", "t"), "/kafka-acl/Topic/t");
  EXPECT_EQ(acl(true, "Group", "g"), "/kafka-acl-extended/prefixed/Group/g");
  EXPECT_EQ(token("id"), "/delegation_token/tokens/id");
}

// What Java's URLEncoder leaves alone, and the two characters Kafka treats itself.
TEST(PathsTest, NamesAreEncodedAsKafkasSanitizerDoes) {
  EXPECT_EQ(sanitize("azAZ09.-_"), "azAZ09.-_");
  EXPECT_EQ(sanitize("a b*c+d~e/f"), "a%20b%2Ac%2Bd%7Ee%2Ff");
  EXPECT_EQ(sanitize("CN=\xC3\xA9"), "CN%3D%C3%A9");
}

TEST(PathsTest, EncodedNamesComeBackWhole) {
  const std::string name = "CN=w\xC3\xB6rk,O=a b*+%~/<default>";
  EXPECT_EQ(desanitize(sanitize(name)), name);
  EXPECT_EQ(desanitize("a+b"), "a b");
  EXPECT_EQ(desanitize("a%2"), std::nullopt);
  EXPECT_EQ(desanitize("a%zz"), std::nullopt);
}

TEST(PathsTest, ASequenceNumberFollowsItsPrefix) {
  EXPECT_EQ(sequence_number("config_change_0000000012", kConfigChangePrefix), 12);
  EXPECT_EQ(sequence_number("config_change_", kConfigChangePrefix), std::nullopt);
  EXPECT_EQ(sequence_number("config_change_1x", kConfigChangePrefix), std::nullopt);
  EXPECT_EQ(sequence_number("isr_change_0000000001", kConfigChangePrefix), std::nullopt);
}

TEST(PathsTest, ParentsEndAtTheRoot) {
  EXPECT_EQ(parent("/a/b"), "/a");
  EXPECT_EQ(parent("/a"), "/");
  EXPECT_EQ(parent("/"), "");
  EXPECT_EQ(leaf("/a/b"), "b");
}

}  // namespace
}  // namespace barnabas::zk::paths
