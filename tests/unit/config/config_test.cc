#include "broker/config/config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/config/topic_config.h"
#include "tests/unit/config/given.h"

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;

std::string shown(std::span<const Listener> listeners) {
  std::vector<std::string> all;
  for (const auto& l : listeners) {
    all.push_back(
        fmt::format("{}://{}:{}={}", l.name, l.host, l.port, name_of(l.security_protocol)));
  }
  return fmt::format("{}", fmt::join(all, ","));
}

// One line that says what a set of settings came to.
std::string outcome(const std::expected<Config, ConfigError>& config) {
  if (!config) return config.error().text;
  return fmt::format(
      "ok listeners={} advertised={} inter_broker={} dirs={} retention={} roll={} jitter={} "
      "flush={} control={}",
      shown(config->listeners()), shown(config->advertised_listeners()),
      config->inter_broker_listener().name, fmt::join(config->log_dirs(), ", "),
      config->log_retention_ms(), config->log_roll_ms(), config->log_roll_jitter_ms(),
      config->log_flush_interval_ms(), config->control_plane_listener().value_or(""));
}

std::string outcome_of_case(const std::string& line) {
  const bool topic = line.starts_with("T ");
  const bool bare = line.starts_with("!");
  Properties given;
  for (const auto& setting : split(line.substr(topic ? 2 : bare ? 1 : 0), '|')) {
    const auto equals = setting.find('=');
    given[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  if (!topic) return outcome(bare ? Config::from(given) : try_config(given));
  const auto valid = validate_topic(given, config_of());
  return valid ? "ok" : valid.error().text;
}

// 200 settings, good and bad, each with what Kafka's own code answered.
TEST(ConfigTest, EverySettingEndsAsItDoesInKafka) {
  int seen = 0;
  for (const auto& line : data_lines("cases.tsv")) {
    if (line.starts_with('#')) continue;
    const auto tab = line.find('\t');
    const auto settings = line.substr(0, tab);
    if (settings == "T remote.storage.enable=true") continue;  // see TopicConfigTest
    EXPECT_EQ(outcome_of_case(settings), line.substr(tab + 1)) << settings;
    ++seen;
  }
  EXPECT_GT(seen, 200);
}

TEST(ConfigTest, AnErrorNamesItsKeyAndValue) {
  const auto error = try_config({{"num.io.threads", "0"}}).error();
  EXPECT_EQ(error.kind, ConfigError::Kind::kConfig);
  EXPECT_EQ(error.key, "num.io.threads");
  EXPECT_EQ(error.value, "0");
  EXPECT_EQ(error.reason, "Value must be at least 1");
}

TEST(ConfigTest, ValuesComeTyped) {
  const auto config = config_of({{"num.partitions", "7"}, {"log.cleaner.threads", "2"}});
  EXPECT_EQ(config[key::num_partitions], 7);
  EXPECT_EQ(config[key::auto_create_topics_enable], true);
  EXPECT_EQ(config[key::offsets_topic_replication_factor], 3);
  EXPECT_EQ(config[key::log_cleaner_min_cleanable_ratio], 0.5);
  EXPECT_THAT(config[key::log_cleanup_policy], ElementsAre("delete"));
  EXPECT_EQ(config.find(key::broker_rack), std::nullopt);
}

TEST(ConfigTest, OneSettingHasTwoNamesForTheBrokersId) {
  EXPECT_EQ(config_of({{"node.id", "3"}}).broker_id(), 3);
  EXPECT_EQ(config_of({{"broker.id", "4"}})[key::node_id], 4);
  EXPECT_EQ(config_of().broker_id(), -1);
}

TEST(ConfigTest, TimeoutsAndThreadsFallBackToWhatTheyServe) {
  const auto config = config_of({{"zookeeper.session.timeout.ms", "6000"}, {"log.dirs", "/a,/b"}});
  EXPECT_EQ(config.zookeeper_connection_timeout(), std::chrono::milliseconds(6000));
  EXPECT_EQ(config.num_replica_alter_log_dirs_threads(), 2);
  const auto explicit_one = config_of(
      {{"zookeeper.connection.timeout.ms", "9"}, {"num.replica.alter.log.dirs.threads", "5"}});
  EXPECT_EQ(explicit_one.zookeeper_connection_timeout(), std::chrono::milliseconds(9));
  EXPECT_EQ(explicit_one.num_replica_alter_log_dirs_threads(), 5);
}

TEST(ConfigTest, OnlyKeysThatNobodyTakesAreUnknown) {
  const auto config = config_of({{"no.such.key", "1"},
                                 {"num.partition", "2"},
                                 {"num.partitions", "2"},
                                 {"listener.name.plaintext.ssl.keystore.type", "PEM"},
                                 {"listener.name.plaintext.foo", "x"},
                                 {"rsm.config.x", "y"}});
  EXPECT_THAT(config.unknown_keys(),
              ElementsAre("listener.name.plaintext.foo", "no.such.key", "num.partition"));
}

TEST(ConfigTest, AListenersOwnSettingGoesBeforeTheSharedOne) {
  const auto config = config_of(
      {{"ssl.keystore.type", "PEM"}, {"listener.name.external.ssl.keystore.type", "PKCS12"}});
  EXPECT_EQ(config.for_listener("EXTERNAL", "ssl.keystore.type"), "PKCS12");
  EXPECT_EQ(config.for_listener("INTERNAL", "ssl.keystore.type"), "PEM");
  EXPECT_EQ(config.for_listener("INTERNAL", "ssl.truststore.location"), std::nullopt);
  EXPECT_EQ(try_config({{"listener.name.external.ssl.client.auth", "maybe"}}).error().text,
            "Invalid value maybe for configuration listener.name.external.ssl.client.auth: String "
            "must be one of: required, requested, none");
}

TEST(ConfigTest, NewerSettingsLieOverOlderOnesAndThisBrokersOverTheClusters) {
  const auto config = config_of({{"log.cleaner.threads", "1"}, {"num.io.threads", "4"}});
  const auto changed = config.with_dynamic({{"log.cleaner.threads", "2"}, {"num.io.threads", "5"}},
                                           {{"num.io.threads", "6"}});
  ASSERT_TRUE(changed);
  EXPECT_EQ((*changed)[key::log_cleaner_threads], 2);
  EXPECT_EQ((*changed)[key::num_io_threads], 6);
  EXPECT_EQ(config[key::num_io_threads], 4);
}

// Otherwise log.retention.ms in the file would silently win over a new log.retention.ms and its
// coarser friends.
TEST(ConfigTest, ADynamicSettingDisplacesEveryNameOfTheSameThing) {
  const auto config = config_of({{"log.retention.minutes", "5"}});
  const auto changed = config.with_dynamic({{"log.retention.ms", "1234"}}, {});
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->log_retention_ms(), 1234);
  EXPECT_EQ(changed->text("log.retention.minutes"), std::nullopt);
}

TEST(ConfigTest, WhatThisBrokerIsNotSaysSoWhenItStarts) {
  EXPECT_EQ(try_config({{"process.roles", "broker"}}).error().text,
            "Invalid value broker for configuration process.roles: Only ZooKeeper mode is "
            "supported: leave it empty");
  EXPECT_FALSE(try_config({{"zookeeper.metadata.migration.enable", "true"}}));
}

TEST(ConfigTest, APortThatNoSocketHasIsRefused) {
  EXPECT_EQ(try_config({{"listeners", "PLAINTEXT://h:70000"}}).error().text,
            "Error creating broker listeners from 'PLAINTEXT://h:70000': Unable to parse "
            "PLAINTEXT://h:70000 to a broker endpoint");
}

TEST(ConfigTest, TheNamesOfJavaClassesAreTakenAsTheyAre) {
  const auto config =
      config_of({{"authorizer.class.name", "kafka.security.authorizer.AclAuthorizer"},
                 {"client.quota.callback.class", "com.example.Quotas"}});
  EXPECT_EQ(config[key::authorizer_class_name], "kafka.security.authorizer.AclAuthorizer");
  EXPECT_EQ(config[key::client_quota_callback_class], "com.example.Quotas");
}

TEST(ConfigTest, LimitsPerAddressAreReadOnce) {
  const auto config = config_of({{"max.connections.per.ip.overrides", "10.0.0.1:5, host:7"}});
  EXPECT_THAT(config.max_connections_per_ip_overrides(),
              ElementsAre(std::pair("10.0.0.1", 5), std::pair("host", 7)));
  EXPECT_EQ(try_config({{"max.connections.per.ip.overrides", "10.0.0.1"}}).error().key,
            "max.connections.per.ip.overrides");
}

}  // namespace
}  // namespace barnabas::broker::config
