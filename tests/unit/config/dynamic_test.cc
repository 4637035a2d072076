// The sentences are those of a 3.9.1 broker.
#include "broker/config/dynamic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/config/describe.h"
#include "tests/unit/config/given.h"

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum DynamicLevel;

constexpr auto kUnfollowable = "Invalid value org.apache.kafka.common.config.ConfigException: ";
constexpr auto kEnd = " for configuration Invalid dynamic configuration";

std::string refusal(const Properties& changed, DynamicLevel level = kThisBroker) {
  const auto valid = validate_dynamic(config_of(), changed, level);
  return valid ? "taken" : valid.error().text;
}

TEST(ValidateDynamic, PoolsAtMostDoubleOrHalve) {
  const auto bad = [](std::string_view setting, std::string_view why) {
    return kUnfollowable +
           ("Dynamic thread count update validation failed for " + std::string(setting)) +
           ", value " + std::string(why) + kEnd;
  };
  EXPECT_EQ(refusal({{"num.io.threads", "16"}}), "taken");
  EXPECT_EQ(refusal({{"num.io.threads", "17"}}),
            bad("num.io.threads=17", "should not be greater than double the current value 8"));
  EXPECT_EQ(refusal({{"num.io.threads", "3"}}, kClusterWide),
            bad("num.io.threads=3", "should be at least half the current value 8"));
  EXPECT_EQ(refusal({{"num.replica.fetchers", "0"}}),
            bad("num.replica.fetchers=0", "should be at least 1"));
  EXPECT_EQ(refusal({{"log.cleaner.threads", "3"}}),
            std::string(kUnfollowable) +
                "Log cleaner threads cannot be increased to more than double the current value 1" +
                kEnd);
  EXPECT_EQ(refusal({{"log.cleaner.threads", "0"}}), "/ by zero");
}

TEST(ValidateDynamic, LimitsOfReplicationAreWholeNumbers) {
  EXPECT_EQ(refusal({{"leader.replication.throttled.rate", "0"}}), "taken");
  EXPECT_EQ(refusal({{"leader.replication.throttled.rate", "1000"}}, kClusterWide), "taken");
  EXPECT_EQ(refusal({{"leader.replication.throttled.rate", "-1"}}),
            "Invalid value -1 for configuration leader.replication.throttled.rate: Value must be "
            "at least 0");
  EXPECT_EQ(refusal({{"follower.replication.throttled.rate", "1.5"}}),
            "Invalid value 1.5 for configuration follower.replication.throttled.rate: Not a number "
            "of type LONG");
}

TEST(ValidateDynamic, WhatIsKeptLocallyIsPartOfTheWhole) {
  EXPECT_EQ(refusal({{"log.local.retention.ms", "5"}}), "taken");
  EXPECT_EQ(refusal({{"log.local.retention.ms", "99999999999999"}}),
            std::string(kUnfollowable) +
                "Invalid value 99999999999999 for configuration log.local.retention.ms: Value must "
                "not be more than log.retention.ms property value: 604800000" +
                kEnd);
}

TEST(ValidateDynamic, NoClassIsToBeFound) {
  EXPECT_EQ(refusal({{"principal.builder.class", "x"}}),
            "Invalid value x for configuration principal.builder.class: Class x could not be "
            "found.");
  EXPECT_EQ(refusal({{"metric.reporters", ""}}), "taken");
  EXPECT_EQ(refusal({{"metric.reporters", "no.such.Class"}}),
            std::string(kUnfollowable) +
                "Validation of dynamic config update of Set(metric.reporters) failed with class "
                "class kafka.server.DynamicMetricsReporters" +
                kEnd);
}

TEST(DropUnusable, LeavesWhatMayStandThere) {
  Properties stored{{"broker.id", "3"},
                    {"listener.name.plaintext.ssl.keystore.password", "k:v"},
                    {"listeners", "PLAINTEXT://:9092"},
                    {"message.max.bytes", "7"},
                    {"no.such", "1"}};
  EXPECT_THAT(drop_unusable(stored, kThisBroker),
              ElementsAre("broker.id", "listener.name.plaintext.ssl.keystore.password"));
  EXPECT_THAT(drop_unusable(stored, kClusterWide), ElementsAre("listeners"));
  EXPECT_THAT(drop_unusable(stored, kClusterWide), IsEmpty());
  EXPECT_EQ(stored.size(), 2u);
}

TEST(ThrottleRate, OfThisBrokerGoesBeforeThatOfAll) {
  const auto config = config_of();
  EXPECT_EQ(throttle_rate(config, kLeaderThrottledRate), std::nullopt);
  const Properties all{{std::string(kLeaderThrottledRate), "3000"}};
  const Properties one{{std::string(kLeaderThrottledRate), "1000"}};
  EXPECT_EQ(throttle_rate(*config.with_dynamic(all, {}), kLeaderThrottledRate), 3000);
  EXPECT_EQ(throttle_rate(*config.with_dynamic(all, one), kLeaderThrottledRate), 1000);
}

TEST(ThrottleRate, IsDescribedThoughItIsNoKeyOfTheFile) {
  const std::string name(kLeaderThrottledRate);
  const auto config = config_of().with_dynamic({{name, "3000"}}, {{name, "1000"}});
  const auto rows = describe_broker(*config, std::vector{name});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].value, "1000");
  EXPECT_TRUE(rows[0].read_only);
  EXPECT_FALSE(rows[0].sensitive);
  EXPECT_THAT(rows[0].synonyms,
              ElementsAre(ConfigSynonym{name, "1000", ConfigSource::kDynamicBroker},
                          ConfigSynonym{name, "3000", ConfigSource::kDynamicDefaultBroker}));
}

}  // namespace
}  // namespace barnabas::broker::config
