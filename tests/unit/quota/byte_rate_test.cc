#include "broker/quota/byte_rate.h"

#include <gtest/gtest.h>

namespace barnabas::broker::quota {
namespace {

using namespace std::chrono_literals;

env::Instant at(env::Duration since_start) { return env::Instant() + since_start; }

// Three samples of a second each.
class ByteRateTest : public ::testing::Test {
 protected:
  ByteRate rate{RateWindow{3, 1s}};
};

TEST_F(ByteRateTest, NothingRecordedIsNothingASecond) {
  EXPECT_EQ(rate.bytes_per_second(at(5s)), 0);
}

// Else the first bytes after a pause would count as an enormous rate.
TEST_F(ByteRateTest, LessThanASampleOfTimeCountsAsAWholeOne) {
  rate.record(1000, at(0s));
  EXPECT_EQ(rate.bytes_per_second(at(1ms)), 1000);
  EXPECT_EQ(rate.bytes_per_second(at(900ms)), 1000);
}

TEST_F(ByteRateTest, TheRateIsTheSumOverTheTimeSinceTheOldestSample) {
  rate.record(1000, at(0s));
  rate.record(3000, at(1s));
  EXPECT_EQ(rate.bytes_per_second(at(2s)), 2000);
  EXPECT_EQ(rate.bytes_per_second(at(2500ms)), 1600);
}

TEST_F(ByteRateTest, TheOldestSampleMakesRoomForTheNewest) {
  for (int second = 0; second < 3; ++second) rate.record(600, at(second * 1s));
  rate.record(900, at(3s));
  EXPECT_EQ(rate.bytes_per_second(at(3500ms)), 840);  // 600 + 600 + 900 in the time since 1 s
}

TEST_F(ByteRateTest, WhatIsOlderThanTheWindowIsForgotten) {
  rate.record(1'000'000, at(0s));
  EXPECT_GT(rate.bytes_per_second(at(2999ms)), 0);
  EXPECT_EQ(rate.bytes_per_second(at(3s)), 0);
}

}  // namespace
}  // namespace barnabas::broker::quota
