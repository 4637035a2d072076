#include "broker/config/topic_config.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/config/given.h"

namespace barnabas::broker::config {
namespace {

TEST(TopicConfigTest, ADefaultTopicOnADefaultBrokerIsTheDefaultLog) {
  EXPECT_EQ(TopicConfig({}, config_of()).log_config(), log::LogConfig());
}

TEST(TopicConfigTest, TheBrokersSettingsAreTheTopicsDefaults) {
  const auto broker = config_of({{"log.retention.hours", "2"},
                                 {"log.roll.hours", "3"},
                                 {"log.flush.scheduler.interval.ms", "50"},
                                 {"message.max.bytes", "2000"},
                                 {"log.cleanup.policy", "compact,delete"},
                                 {"compression.type", "zstd"},
                                 {"min.insync.replicas", "2"}});
  const auto log = TopicConfig({}, broker).log_config();
  EXPECT_EQ(log.retention_ms, 7'200'000);
  EXPECT_EQ(log.segment_ms, 10'800'000);
  EXPECT_EQ(log.flush_ms, 50);
  EXPECT_EQ(log.max_message_bytes, 2000);
  EXPECT_TRUE(log.compact && log.remove);
  EXPECT_EQ(log.compression_type, log::CompressionType::kZstd);
  EXPECT_EQ(log.min_insync_replicas, 2);
  EXPECT_TRUE(log.message_downconversion);
}

TEST(TopicConfigTest, TheTopicsOwnSettingsWin) {
  const auto log = TopicConfig({{"retention.ms", "5"},
                                {"cleanup.policy", "compact"},
                                {"min.cleanable.dirty.ratio", "0.25"},
                                {"message.downconversion.enable", "false"},
                                {"message.timestamp.type", "LogAppendTime"}},
                               config_of({{"log.retention.ms", "9"}}))
                       .log_config();
  EXPECT_EQ(log.retention_ms, 5);
  EXPECT_TRUE(log.compact);
  EXPECT_FALSE(log.remove);
  EXPECT_EQ(log.min_cleanable_ratio, 0.25);
  EXPECT_FALSE(log.message_downconversion);
  EXPECT_EQ(log.timestamp_type, log::TimestampType::kLogAppendTime);
}

// message.timestamp.difference.max.ms is deprecated and still counts where its successors say
// nothing.
TEST(TopicConfigTest, TheOldTimestampLimitSpeaksForTheNewOnes) {
  const auto log = TopicConfig({{"message.timestamp.difference.max.ms", "100"},
                                {"message.timestamp.after.max.ms", "7"}},
                               config_of())
                       .log_config();
  EXPECT_EQ(log.timestamp_before_max_ms, 100);
  EXPECT_EQ(log.timestamp_after_max_ms, 7);
}

TEST(TopicConfigTest, ASettingThatDoesNotParseFallsBackToTheBroker) {
  const auto broker = config_of({{"log.segment.bytes", "4096"}});
  EXPECT_EQ(TopicConfig({{"segment.bytes", "many"}}, broker).log_config().segment_bytes, 4096);
  EXPECT_EQ(TopicConfig({{"segment.bytes", "13"}}, broker).log_config().segment_bytes, 4096);
}

TEST(TopicConfigTest, TieredStorageIsNotHad) {
  EXPECT_EQ(validate_topic({{"remote.storage.enable", "true"}}, config_of()).error().text,
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
            "with remote log storage.");
  EXPECT_TRUE(validate_topic({{"remote.storage.enable", "false"}}, config_of()));
}

TEST(TopicConfigTest, ALagRangeIsWeighedAgainstTheBrokersDefaults) {
  const auto broker = config_of({{"log.cleaner.max.compaction.lag.ms", "5"}});
  EXPECT_FALSE(validate_topic({{"min.compaction.lag.ms", "6"}}, broker));
  EXPECT_TRUE(validate_topic({{"min.compaction.lag.ms", "5"}}, broker));
}

}  // namespace
}  // namespace barnabas::broker::config
