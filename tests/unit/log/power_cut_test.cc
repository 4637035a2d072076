// What a power cut right after a log was made leaves of it. tests/crash goes on from there.
#include <set>

#include "env/log.h"
#include "tests/unit/log/machine.h"

namespace barnabas::log {
namespace {

constexpr std::uint64_t kSeeds = 300;

void append(Log& to, int records, LeaderEpoch epoch = LeaderEpoch(0)) {
  for (int i = 0; i < records; ++i) {
    auto bytes = encode({.values = {std::string(100, 'x')}});
    Appendable set{bytes, Origin::kClient, 11};
    const auto answer = to.append_as_leader({&set, 1}, epoch, Timestamp(1)).at(0);
    ASSERT_EQ(answer.error, ErrorCode::kNone);
  }
}

// How many records from the start on are of epoch 0.
std::int64_t of_the_first_epoch(Log& log) {
  std::int64_t count = 0;
  for (Offset next(0); next < log.log_end_offset(); next = next + 1) {
    const auto slice = log.read(next, 1, true, log.log_end_offset());
    std::vector<std::byte> bytes(slice->slice.length);
    EXPECT_EQ(slice->slice.file->read_at(slice->slice.position, bytes), bytes.size());
    if (records::next_batch(bytes)->leader_epoch() == LeaderEpoch(0)) ++count;
  }
  return count;
}

// Null if the log is gone.
std::shared_ptr<Log> after_power_cut(Machine& machine) {
  machine.volume.power_lost();
  machine.manager.reset();
  EXPECT_TRUE(machine.start());
  return machine.manager->find({"t", PartitionIndex(0)});
}

class PowerCutTest : public testing::Test {
 protected:
  PowerCutTest() { env::set_log_level("root", env::LogLevel::kOff); }
  ~PowerCutTest() override { env::set_log_level("root", env::LogLevel::kInfo); }
};

// Without the directory's own name all that was synced in it would be lost.
TEST_F(PowerCutTest, TheDirectoryOfALogIsThereOnceTheLogWasFlushed) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine{env::sim::Prng(seed)};
    ASSERT_TRUE(machine.start());
    const auto made = machine.log().value();
    append(*made, 3);
    ASSERT_TRUE(made->flush(Offset(3)).has_value());
    const auto found = after_power_cut(machine);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->log_start_offset(), Offset(0));
    EXPECT_EQ(found->log_end_offset(), Offset(3));
  }
}

// Nothing was promised, but a log of which only the end was left would have its followers delete
// theirs.
TEST_F(PowerCutTest, ALogThatWasNeverFlushedBeginsAtItsBeginningOrIsGone) {
  std::set<bool> outcomes;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine{env::sim::Prng(seed)};
    machine.config->segment_bytes = 300;
    ASSERT_TRUE(machine.start());
    append(*machine.log().value(), 8);  // in several segments
    const auto found = after_power_cut(machine);
    outcomes.insert(found != nullptr);
    if (found) EXPECT_EQ(found->log_start_offset(), Offset(0));
  }
  EXPECT_EQ(outcomes.size(), 2u);
}

// The file of the epochs is not synced when an epoch begins: recovery finds what is missing.
TEST_F(PowerCutTest, EveryRecordThatIsLeftHasTheEpochItWasWrittenIn) {
  constexpr int kPerEpoch = 3;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine{env::sim::Prng(seed)};
    machine.config->segment_bytes = 300;
    ASSERT_TRUE(machine.start());
    const auto made = machine.log().value();
    for (int offset = 0; offset < 12; ++offset) {
      const auto bytes = encode({.base = offset, .leader_epoch = offset / kPerEpoch});
      ASSERT_TRUE(made->append_as_follower(bytes, Timestamp(1)).has_value());
      if (offset == static_cast<int>(seed % 12)) {
        ASSERT_TRUE(made->flush(Offset(offset + 1)).has_value());
        machine.manager->checkpoint_recovery_points();
      }
    }
    const auto found = after_power_cut(machine);
    ASSERT_NE(found, nullptr);
    ASSERT_GT(found->log_end_offset(), Offset(static_cast<std::int64_t>(seed % 12)));
    for (Offset at{0}; at < found->log_end_offset(); at = at + 1) {
      EXPECT_EQ(found->epoch_of_offset(at), LeaderEpoch(static_cast<int>(at.value) / kPerEpoch));
    }
  }
}

// What a deposed leader had in the place of what its successor acknowledged: should it come back,
// nobody would notice, since the next record lies where it should.
TEST_F(PowerCutTest, WhatWasTruncatedDoesNotComeBack) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine{env::sim::Prng(seed)};
    machine.config->segment_bytes = 600;
    ASSERT_TRUE(machine.start());
    const auto made = machine.log().value();
    append(*made, 12);
    ASSERT_TRUE(made->flush(Offset(12)).has_value());
    const Offset kept(static_cast<std::int64_t>(seed % 6));
    ASSERT_TRUE(made->truncate_to(kept).has_value());
    append(*made, 9, LeaderEpoch(1));
    const auto found = after_power_cut(machine);
    ASSERT_NE(found, nullptr);
    EXPECT_GE(found->log_end_offset(), kept);
    EXPECT_EQ(Offset(of_the_first_epoch(*found)), kept);
  }
}

// Two logs of one partition would keep the broker from starting for ever.
TEST_F(PowerCutTest, ADeletedLogDoesNotComeBackBesideTheOneMadeElsewhere) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine{env::sim::Prng(seed)};
    machine.directories.emplace_back("/data/others");
    ASSERT_TRUE(machine.start());
    const auto first = machine.log().value();
    append(*first, 3);
    ASSERT_TRUE(first->flush(Offset(3)).has_value());
    const TopicPartition tp = first->topic_partition();
    ASSERT_TRUE(machine.manager->async_delete(tp).has_value());
    machine.manager->prefer_directory(tp, "/data/others");
    const auto second = machine.manager->get_or_create(tp, TopicId{{2}}, machine.config);
    ASSERT_EQ((*second)->directory(), "/data/others/t-0");
    after_power_cut(machine);
  }
}

}  // namespace
}  // namespace barnabas::log
