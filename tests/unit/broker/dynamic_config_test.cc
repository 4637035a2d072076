#include "broker/dynamic_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/throttles.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/config/given.h"
#include "tests/unit/replica/world.h"
#include "zk/model/connector.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::broker {
namespace {

using namespace std::chrono_literals;
using config::config_of;
using replica::testing::InstantDisk;
using replica::testing::MemoryLog;
using replica::testing::MemoryLogs;
using ::testing::ElementsAre;

constexpr BrokerId kSelf{1};

// Broker 1 with a log of topic "t" and one of topic "u".
class DynamicConfigTest : public ::testing::Test {
 protected:
  DynamicConfigTest() {
    EXPECT_TRUE(loop.run(client.start(10s)).has_value());
    for (const auto* topic : {"t", "u"}) {
      const TopicPartition tp{topic, PartitionIndex{0}};
      logs.logs[tp] = std::make_shared<MemoryLog>(tp, TopicId{});
    }
  }
  ~DynamicConfigTest() override { loop.run(client.stop()); }

  void write(const std::string& path, std::map<std::string, std::string> settings) {
    const std::string data = zk::ConfigEntity{std::move(settings)}.encode();
    if (loop.run(client.create_recursive(path, data)).has_value()) return;
    zk::Request set = zk::SetData{path, data};
    EXPECT_TRUE(loop.run(client.submit_one(std::move(set))).has_value());
  }
  void topic_is(const std::string& topic, std::map<std::string, std::string> settings) {
    write(zk::paths::topic_config(topic), std::move(settings));
    loop.run(dynamic.apply("topics/" + topic));
  }
  void broker_is(std::map<std::string, std::string> settings) {
    write(zk::paths::broker_config(kSelf), std::move(settings));
    loop.run(dynamic.apply("brokers/1"));
  }
  void all_brokers_are(std::map<std::string, std::string> settings) {
    write(zk::paths::default_broker_config(), std::move(settings));
    loop.run(dynamic.apply("brokers/<default>"));
  }
  std::int32_t largest_message(const std::string& topic) {
    return logs.logs.at({topic, PartitionIndex{0}})->config()->max_message_bytes;
  }

  testing::VirtualLoop loop;
  testing::SeededRandom random{1};
  zk::model::ModelServer server{loop.executor(), loop.clock, random};
  zk::model::ModelConnector connector{server, loop.clock};
  zk::Client client{connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()};
  MemoryLogs logs;
  InstantDisk disk;
  config::LiveConfig live{config_of()};
  Throttles throttles{*live.get(), kSelf, &loop.clock};
  TopicConfigs topics{&live, &client, loop.executor(),
                      [this](const std::string& topic, const config::Properties& own) {
                        throttles.set_topic(topic, own);
                      }};
  DynamicConfig dynamic{{kSelf, &client, &live, &topics, &logs, &disk}};
};

constexpr std::int32_t kDefault = 1048588;

TEST_F(DynamicConfigTest, ATopicsSettingsReachItsLogsAndNoOthers) {
  std::vector<std::string> told;
  dynamic.on_topic_changed([&](const std::string& topic) { told.push_back(topic); });
  topic_is("t", {{"max.message.bytes", "2000"}});
  EXPECT_EQ(largest_message("t"), 2000);
  EXPECT_EQ(largest_message("u"), kDefault);
  topic_is("t", {});
  EXPECT_EQ(largest_message("t"), kDefault);
  EXPECT_THAT(told, ElementsAre("t", "t"));
}

TEST_F(DynamicConfigTest, ABrokersSettingsReachTheLogsOfTopicsThatFallBackToThem) {
  topic_is("t", {{"max.message.bytes", "2000"}});
  broker_is({{"message.max.bytes", "5000"}});
  EXPECT_EQ(largest_message("t"), 2000);
  EXPECT_EQ(largest_message("u"), 5000);
  EXPECT_EQ(topics.get("new")->max_message_bytes, 5000);
}

TEST_F(DynamicConfigTest, WhatIsSetForThisBrokerGoesBeforeWhatIsSetForAll) {
  broker_is({{"message.max.bytes", "5000"}});
  all_brokers_are({{"message.max.bytes", "6000"}});
  EXPECT_EQ(largest_message("u"), 5000);
  broker_is({});
  EXPECT_EQ(largest_message("u"), 6000);
  EXPECT_EQ(live[config::key::message_max_bytes], 6000);
}

TEST_F(DynamicConfigTest, SettingsThatMakeNoValidConfigurationChangeNothing) {
  broker_is({{"message.max.bytes", "5000"}});
  broker_is({{"message.max.bytes", "6000"}, {"num.io.threads", "none"}});
  EXPECT_EQ(largest_message("u"), 5000);
}

TEST_F(DynamicConfigTest, WhatMayNotBeSetWhileRunningIsPassedOver) {
  broker_is({{"message.max.bytes", "5000"}, {"log.dirs", "/elsewhere"}});
  EXPECT_EQ(largest_message("u"), 5000);
  EXPECT_NE(live.get()->log_dirs().front(), "/elsewhere");
}

TEST_F(DynamicConfigTest, AnotherBrokersSettingsAreNotOurs) {
  write(zk::paths::broker_config(BrokerId{2}), {{"message.max.bytes", "5000"}});
  loop.run(dynamic.apply("brokers/2"));
  EXPECT_EQ(largest_message("u"), kDefault);
}

// In a new session: announcements may have been missed.
TEST_F(DynamicConfigTest, EverythingThatIsKnownIsReadAnew) {
  topic_is("t", {{"max.message.bytes", "2000"}});
  write(zk::paths::topic_config("t"), {{"max.message.bytes", "3000"}});
  write(zk::paths::default_broker_config(), {{"message.max.bytes", "6000"}});
  loop.run(dynamic.apply_all());
  EXPECT_EQ(largest_message("t"), 3000);
  EXPECT_EQ(largest_message("u"), 6000);
}

TEST_F(DynamicConfigTest, ThrottledReplicasAreThoseOfThisBroker) {
  topic_is("t", {{"leader.replication.throttled.replicas", "0:1,1:2"},
                 {"follower.replication.throttled.replicas", "*"}});
  EXPECT_TRUE(throttles.quotas.leader.is_throttled("t", PartitionIndex{0}));
  EXPECT_FALSE(throttles.quotas.leader.is_throttled("t", PartitionIndex{1}));
  EXPECT_TRUE(throttles.quotas.follower.is_throttled("t", PartitionIndex{1}));
  topic_is("t", {});
  EXPECT_FALSE(throttles.quotas.leader.is_throttled("t", PartitionIndex{0}));
}

TEST_F(DynamicConfigTest, LimitsComeAndGo) {
  dynamic.on_broker_changed([&](const config::Config& now) { throttles.set_limits(now); });
  auto& leader = throttles.quotas.leader;
  leader.record(1000);
  EXPECT_FALSE(leader.is_exceeded());
  broker_is({{"leader.replication.throttled.rate", "10"}});
  EXPECT_TRUE(leader.is_exceeded());
  broker_is({});
  EXPECT_FALSE(leader.is_exceeded());
}

}  // namespace
}  // namespace barnabas::broker
