#include "log/producer_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace barnabas::log {
namespace {

constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();

// A small language: producer 7's batches one after the other.
class ProducerStateTest : public testing::Test {
 protected:
  ProducerBatch batch(std::int32_t sequence, std::int16_t epoch = 0, std::int32_t count = 1) {
    ProducerBatch b;
    b.id = ProducerId(7);
    b.epoch = ProducerEpoch(epoch);
    b.first_sequence = Sequence(sequence);
    const std::int64_t last = std::int64_t{sequence} + count - 1;
    b.last_sequence = Sequence(static_cast<std::int32_t>(last > kMax ? last - kMax - 1 : last));
    b.first_offset = next;
    b.last_offset = next + std::int64_t{count - 1};
    b.timestamp = Timestamp(1000);
    return b;
  }
  ErrorCode check(const ProducerBatch& b, Checks checks = Checks::kClient) {
    const auto error = state.check(b, checks);
    return error ? error->code : ErrorCode::kNone;
  }
  void add(const ProducerBatch& b) {
    state.apply(b);
    next = b.last_offset + 1;
  }
  ProducerBatch transactional(std::int64_t id) {
    ProducerBatch b = batch(0);
    b.id = ProducerId(id);
    b.transactional = true;
    return b;
  }
  std::optional<CompletedTransaction> end(std::int64_t id, bool commit,
                                          std::int32_t coordinator = 0) {
    ProducerBatch b = batch(-1);
    b.id = ProducerId(id);
    b.control = true;
    b.marker = EndMarker{commit, coordinator};
    const auto done = state.apply(b);
    if (done) state.complete(*done);
    next = b.last_offset + 1;
    return done;
  }

  ProducerState state;
  Offset next{0};
};

TEST_F(ProducerStateTest, AnUnknownProducerMayBeginAnywhere) {
  EXPECT_EQ(check(batch(0)), ErrorCode::kNone);
  EXPECT_EQ(check(batch(5)), ErrorCode::kNone);
}

TEST_F(ProducerStateTest, ASequenceMustFollow) {
  add(batch(0));
  add(batch(1));
  EXPECT_EQ(check(batch(3)), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(check(batch(1)), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(check(batch(2)), ErrorCode::kNone);
}

TEST_F(ProducerStateTest, SequencesWrapAfterTheLargest) {
  add(batch(kMax, 0, 2));
  EXPECT_EQ(state.entries()[0].last_sequence(), Sequence(0));
  EXPECT_EQ(check(batch(1)), ErrorCode::kNone);
  EXPECT_EQ(state.find_duplicate(batch(kMax, 0, 2))->first_offset(), Offset(0));
}

TEST_F(ProducerStateTest, TheLastFiveBatchesAreKnownAsDuplicates) {
  for (int i = 0; i < 8; ++i) add(batch(i));
  EXPECT_FALSE(state.find_duplicate(batch(2)).has_value());
  for (int i = 3; i < 8; ++i) EXPECT_EQ(state.find_duplicate(batch(i))->last_offset, Offset(i));
  EXPECT_FALSE(state.find_duplicate(batch(3, 0, 2)).has_value());  // overlaps: no duplicate
  EXPECT_FALSE(state.find_duplicate(batch(3, 1)).has_value());
}

TEST_F(ProducerStateTest, ANewEpochBeginsAtZeroAndAnOldOneIsFenced) {
  add(batch(0));
  EXPECT_EQ(check(batch(5, 1)), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(check(batch(0, 1)), ErrorCode::kNone);
  add(batch(0, 1));
  EXPECT_EQ(check(batch(1, 0)), ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(check(batch(1, 0), Checks::kNone), ErrorCode::kNone);
}

TEST_F(ProducerStateTest, CoordinatorsBatchesCarryNoSequences) {
  add(batch(0));
  EXPECT_EQ(check(batch(9), Checks::kCoordinator), ErrorCode::kNone);
  EXPECT_EQ(check(batch(9, -1), Checks::kCoordinator), ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerStateTest, APlainBatchInsideATransactionIsRefused) {
  add(transactional(7));
  EXPECT_EQ(check(batch(1)), ErrorCode::kInvalidTxnState);
}

TEST_F(ProducerStateTest, AMarkerOfAnOlderCoordinatorIsFenced) {
  add(transactional(7));
  end(7, true, 5);
  ProducerBatch marker = batch(-1);
  marker.control = true;
  marker.marker = EndMarker{true, 4};
  EXPECT_EQ(check(marker, Checks::kCoordinator), ErrorCode::kTransactionCoordinatorFenced);
  marker.marker->coordinator_epoch = 5;
  EXPECT_EQ(check(marker, Checks::kCoordinator), ErrorCode::kNone);
}

TEST_F(ProducerStateTest, TheFirstOpenTransactionIsUnstable) {
  add(batch(0));
  EXPECT_FALSE(state.first_unstable(Offset(10)).has_value());
  add(transactional(1));  // at 1
  add(transactional(2));  // at 2
  EXPECT_EQ(state.first_unstable(Offset(10)), Offset(1));
  EXPECT_FALSE(state.first_unstable(Offset(1)).has_value());
  end(1, true);  // marker at 3
  EXPECT_EQ(state.first_unstable(Offset(10)), Offset(2));
}

// Until its marker is replicated a finished transaction could still be undone by a new leader.
TEST_F(ProducerStateTest, AnEndedTransactionIsUnstableUntilItsMarkerIsReplicated) {
  add(transactional(1));  // 0
  end(1, false);          // 1
  EXPECT_EQ(state.first_unstable(Offset(1)), Offset(0));
  EXPECT_FALSE(state.first_unstable(Offset(2)).has_value());
  state.forget_replicated(Offset(2));
  EXPECT_FALSE(state.first_unstable(Offset(2)).has_value());
}

TEST_F(ProducerStateTest, AnAbortedTransactionKnowsItsLastStableOffset) {
  add(transactional(1));  // 0
  add(transactional(2));  // 1
  ProducerBatch marker = batch(-1);
  marker.id = ProducerId(1);
  marker.control = true;
  marker.marker = EndMarker{false, 0};
  const auto done = state.apply(marker);
  ASSERT_TRUE(done.has_value());
  EXPECT_TRUE(done->aborted);
  EXPECT_EQ(state.last_stable_after(*done), Offset(1));  // producer 2's is still open
}

TEST_F(ProducerStateTest, AMarkerWithoutDataEndsNothing) {
  EXPECT_FALSE(end(1, false).has_value());
  EXPECT_EQ(state.entries()[0].coordinator_epoch, 0);
}

TEST_F(ProducerStateTest, OnlyIdleProducersWithoutATransactionExpire) {
  add(batch(0));  // at time 1000
  add(transactional(8));
  state.expire(Timestamp(1099), 100);
  EXPECT_EQ(state.size(), 2u);
  state.expire(Timestamp(1100), 100);
  EXPECT_EQ(state.size(), 1u);
  EXPECT_TRUE(state.has_open_transaction(ProducerId(8)));
  EXPECT_EQ(check(batch(77)), ErrorCode::kNone);
}

}  // namespace
}  // namespace barnabas::log
