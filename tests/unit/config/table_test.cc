#include "broker/config/table.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/config/given.h"

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kTypes[] = {"unknown", "boolean", "string", "int",   "short",
                                       "long",    "double",  "list",   "class", "password"};

std::string type_name(ConfigType type) {
  return std::string(kTypes[static_cast<std::size_t>(type)]);
}

std::string default_name(const KeySpec& spec) {
  if (spec.default_text == nullptr) return "null";
  return *spec.default_text == '\0' ? "\"\"" : spec.default_text;
}

std::string mode_name(UpdateMode mode) {
  if (mode == UpdateMode::kPerBroker) return "per-broker";
  return mode == UpdateMode::kClusterWide ? "cluster-wide" : "read-only";
}

// A range or list as Kafka's validators print themselves; the rules that print otherwise by their
// name.
std::string valid_name(const Valid& valid) {
  using enum Valid::Rule;
  const auto number = [](double n) { return fmt::format("{}", n); };
  switch (valid.rule) {
    case kRange:
      return "[" + number(*valid.low) + ",..." + (valid.high ? "," + number(*valid.high) : "") +
             "]";
    case kOneOf: return fmt::format("[{}]", valid.options);
    case kOneOfIgnoringCase: return fmt::format("(case insensitive) [{}]", valid.options);
    case kVersion: return "version";
    case kNonEmpty: return "non-empty string";
    case kGzipLevel: return "[1,...,9] or -1";
    case kPoolSize: return "pool";
    case kThrottled: return "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
    case kAny: return "";
  }
  return "?";
}

std::string normalised(std::string valid) {
  if (valid.starts_with("[0.8.0")) return "version";
  if (valid.starts_with("The default value of -1")) return "pool";
  if (valid == "valid" || valid == "non-null string" || valid == "non-empty list") return "";
  return valid;
}

// The table is typed in by nobody: it equals what the real broker's own definitions said.
TEST(TableTest, EveryBrokerKeyIsAsKafkaDefinesIt) {
  const auto lines = data_lines("broker_configs.tsv");
  ASSERT_EQ(lines.size(), 1 + broker_keys().size());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fact = split(lines[i], '\t');
    const KeySpec* spec = find_broker_key(fact[0]);
    ASSERT_NE(spec, nullptr) << fact[0];
    EXPECT_EQ(type_name(spec->type), fact[1]) << fact[0];
    EXPECT_EQ(default_name(*spec), fact[2]) << fact[0];
    EXPECT_EQ(valid_name(spec->valid), normalised(fact[3])) << fact[0];
    EXPECT_EQ(mode_name(spec->mode), fact[4]) << fact[0];
    EXPECT_EQ(spec->sensitive() ? "true" : "false", fact[5]) << fact[0];
    EXPECT_EQ(spec->mode == UpdateMode::kInternal ? "true" : "false", fact[6]) << fact[0];
  }
}

TEST(TableTest, EveryTopicKeyIsAsKafkaDefinesIt) {
  const auto lines = data_lines("topic_configs.tsv");
  ASSERT_EQ(lines.size(), 1 + topic_keys().size());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fact = split(lines[i], '\t');
    const KeySpec* spec = find_topic_key(fact[0]);
    ASSERT_NE(spec, nullptr) << fact[0];
    EXPECT_EQ(type_name(spec->type), fact[1]) << fact[0];
    EXPECT_EQ(default_name(*spec), fact[2]) << fact[0];
    EXPECT_EQ(valid_name(spec->valid), normalised(fact[3])) << fact[0];
    EXPECT_EQ(spec->broker_key == nullptr ? "" : spec->broker_key, fact[4]) << fact[0];
    if (spec->broker_key != nullptr) {
      EXPECT_NE(find_broker_key(spec->broker_key), nullptr) << fact[0];
    }
  }
}

TEST(TableTest, TheFinerUnitStandsFirst) {
  EXPECT_THAT(synonyms_of("log.retention.hours"),
              ElementsAre("log.retention.ms", "log.retention.minutes", "log.retention.hours"));
  EXPECT_THAT(synonyms_of("log.flush.interval.ms"),
              ElementsAre("log.flush.interval.ms", "log.flush.scheduler.interval.ms"));
  EXPECT_THAT(synonyms_of("log.flush.scheduler.interval.ms"),
              ElementsAre("log.flush.scheduler.interval.ms"));
  EXPECT_THAT(synonyms_of("num.partitions"), ElementsAre("num.partitions"));
}

TEST(TableTest, AListenersOwnKeyLeadsToTheSharedOne) {
  EXPECT_EQ(listener_base_key("listener.name.internal.ssl.keystore.location"),
            "ssl.keystore.location");
  EXPECT_EQ(listener_base_key("listener.name.ext.plain.sasl.jaas.config"), "sasl.jaas.config");
  EXPECT_EQ(listener_base_key("listener.name.ext.nothing"), "");
  EXPECT_EQ(listener_base_key("ssl.keystore.location"), "");
}

}  // namespace
}  // namespace barnabas::broker::config
