#include "broker/follower/log_copy.h"

#include "tests/unit/follower/moving_world.h"

namespace barnabas::broker::follower::testing {
namespace {

using ::testing::ElementsAre;

class LogCopyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.open(0));
    log = world.logs->get_or_create({"x", PartitionIndex(0)}, {}, nullptr).value();
    copy = world.logs->get_or_create({"y", PartitionIndex(0)}, {}, nullptr).value();
  }
  void TearDown() override { world.loop.run(world.mover->shutdown()); }
  // `count` records that the leader of `epoch` wrote.
  void append(int count, int epoch) {
    for (int i = 0; i < count; ++i) {
      const auto bytes = one_record(log->log_end_offset().value, epoch);
      ASSERT_TRUE(log->append_as_follower(bytes, Timestamp(1)).has_value());
    }
  }
  void copy_all() {
    for (int steps = 0; steps < 100; ++steps) {
      const auto step = copy_step(*log, *copy, 100, Timestamp(1));
      ASSERT_TRUE(step.has_value());
      if (step->complete) return;
    }
    FAIL() << "the copy never ended";
  }
  // Each record's epoch, from the log start.
  static std::vector<int> epochs(log::Log& of) {
    std::vector<int> found;
    const auto slice = of.read(of.log_start_offset(), 1 << 20, true, of.log_end_offset());
    std::vector<std::byte> bytes(slice->slice.length);
    if (bytes.empty()) return found;
    EXPECT_EQ(slice->slice.file->read_at(slice->slice.position, bytes), bytes.size());
    for (env::Bytes rest = bytes; !rest.empty();) {
      const auto batch = records::next_batch(rest);
      found.push_back(batch->leader_epoch().value);
      rest = rest.subspan(batch->size());
    }
    return found;
  }

  MovingWorld world;
  std::shared_ptr<log::Log> log;
  std::shared_ptr<log::Log> copy;
};

TEST_F(LogCopyTest, APieceIsAtLeastOneBatch) {
  append(3, 0);
  const auto step = copy_step(*log, *copy, 1, Timestamp(1));
  EXPECT_EQ(copy->log_end_offset(), Offset(1));
  EXPECT_FALSE(step->complete);
}

// The log follows another leader, which has truncated what we had copied.
TEST_F(LogCopyTest, WhatTheLogHasLostTheCopyLosesToo) {
  append(5, 1);
  copy_all();
  ASSERT_TRUE(log->truncate_to(Offset(2)).has_value());
  append(4, 2);
  copy_all();
  EXPECT_THAT(epochs(*copy), ElementsAre(1, 1, 2, 2, 2, 2));
}

TEST_F(LogCopyTest, ACopyWithAnEpochThatTheLogHasNoMoreIsCutBelowIt) {
  append(3, 1);
  append(3, 4);
  copy_all();
  ASSERT_TRUE(log->truncate_to(Offset(2)).has_value());
  copy_all();
  EXPECT_THAT(epochs(*copy), ElementsAre(1, 1));
  append(1, 3);
  copy_all();
  EXPECT_THAT(epochs(*copy), ElementsAre(1, 1, 3));
}

TEST_F(LogCopyTest, ACopyFollowsALogThatBeganAnew) {
  append(5, 1);
  copy_all();
  ASSERT_TRUE(log->truncate_fully_and_start_at(Offset(9)).has_value());
  copy_all();
  EXPECT_EQ(copy->log_start_offset(), Offset(9));
  append(2, 2);
  copy_all();
  EXPECT_EQ(copy->log_end_offset(), Offset(11));
}

TEST_F(LogCopyTest, ACopyBeginsWhereTheLogBegins) {
  append(5, 1);
  ASSERT_TRUE(log->maybe_advance_log_start(Offset(3)).has_value());
  copy_all();
  EXPECT_EQ(copy->log_start_offset(), Offset(3));
  EXPECT_THAT(epochs(*copy), ElementsAre(1, 1));
}

// Else a leader would forget, with the swap, where its epoch begins.
TEST_F(LogCopyTest, ACompleteCopyHasTheEpochThatHasNoRecordYet) {
  append(2, 1);
  copy_all();
  ASSERT_TRUE(log->assign_epoch_start(LeaderEpoch(7), Offset(2)).has_value());
  EXPECT_EQ(complete_copy(*log, *copy, 100, Timestamp(1)), true);
  EXPECT_EQ(copy->latest_epoch(), LeaderEpoch(7));
  EXPECT_EQ(copy->end_offset_for_epoch(LeaderEpoch(1)).end_offset, Offset(2));
}

TEST_F(LogCopyTest, ACopyThatIsTooFarBehindIsNotCompletedInOneGo) {
  append(50, 1);
  EXPECT_EQ(complete_copy(*log, *copy, 100, Timestamp(1)), false);
}

}  // namespace
}  // namespace barnabas::broker::follower::testing
