#include "env/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace barnabas::env {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

class LogTest : public testing::Test {
 protected:
  ~LogTest() override {
    set_log_sink(nullptr);
    for (const auto& [logger, level] : log_levels()) clear_log_level(logger);
    set_log_level("root", LogLevel::kInfo);
  }

  void capture() {
    set_log_sink([this](LogLevel level, std::string_view logger, std::string_view message) {
      lines_.push_back(fmt::format("{} {} ({})", to_string(level), message, logger));
    });
  }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, PrintsALineAsLog4jDoes) {
  testing::internal::CaptureStdout();
  log_info("kafka.server.KafkaServer", "[KafkaServer id={}] started", 1);
  log_fatal("kafka.Kafka", "Exiting");
  EXPECT_THAT(testing::internal::GetCapturedStdout(),
              MatchesRegex("\\[....-..-.. ..:..:..,...\\] INFO \\[KafkaServer id=1\\] started "
                           "\\(kafka.server.KafkaServer\\)\n"
                           "\\[.*\\] FATAL Exiting \\(kafka.Kafka\\)\n"));
}

// A client id with a newline in it must not be able to forge a line.
TEST_F(LogTest, OneMessageIsOneLine) {
  capture();
  log_warn("a", "id {}", "x\ny\r\x1b[0m\tz");
  EXPECT_THAT(lines_, ElementsAre("WARN id x\\ny\\r\\x1b[0m\tz (a)"));
}

TEST_F(LogTest, TheNearestLoggerWithALevelDecides) {
  capture();
  set_log_level("kafka", LogLevel::kError);
  set_log_level("kafka.server.KafkaApis", LogLevel::kTrace);
  log_trace("kafka.server.KafkaApis", "shown");
  log_warn("kafka.server.ReplicaManager", "hidden");
  log_warn("kafkaish", "shown too");
  log_debug("state.change.logger", "hidden");
  EXPECT_THAT(lines_,
              ElementsAre("TRACE shown (kafka.server.KafkaApis)", "WARN shown too (kafkaish)"));
  clear_log_level("kafka");
  EXPECT_EQ(log_level("kafka.server.ReplicaManager"), LogLevel::kInfo);
}

TEST_F(LogTest, TheRootCannotLoseItsLevel) {
  set_log_level("", LogLevel::kOff);
  clear_log_level("root");
  EXPECT_FALSE(log_enabled(LogLevel::kFatal, "any"));
}

TEST_F(LogTest, LevelsHaveLog4jNames) {
  EXPECT_EQ(log_level_from("warn"), LogLevel::kWarn);
  EXPECT_EQ(log_level_from("FATAL"), LogLevel::kFatal);
  EXPECT_EQ(log_level_from("WARNING"), std::nullopt);
  EXPECT_EQ(to_string(LogLevel::kError), "ERROR");
}

}  // namespace
}  // namespace barnabas::env
