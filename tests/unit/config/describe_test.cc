#include "broker/config/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/config/dynamic.h"
#include "tests/unit/config/given.h"

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> names(const std::vector<ConfigRow>& rows) {
  std::vector<std::string> all;
  for (const auto& row : rows) all.push_back(row.name);
  return all;
}

ConfigRow broker_row(const Config& config, const std::string& name) {
  auto rows = describe_broker(config, Wanted({name}));
  EXPECT_THAT(rows, SizeIs(1)) << name;
  return rows.empty() ? ConfigRow{} : rows.front();
}

ConfigRow topic_row(const Config& config, const Properties& overrides, const std::string& name) {
  auto rows = describe_topic(config, overrides, Wanted({name}));
  EXPECT_THAT(rows, SizeIs(1)) << name;
  return rows.empty() ? ConfigRow{} : rows.front();
}

ConfigSynonym from(ConfigSource source, std::string name, std::string value) {
  return {std::move(name), std::move(value), source};
}

constexpr auto kTopic = ConfigSource::kDynamicTopic;
constexpr auto kBroker = ConfigSource::kDynamicBroker;
constexpr auto kCluster = ConfigSource::kDynamicDefaultBroker;
constexpr auto kStatic = ConfigSource::kStaticBroker;
constexpr auto kDefault = ConfigSource::kDefault;

TEST(DescribeTest, TheKeysComeInKafkasOrder) {
  EXPECT_EQ(names(describe_broker(config_of({{"broker.id", "1"}}), {})),
            data_lines("broker_wire_order.txt"));
  EXPECT_EQ(names(describe_topic(config_of(), {}, {})), data_lines("topic_wire_order.txt"));
}

TEST(DescribeTest, AnEmptyListOfKeysAsksForAll) {
  EXPECT_THAT(describe_broker(config_of(), Wanted({})), SizeIs(314));
  EXPECT_THAT(describe_topic(config_of(), {}, Wanted({})), SizeIs(36));
  EXPECT_THAT(describe_topic(config_of(), {}, Wanted({"no.such"})), IsEmpty());
}

// Every default row as captured: read-only, type, sensitivity, value, and the one synonym or none.
TEST(DescribeTest, ADefaultBrokersRowsAreAsOnTheWire) {
  const auto config = config_of();
  const auto lines = data_lines("broker_configs.tsv");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fact = split(lines[i], '\t');
    if (fact[6] == "true" || fact[0] == "zookeeper.connect") continue;
    const auto row = broker_row(config, fact[0]);
    EXPECT_EQ(row.read_only, fact[4] == "read-only") << fact[0];
    EXPECT_EQ(row.sensitive, fact[5] == "true") << fact[0];
    EXPECT_EQ(row.source, kDefault) << fact[0];
    if (fact[2] == "null") {
      EXPECT_EQ(row.value, std::nullopt) << fact[0];
      EXPECT_THAT(row.synonyms, IsEmpty()) << fact[0];
    } else {
      const std::string value = fact[2] == "\"\"" ? "" : fact[2];
      EXPECT_EQ(row.value, value) << fact[0];
      EXPECT_THAT(row.synonyms, ElementsAre(from(kDefault, fact[0], value)));
    }
  }
}

TEST(DescribeTest, ASettingInTheFileStandsBeforeItsDefault) {
  const auto row = broker_row(config_of({{"num.partitions", " 3 "}}), "num.partitions");
  EXPECT_EQ(row.value, "3");
  EXPECT_EQ(row.source, kStatic);
  EXPECT_EQ(row.type, ConfigType::kInt);
  EXPECT_THAT(row.synonyms, ElementsAre(from(kStatic, "num.partitions", " 3 "),
                                        from(kDefault, "num.partitions", "1")));
}

TEST(DescribeTest, DynamicSettingsStandBeforeTheFile) {
  const auto config = *config_of({{"num.io.threads", "4"}})
                           .with_dynamic({{"num.io.threads", "5"}}, {{"num.io.threads", "6"}});
  const auto row = broker_row(config, "num.io.threads");
  EXPECT_EQ(row.value, "6");
  EXPECT_EQ(row.source, kBroker);
  EXPECT_FALSE(row.read_only);
  EXPECT_THAT(
      row.synonyms,
      ElementsAre(from(kBroker, "num.io.threads", "6"), from(kCluster, "num.io.threads", "5"),
                  from(kStatic, "num.io.threads", "4"), from(kDefault, "num.io.threads", "8")));
  const auto cluster = describe_default_broker(config, {});
  ASSERT_THAT(cluster, SizeIs(1));
  EXPECT_EQ(cluster[0].value, "5");
  EXPECT_EQ(cluster[0].source, kCluster);
  EXPECT_THAT(cluster[0].synonyms, ElementsAre(from(kCluster, "num.io.threads", "5")));
}

TEST(DescribeTest, ThereIsNothingForTheWholeClusterUntilSomethingIsSet) {
  EXPECT_THAT(describe_default_broker(config_of({{"num.io.threads", "4"}}), {}), IsEmpty());
}

TEST(DescribeTest, ASecretIsNeverShown) {
  const auto row = broker_row(config_of({{"ssl.key.password", "hush"}}), "ssl.key.password");
  EXPECT_TRUE(row.sensitive);
  EXPECT_EQ(row.value, std::nullopt);
  EXPECT_THAT(row.synonyms, ElementsAre(ConfigSynonym{"ssl.key.password", std::nullopt, kStatic}));
}

// It could be a misspelt password: Kafka hides it and so do we.
TEST(DescribeTest, AKeyThatNobodyKnowsIsNamedButNotShown) {
  const auto config = config_of({{"my.pasword", "hush"}});
  EXPECT_THAT(describe_broker(config, {}), SizeIs(315));
  const auto row = broker_row(config, "my.pasword");
  EXPECT_EQ(row.value, std::nullopt);
  EXPECT_TRUE(row.sensitive && row.read_only);
  EXPECT_EQ(row.type, ConfigType::kUnknown);
  EXPECT_EQ(row.source, kStatic);
}

TEST(DescribeTest, AnInternalKeyIsDescribedOnlyWhereItIsSet) {
  EXPECT_THAT(describe_broker(config_of(), Wanted({"log.initial.task.delay.ms"})), IsEmpty());
  const auto row =
      broker_row(config_of({{"log.initial.task.delay.ms", "500"}}), "log.initial.task.delay.ms");
  EXPECT_EQ(row.value, "500");
  EXPECT_EQ(row.type, ConfigType::kLong);
  EXPECT_THAT(row.synonyms, ElementsAre(from(kStatic, "log.initial.task.delay.ms", "500"),
                                        from(kDefault, "log.initial.task.delay.ms", "30000")));
}

TEST(DescribeTest, BothNamesOfTheBrokersIdCountAsSet) {
  EXPECT_EQ(broker_row(config_of({{"broker.id", "1"}}), "node.id").source, kStatic);
}

TEST(DescribeTest, ATopicsRowsLeadFromTheTopicToTheBrokersDefault) {
  const auto config = config_of({{"log.segment.bytes", "5000"}});
  const auto row = topic_row(config, {{"segment.bytes", "6000"}}, "segment.bytes");
  EXPECT_EQ(row.value, "6000");
  EXPECT_EQ(row.source, kTopic);
  EXPECT_FALSE(row.read_only);
  EXPECT_THAT(row.synonyms, ElementsAre(from(kTopic, "segment.bytes", "6000"),
                                        from(kStatic, "log.segment.bytes", "5000"),
                                        from(kDefault, "log.segment.bytes", "1073741824")));
}

// retention.ms comes from log.retention.hours, but only the key in milliseconds is its synonym.
TEST(DescribeTest, AValueThatCameInAnotherUnitHasNoSynonym) {
  const auto row = topic_row(config_of(), {}, "retention.ms");
  EXPECT_EQ(row.value, "604800000");
  EXPECT_EQ(row.source, kDefault);
  EXPECT_THAT(row.synonyms, IsEmpty());
  const auto own = topic_row(config_of(), {{"retention.ms", "5"}}, "retention.ms");
  EXPECT_THAT(own.synonyms, ElementsAre(from(kTopic, "retention.ms", "5")));
  const auto in_ms = topic_row(config_of({{"log.retention.ms", "7"}}), {}, "retention.ms");
  EXPECT_THAT(in_ms.synonyms, ElementsAre(from(kStatic, "log.retention.ms", "7"),
                                          from(kDefault, "log.retention.hours", "168")));
}

TEST(DescribeTest, ATopicKeyWithoutABrokerKeyHasNoSynonyms) {
  const auto row = topic_row(config_of(), {}, "leader.replication.throttled.replicas");
  EXPECT_EQ(row.value, "");
  EXPECT_EQ(row.type, ConfigType::kList);
  EXPECT_EQ(row.source, kDefault);
  EXPECT_THAT(row.synonyms, IsEmpty());
}

std::string refusal(const Properties& changed, DynamicLevel level) {
  const auto valid = validate_dynamic(config_of(), changed, level);
  return valid ? "taken" : valid.error().text;
}

TEST(DynamicTest, OnlyDynamicKeysChangeWhileTheBrokerRuns) {
  EXPECT_EQ(refusal({{"broker.id", "9"}}, DynamicLevel::kThisBroker),
            "Cannot update these configs dynamically: Set(broker.id)");
  EXPECT_EQ(refusal({{"log.cleaner.threads", "x"}}, DynamicLevel::kThisBroker),
            "Invalid value x for configuration log.cleaner.threads: Not a number of type INT");
  EXPECT_EQ(refusal({{"log.cleaner.threads", "2"}}, DynamicLevel::kClusterWide), "taken");
  EXPECT_EQ(refusal({{"no.such.key", "2"}}, DynamicLevel::kThisBroker), "taken");
}

TEST(DynamicTest, WhatBelongsToOneBrokerIsNotSetForAll) {
  EXPECT_EQ(refusal({{"advertised.listeners", "PLAINTEXT://a:1"}}, DynamicLevel::kClusterWide),
            "Cannot update these configs at default cluster level, broker id must be specified: "
            "Set(advertised.listeners)");
  EXPECT_EQ(refusal({{"advertised.listeners", "PLAINTEXT://a:1"}}, DynamicLevel::kThisBroker),
            "taken");
}

TEST(DynamicTest, KeystoresChangeForOneListenerAtATime) {
  EXPECT_EQ(
      refusal({{"ssl.keystore.password", "x"}}, DynamicLevel::kClusterWide),
      "These security configs can be dynamically updated only per-listener using the listener "
      "prefix: HashSet(ssl.keystore.password)");
  EXPECT_EQ(refusal({{"listener.name.ext.ssl.keystore.password", "x"}}, DynamicLevel::kThisBroker),
            "taken");
}

}  // namespace
}  // namespace barnabas::broker::config
