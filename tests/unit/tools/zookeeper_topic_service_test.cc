#include "tools/zookeeper_topic_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "zk/client.h"
#include "zk/model/connector.h"
#include "zk/model/server.h"
#include "zk/paths.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;
namespace paths = zk::paths;

class ZooKeeperTopicServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(loop_.run(client_.start(std::chrono::seconds(10))));
    for (const int id : {1, 2, 3}) {
      zk::BrokerRegistration registration;
      registration.endpoints.push_back({"PLAINTEXT", "PLAINTEXT", "h", 9092});
      put(paths::broker(BrokerId(id)), registration.encode());
    }
    put(paths::kBrokerTopics, std::nullopt);
  }
  void TearDown() override { loop_.run(client_.stop()); }

  void put(std::string path, zk::Data data) {
    ASSERT_TRUE(loop_.run(client_.create_recursive(std::move(path), std::move(data))));
  }
  std::string data_of(const std::string& path) {
    const auto nodes = server_.dump();
    const auto it = nodes.find(path);
    return it == nodes.end() ? "(none)" : it->second.data.value_or("(null)");
  }
  AdminResult<void> create(int partitions, int factor) {
    NewTopic topic{"t", partitions, static_cast<std::int16_t>(factor)};
    topic.configs = {{"retention.ms", "5"}};
    return loop_.run(service_.create(std::move(topic)));
  }
  std::vector<TopicName> names() { return loop_.run(service_.list()).value(); }

  testing::VirtualLoop loop_;
  testing::SeededRandom random_{1};
  zk::model::ModelServer server_{loop_.executor(), loop_.clock, random_};
  zk::model::ModelConnector connector_{server_, loop_.clock};
  zk::Client client_{
      connector_, {"model", std::chrono::seconds(30)}, loop_.clock, loop_.executor()};
  ZooKeeperTopicService service_{client_, [] { return std::uint64_t{0}; }};
};

// The controller gives the topic its id when it finds it.
TEST_F(ZooKeeperTopicServiceTest, CreateWritesSettingsAndThenTheAssignment) {
  ASSERT_TRUE(create(2, 2));
  EXPECT_EQ(data_of("/config/topics/t"), R"({"version":1,"config":{"retention.ms":"5"}})");
  const auto node = zk::TopicAssignment::decode(data_of("/brokers/topics/t"));
  ASSERT_TRUE(node) << node.error();
  EXPECT_EQ(node->topic_id, std::nullopt);
  EXPECT_THAT(node->partitions.at(PartitionIndex(0)).replicas,
              ElementsAre(BrokerId(1), BrokerId(2)));
  EXPECT_THAT(node->partitions.at(PartitionIndex(1)).replicas,
              ElementsAre(BrokerId(2), BrokerId(3)));
}

TEST_F(ZooKeeperTopicServiceTest, WhatExistsOrDoesNotFitIsRefused) {
  EXPECT_EQ(create(1, 4).error().text, "Replication factor: 4 larger than available brokers: 3.");
  ASSERT_TRUE(create(1, 1));
  const auto again = create(1, 1);
  EXPECT_EQ(again.error().text, "Topic 't' already exists.");
  EXPECT_EQ(again.error().code, ErrorCode::kTopicAlreadyExists);
}

TEST_F(ZooKeeperTopicServiceTest, DescribeReadsStateSettingsAndDeletion) {
  ASSERT_TRUE(create(2, 2));
  zk::PartitionState state;
  state.leader = BrokerId(2);
  state.isr = {BrokerId(2)};
  put("/brokers/topics/t/partitions/0/state", state.encode());
  put("/admin/delete_topics/t", std::nullopt);
  const auto views = loop_.run(service_.describe(names())).value();
  ASSERT_EQ(views.size(), 1u);
  const auto& view = views[0];
  EXPECT_TRUE(view.marked_for_deletion);
  EXPECT_THAT(view.overrides, ElementsAre(std::pair("retention.ms", "5")));
  EXPECT_EQ(view.partitions[0].leader, BrokerId(2));
  EXPECT_TRUE(view.partitions[0].leader_alive);
  EXPECT_THAT(view.partitions[0].isr, ElementsAre(BrokerId(2)));
  EXPECT_EQ(view.partitions[1].leader, kNoBroker);  // the controller has not come to it
}

TEST_F(ZooKeeperTopicServiceTest, MorePartitionsAreAddedAfterTheOldOnes) {
  ASSERT_TRUE(create(2, 1));
  ASSERT_TRUE(loop_.run(service_.add_partitions(names(), 3, {})));
  const auto node = zk::TopicAssignment::decode(data_of("/brokers/topics/t")).value();
  EXPECT_EQ(node.partitions.size(), 3u);
  EXPECT_THAT(node.partitions.at(PartitionIndex(2)).replicas, ElementsAre(BrokerId(3)));
  EXPECT_EQ(loop_.run(service_.add_partitions(names(), 3, {})).error().text,
            "Topic already has 3 partitions.");
  EXPECT_EQ(loop_.run(service_.add_partitions(names(), 1, {})).error().text,
            "Topic currently has 3 partitions, which is higher than the requested 1.");
}

TEST_F(ZooKeeperTopicServiceTest, DeletionIsAskedForOnce) {
  ASSERT_TRUE(create(1, 1));
  ASSERT_TRUE(loop_.run(service_.remove(names())));
  EXPECT_EQ(data_of("/admin/delete_topics/t"), "(null)");
  EXPECT_EQ(loop_.run(service_.remove(names())).error().text,
            "Topic t is already marked for deletion.");
}

TEST_F(ZooKeeperTopicServiceTest, InternalTopicsAreNotDeletedThisWay) {
  put("/brokers/topics/__consumer_offsets", R"({"version":3,"partitions":{"0":[1]}})");
  EXPECT_EQ(
      loop_.run(service_.remove(names())).error().text,
      "Topic __consumer_offsets is a kafka internal topic and is not allowed to be marked for "
      "deletion.");
}

}  // namespace
}  // namespace barnabas::tools
