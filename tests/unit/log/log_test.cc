// One log over its life: segments, time, truncation, replication, transactions, producers.
#include "log/log.h"

#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OneLogTest : public LogTest {
 protected:
  void SetUp() override {
    config->segment_bytes = 300;
    config->index_interval_bytes = 100;
    start();
    t = log();
  }
  Result<Appended> follow(const Batch& batch) {
    return t->append_as_follower(encode(batch), Timestamp(clock.ms));
  }
  void fill(int count) {
    for (int i = 0; i < count; ++i) append(*t, {.timestamp = 1'700'000'000'000 + i * 1000});
  }
  std::pair<std::int64_t, std::int64_t> at_time(std::int64_t ms) {
    const auto found = t->offset_for_timestamp(Timestamp(1'700'000'000'000 + ms));
    EXPECT_TRUE(found.has_value());
    return {found->offset.value,
            found->timestamp == kNoTimestamp ? -1 : found->timestamp.value - 1'700'000'000'000};
  }
  using Pair = std::pair<std::int64_t, std::int64_t>;
  std::shared_ptr<Log> t;
};

TEST_F(OneLogTest, ReadsCrossSegments) {
  fill(40);
  EXPECT_GT(t->segment_count(), 5u);
  EXPECT_EQ(read_all(*t).size(), 40u);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(read(*t, i, 1).at(0), i);
}

// ListOffsets by time: exact inside a batch, compressed or not (Redpanda answered per batch).
TEST_F(OneLogTest, TheOffsetForATimeIsExactToTheRecord) {
  append(*t, {.values = {"a", "b", "c"}, .timestamp_step = 10});
  append(*t, {.values = {"d", "e", "f"},
              .timestamp = 1'700'000'000'100,
              .timestamp_step = 10,
              .codec = records::Codec::kGzip});
  EXPECT_EQ(at_time(-5), Pair(0, 0));
  EXPECT_EQ(at_time(10), Pair(1, 10));
  EXPECT_EQ(at_time(11), Pair(2, 20));
  EXPECT_EQ(at_time(21), Pair(3, 100));
  EXPECT_EQ(at_time(115), Pair(5, 120));
  EXPECT_EQ(at_time(121), Pair(-1, -1));
  EXPECT_EQ(t->offset_for_timestamp(Timestamp(1'700'000'000'115))->epoch, LeaderEpoch(0));
}

TEST_F(OneLogTest, TimesAreFoundAcrossSegmentsAndAfterARestart) {
  fill(40);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 40; ++i) EXPECT_EQ(at_time(i * 1000 - 1), Pair(i, i * 1000)) << i;
    EXPECT_EQ(t->offset_of_max_timestamp()->offset, Offset(39));
    t.reset();
    stop();
    start();
    t = log();
  }
}

TEST_F(OneLogTest, TheLargestTimestampIsTheFirstOfItsKind) {
  EXPECT_EQ(t->offset_of_max_timestamp()->offset, kNoOffset);
  append(*t, {.timestamp = 1'700'000'000'500});
  append(*t, {.timestamp = 1'700'000'000'900});
  append(*t, {.timestamp = 1'700'000'000'900});
  append(*t, {.timestamp = 1'700'000'000'100});
  EXPECT_EQ(t->offset_of_max_timestamp()->offset, Offset(1));
  EXPECT_EQ(t->offset_of_max_timestamp()->timestamp, Timestamp(1'700'000'000'900));
}

TEST_F(OneLogTest, RecordsBelowTheLogStartAreNotFoundByTime) {
  fill(10);
  ASSERT_TRUE(t->maybe_advance_log_start(Offset(6)).has_value());
  EXPECT_EQ(at_time(0), Pair(6, 6000));
}

// When a segment was last written to, not when it was sealed.
TEST_F(OneLogTest, SegmentsStartWhereTheirFirstRecordIsAndKeepTheirTimes) {
  fill(40);
  const auto first = dir() + "/00000000000000000000.log";
  const auto written = std::filesystem::last_write_time(first);
  const auto starts = t->segment_starts(Timestamp(7)).value();
  ASSERT_EQ(starts.size(), t->segment_count() + 1);
  EXPECT_EQ(starts[0].offset, Offset(0));
  EXPECT_EQ(starts.back().offset, Offset(40));
  EXPECT_EQ(starts.back().modified, Timestamp(7));
  ASSERT_TRUE(*t->maybe_advance_log_start(Offset(1)));
  EXPECT_EQ(t->segment_starts(Timestamp(7))->front().offset, Offset(1));
  EXPECT_EQ(std::filesystem::last_write_time(first), written);
}

TEST_F(OneLogTest, TruncationCutsSegmentsBatchesAndProducers) {
  for (int i = 0; i < 20; ++i) append(*t, {.producer = 7, .epoch = 0, .sequence = i});
  ASSERT_TRUE(t->truncate_to(Offset(5)).has_value());
  EXPECT_EQ(t->log_end_offset(), Offset(5));
  EXPECT_THAT(read_all(*t), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(append(*t, {.producer = 7, .epoch = 0, .sequence = 6}).error,
            ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(append(*t, {.producer = 7, .epoch = 0, .sequence = 5}).first_offset, Offset(5));
  t.reset();
  kill();
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(6));
}

// What is appended after a truncation is not flushed, whatever the recovery point said before.
TEST_F(OneLogTest, ATruncationBelowTheRecoveryPointIsCheckpointedAtOnce) {
  fill(6);
  ASSERT_TRUE(t->flush(Offset(6)).has_value());
  manager->checkpoint_recovery_points();
  ASSERT_TRUE(t->truncate_to(Offset(2)).has_value());
  EXPECT_EQ(t->recovery_point(), Offset(0));  // the base of the segment that was cut
  EXPECT_EQ(read_text(root() + "/recovery-point-offset-checkpoint"), "0\n1\nt 0 0\n");
}

TEST_F(OneLogTest, TruncatingFullyStartsAnewAtAnyOffset) {
  fill(10);
  ASSERT_TRUE(t->truncate_fully_and_start_at(Offset(1000)).has_value());
  EXPECT_EQ(t->log_start_offset(), Offset(1000));
  EXPECT_EQ(t->log_end_offset(), Offset(1000));
  EXPECT_EQ(t->segment_count(), 1u);
  EXPECT_EQ(follow({.base = 1000, .leader_epoch = 3})->last_offset, Offset(1000));
  EXPECT_EQ(t->latest_epoch(), LeaderEpoch(3));
  ASSERT_TRUE(t->truncate_fully_and_start_at(Offset(1000)).has_value());
  EXPECT_EQ(t->log_end_offset(), Offset(1000));
  t.reset();
  stop();
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(1000));
}

TEST_F(OneLogTest, AFollowerKeepsOffsetsEpochsAndGaps) {
  EXPECT_EQ(follow({.base = 5, .leader_epoch = 1})->last_offset, Offset(5));
  EXPECT_EQ(follow({.values = {"a", "b"}, .base = 9, .leader_epoch = 4})->last_offset, Offset(10));
  EXPECT_EQ(t->log_end_offset(), Offset(11));
  EXPECT_THAT(read(*t, 6), ElementsAre(9));
  EXPECT_EQ(t->end_offset_for_epoch(LeaderEpoch(1)).end_offset, Offset(9));
  EXPECT_EQ(t->epoch_of_offset(Offset(9)), LeaderEpoch(4));
  EXPECT_EQ(follow({.base = 10, .leader_epoch = 4}).error(), ErrorCode::kOffsetOutOfRange);
}

TEST_F(OneLogTest, AFollowerTakesMoreThanASegmentAtOnce) {
  std::vector<std::byte> many;
  for (int i = 0; i < 20; ++i) {
    const auto one = encode({.base = i, .leader_epoch = 0});
    many.insert(many.end(), one.begin(), one.end());
  }
  ASSERT_EQ(t->append_as_follower(many, Timestamp(clock.ms))->last_offset, Offset(19));
  EXPECT_GT(t->segment_count(), 2u);
  EXPECT_EQ(read_all(*t).size(), 20u);
}

TEST_F(OneLogTest, AFollowerRefusesDamage) {
  auto bytes = encode({.base = 0, .leader_epoch = 0});
  bytes[70 - 5] ^= std::byte{1};
  EXPECT_EQ(t->append_as_follower(bytes, Timestamp(clock.ms)).error(), ErrorCode::kCorruptMessage);
  EXPECT_EQ(t->log_end_offset(), Offset(0));
}

TEST_F(OneLogTest, ABatchLargerThanASegmentOrTheLimitIsRefused) {
  config->max_message_bytes = 1000;
  const auto too_big_for_segment = append(*t, {.values = {std::string(400, 'x')}});
  EXPECT_EQ(too_big_for_segment.error, ErrorCode::kRecordListTooLarge);
  EXPECT_EQ(too_big_for_segment.log_start_offset, kNoOffset);
  EXPECT_EQ(append(*t, {.values = {std::string(1000, 'x')}}).error, ErrorCode::kMessageTooLarge);
  EXPECT_EQ(t->log_end_offset(), Offset(0));
}

TEST_F(OneLogTest, ATopicsCodecConvertsTheBatch) {
  config->segment_bytes = 1 << 20;
  config->compression_type = CompressionType::kGzip;
  append(*t, {.values = {std::string(5000, 'x')}});
  EXPECT_LT(t->size(), 1000u);
  EXPECT_THAT(read(*t, 0), ElementsAre(0));
}

TEST_F(OneLogTest, LogAppendTimeIsStampedAndAnswered) {
  config->timestamp_type = TimestampType::kLogAppendTime;
  clock.ms += 77;
  EXPECT_EQ(append(*t, {}).log_append_time, Timestamp(clock.ms));
  EXPECT_EQ(t->offset_of_max_timestamp()->timestamp, Timestamp(clock.ms));
}

TEST_F(OneLogTest, AbortedTransactionsAreListedAcrossSegmentsAndSurviveRestarts) {
  config->segment_bytes = 200;
  const auto in = [&](std::int64_t id) {
    append(*t, {.producer = id, .epoch = 0, .sequence = 0, .transactional = true});
  };
  in(1);                             // 0
  in(2);                             // 1
  end_transaction(*t, 1, 0, false);  // 2
  in(3);                             // 3
  end_transaction(*t, 2, 0, true);   // 4
  end_transaction(*t, 3, 0, false);  // 5
  in(4);                             // 6
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(t->last_stable_offset(Offset(7)), Offset(6));
    const auto all = t->aborted_transactions(Offset(0), Offset(6));
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].producer_id, ProducerId(1));
    EXPECT_EQ(all[0].first_offset, Offset(0));
    EXPECT_EQ(all[1].first_offset, Offset(3));
    EXPECT_THAT(t->aborted_transactions(Offset(6), Offset(7)), IsEmpty());
    EXPECT_TRUE(t->has_open_transaction(ProducerId(4)));
    t.reset();
    if (round == 0) {
      stop();
    } else {
      kill();
    }
    start();
    t = log();
  }
}

TEST_F(OneLogTest, ExpiredProducersMayBeginAnywhereAgain) {
  append(*t, {.timestamp = clock.ms, .producer = 7, .epoch = 0, .sequence = 0});
  EXPECT_EQ(append(*t, {.producer = 7, .epoch = 0, .sequence = 9}).error,
            ErrorCode::kOutOfOrderSequenceNumber);
  clock.ms += 86'400'000;
  t->expire_producers(Timestamp(clock.ms));
  EXPECT_THAT(t->active_producers(), IsEmpty());
  EXPECT_EQ(append(*t, {.producer = 7, .epoch = 0, .sequence = 9}).error, ErrorCode::kNone);
}

TEST_F(OneLogTest, FlushMessagesMovesTheRecoveryPoint) {
  config->flush_messages = 3;
  append(*t, {});
  append(*t, {});
  EXPECT_EQ(t->recovery_point(), Offset(0));
  append(*t, {});
  EXPECT_EQ(t->recovery_point(), Offset(3));
}

TEST_F(OneLogTest, FlushMsMovesTheRecoveryPointInAChore) {
  config->flush_ms = 1000;
  append(*t, {});
  run_chores();
  clock.ms += 999;
  run_chores();
  EXPECT_EQ(t->recovery_point(), Offset(0));
  clock.ms += 1;
  run_chores();
  EXPECT_EQ(t->recovery_point(), Offset(1));
}

}  // namespace
}  // namespace barnabas::log
