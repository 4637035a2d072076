#include "zk/native/client_log.h"

#include <gtest/gtest.h>

namespace barnabas::zk::native {
namespace {

TEST(ClientLogTest, TheCClientsLinesKeepTheirLevelAndLoseTheirPrefix) {
  const ClientLogLine line = parse_client_log(
      "2024-05-06 07:08:09,123:77(0x7f01):ZOO_INFO@check_events@2992: initiated connection\n");
  EXPECT_EQ(line.level, env::LogLevel::kInfo);
  EXPECT_EQ(line.text, "check_events@2992: initiated connection");
}

// It calls a refused connection an error; it will try the next server, so for us it is a warning.
TEST(ClientLogTest, WhatIsRetriedIsNoError) {
  EXPECT_EQ(parse_client_log("x:ZOO_ERROR@handle_socket_error_msg@2928: refused").level,
            env::LogLevel::kWarn);
}

TEST(ClientLogTest, ThePortraitOfTheMachineIsForDebugging) {
  EXPECT_EQ(parse_client_log("x:ZOO_INFO@log_env@1262: Client environment:os.arch=x").level,
            env::LogLevel::kDebug);
}

TEST(ClientLogTest, AnUnknownLineIsNotLost) {
  EXPECT_EQ(parse_client_log("strange").text, "strange");
  EXPECT_EQ(parse_client_log("strange").level, env::LogLevel::kInfo);
}

// A ZooKeeper that is away for an hour must not fill the disk with the same two lines.
TEST(ClientLogTest, RepeatedLinesBecomeRareUntilASessionIsThereAgain) {
  RepeatFilter filter;
  std::size_t printed = 0;
  for (int i = 0; i < 1000; ++i) printed += filter.admit("check_events@2985: refused") > 0 ? 1 : 0;
  EXPECT_EQ(printed, 10);  // 1, 2, 4, ... 512
  EXPECT_EQ(filter.admit("other@1: text"), 1);
  EXPECT_EQ(filter.admit("finalize_session_establishment@2866: session establishment complete"), 1);
  EXPECT_EQ(filter.admit("check_events@2985: refused"), 1);
}

}  // namespace
}  // namespace barnabas::zk::native
