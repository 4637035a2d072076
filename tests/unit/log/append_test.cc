#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AppendTest : public LogTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(AppendTest, OffsetsCountUpAndReadBack) {
  const auto t = log();
  EXPECT_EQ(append(*t, {.values = {"a", "b"}}).first_offset, Offset(0));
  EXPECT_EQ(append(*t, {.values = {"c"}}).first_offset, Offset(2));
  EXPECT_EQ(t->log_end_offset(), Offset(3));
  EXPECT_THAT(read(*t, 0), ElementsAre(0, 2));
  EXPECT_THAT(read(*t, 1), ElementsAre(0, 2));
  EXPECT_THAT(read(*t, 2), ElementsAre(2));
  EXPECT_THAT(read(*t, 3), IsEmpty());
}

TEST_F(AppendTest, SeveralSetsOfOneCallGetConsecutiveOffsets) {
  const auto t = log();
  auto a = encode({.values = {"a", "b"}});
  auto b = encode({.values = {"c"}});
  std::vector<Appendable> sets{{a, Origin::kClient, 11}, {b, Origin::kClient, 11}};
  const auto answers = t->append_as_leader(sets, LeaderEpoch(0), Timestamp(clock.ms));
  EXPECT_EQ(answers[0].last_offset, Offset(1));
  EXPECT_EQ(answers[1].first_offset, Offset(2));
  EXPECT_THAT(read(*t, 0), ElementsAre(0, 2));
}

// One bad set does not harm its neighbours in the call.
TEST_F(AppendTest, ABadSetBetweenGoodOnesIsRefusedAlone) {
  const auto t = log();
  auto a = encode({});
  auto bad = encode({});
  bad.back() ^= std::byte{1};
  auto c = encode({});
  std::vector<Appendable> sets{
      {a, Origin::kClient, 11}, {bad, Origin::kClient, 11}, {c, Origin::kClient, 11}};
  const auto answers = t->append_as_leader(sets, LeaderEpoch(0), Timestamp(clock.ms));
  EXPECT_EQ(answers[1].error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(answers[1].log_start_offset, kNoOffset);
  EXPECT_EQ(answers[2].first_offset, Offset(1));
  EXPECT_THAT(read(*t, 0), ElementsAre(0, 1));
}

TEST_F(AppendTest, TheUpperBoundLeavesOutABatchThatStraddlesIt) {
  const auto t = log();
  append(*t, {.values = {"a", "b"}});
  append(*t, {.values = {"c", "d"}});
  EXPECT_THAT(read(*t, 0, 1 << 20, 4), ElementsAre(0, 2));
  EXPECT_THAT(read(*t, 0, 1 << 20, 3), ElementsAre(0));
  EXPECT_THAT(read(*t, 0, 1 << 20, 2), ElementsAre(0));
  EXPECT_THAT(read(*t, 0, 1 << 20, 1), IsEmpty());
}

// As Kafka does; whoever reads takes whole batches and asks for the rest again.
TEST_F(AppendTest, MaxBytesCutsTheLastBatchButTheFirstOneMayBeGivenWhole) {
  const auto t = log();
  for (int i = 0; i < 100; ++i) append(*t, {.values = {std::string(100, 'x')}});
  const auto size = static_cast<std::uint32_t>(t->size() / 100);
  EXPECT_THAT(read(*t, 50, 3 * size), ElementsAre(50, 51, 52));
  EXPECT_THAT(read(*t, 50, 3 * size + size - 1), ElementsAre(50, 51, 52));
  EXPECT_THAT(read(*t, 50, 1), ElementsAre(50));
  EXPECT_THAT(read(*t, 99, 1), ElementsAre(99));
  const auto length = [&](std::uint32_t max_bytes, bool min_one_batch, std::int64_t upper = 100) {
    const auto slice = t->read(Offset(50), max_bytes, min_one_batch, Offset(upper));
    EXPECT_EQ(slice->first_batch_cut, max_bytes < size && !min_one_batch);
    return slice->slice.length;
  };
  EXPECT_EQ(length(3 * size + 7, true), 3 * size + 7);
  EXPECT_EQ(length(3 * size + 7, false), 3 * size + 7);
  EXPECT_EQ(length(3 * size + 7, true, 52), 2 * size);
  EXPECT_EQ(length(10, true), size);
  EXPECT_EQ(length(10, false), 10u);
}

TEST_F(AppendTest, OffsetsOutOfRangeAreRefused) {
  const auto t = log();
  append(*t, {});
  EXPECT_EQ(t->read(Offset(-1), 10, true, Offset(1)).error(), ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(t->read(Offset(2), 10, true, Offset(1)).error(), ErrorCode::kOffsetOutOfRange);
}

TEST_F(AppendTest, ACleanRestartKeepsEverything) {
  auto t = log();
  for (int i = 0; i < 10; ++i) append(*t, {.producer = 7, .epoch = 0, .sequence = i});
  t.reset();
  stop();
  start();
  t = log();
  EXPECT_EQ(t->log_end_offset(), Offset(10));
  EXPECT_EQ(t->recovery_point(), Offset(10));
  EXPECT_EQ(t->topic_id(), topic_id);
  EXPECT_TRUE(append(*t, {.producer = 7, .epoch = 0, .sequence = 9}).duplicate);
  EXPECT_EQ(append(*t, {.producer = 7, .epoch = 0, .sequence = 10}).first_offset, Offset(10));
}

TEST_F(AppendTest, AKilledProcessLosesNothing) {
  auto t = log();
  for (int i = 0; i < 10; ++i) append(*t, {.producer = 7, .epoch = 0, .sequence = i});
  t.reset();
  kill();
  start();
  t = log();
  EXPECT_EQ(t->log_end_offset(), Offset(10));
  EXPECT_EQ(t->recovery_point(), Offset(0));
  EXPECT_THAT(read(*t, 8), ElementsAre(8, 9));
  EXPECT_TRUE(append(*t, {.producer = 7, .epoch = 0, .sequence = 9}).duplicate);
}

}  // namespace
}  // namespace barnabas::log
