// Starting on what a crash, or a real broker, left.
#include <fmt/format.h>

#include "log/index_entry.h"
#include "log/producer_snapshot.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecoveryTest : public LogTest {
 protected:
  // A partition as a real broker left it, from samples.
  void place(const std::vector<std::pair<std::string, std::string>>& files, bool clean) {
    std::filesystem::create_directories(dir());
    for (const auto& [name, from] : files) write_text(dir() + "/" + name, sample(from));
    if (clean) write_text(root() + "/.kafka_cleanshutdown", sample("clean-shutdown"));
  }
  void follow(std::int64_t base, int epoch) {
    const auto bytes = encode({.base = base, .leader_epoch = epoch});
    ASSERT_TRUE(log()->append_as_follower(bytes, Timestamp(clock.ms)).has_value());
  }
  void damage(const std::string& name, std::uint64_t at) {
    std::string content = file(name);
    content.at(at) = static_cast<char>(content.at(at) ^ 1);
    write_text(dir() + "/" + name, content);
  }
  void cut(const std::string& name, std::uint64_t bytes) {
    std::filesystem::resize_file(dir() + "/" + name,
                                 std::filesystem::file_size(dir() + "/" + name) - bytes);
  }
};

TEST_F(RecoveryTest, ACleanPartitionOfARealBrokerLoads) {
  place({{"00000000000000000000.log", "rolled.log"},
         {"00000000000000000000.index", "rolled.index"},
         {"00000000000000000000.timeindex", "rolled.timeindex"},
         {"00000000000000000008.snapshot", "rolled.snapshot"},
         {"leader-epoch-checkpoint", "leader-epoch-checkpoint"},
         {"partition.metadata", "partition.metadata"}},
        true);
  start();
  const auto t = manager->find({"t", PartitionIndex(0)});
  ASSERT_NE(t, nullptr);
  EXPECT_EQ(t->log_end_offset(), Offset(8));
  EXPECT_EQ(to_string(t->topic_id()), "m24NWUqXRM6vmRKcZgDxPw");
  EXPECT_THAT(read_all(*t), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(t->active_producers().at(0).id, ProducerId(1000));
  EXPECT_EQ(t->offset_for_timestamp(Timestamp(1'700'000'005'000))->offset, Offset(5));
  EXPECT_FALSE(std::filesystem::exists(root() + "/.kafka_cleanshutdown"));
}

// What recovery rebuilds equals what the broker itself had written.
TEST_F(RecoveryTest, AnUncleanPartitionOfARealBrokerIsRebuilt) {
  config->index_interval_bytes = 200;
  place({{"00000000000000000000.log", "rolled.log"}}, false);
  start();
  EXPECT_EQ(file("00000000000000000008.snapshot"), sample("rolled.snapshot"));
  EXPECT_EQ(file("leader-epoch-checkpoint"), "0\n1\n0 0\n");
  stop();
  EXPECT_EQ(file("00000000000000000000.index"), sample("rolled.index"));
  EXPECT_EQ(file("00000000000000000000.timeindex"), sample("rolled.timeindex"));
}

TEST_F(RecoveryTest, TheTransactionIndexIsRebuilt) {
  place({{"00000000000000000000.log", "transactions.log"}}, false);
  start();
  EXPECT_EQ(file("00000000000000000000.txnindex"), sample("transactions.txnindex"));
  EXPECT_EQ(log()->last_stable_offset(Offset(8)), Offset(8));
}

TEST_F(RecoveryTest, ATornTailIsCutAtTheLastWholeBatch) {
  start();
  auto t = log();
  for (int i = 0; i < 10; ++i) append(*t, {});
  t.reset();
  kill();
  cut("00000000000000000000.log", 5);
  start();
  t = log();
  EXPECT_EQ(t->log_end_offset(), Offset(9));
  EXPECT_THAT(read(*t, 8), ElementsAre(8));
  EXPECT_EQ(append(*t, {}).first_offset, Offset(9));
}

TEST_F(RecoveryTest, ZerosBehindTheLastBatchAreCut) {
  start();
  append(*log(), {});
  kill();
  const auto size = std::filesystem::file_size(dir() + "/00000000000000000000.log");
  std::filesystem::resize_file(dir() + "/00000000000000000000.log", size + 4096);
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(1));
  EXPECT_EQ(log()->size(), size);
}

// What compaction may leave, and what a power cut: the next segment begins later than one ends.
class CompactedRecoveryTest : public RecoveryTest {
 protected:
  // Ten records; the last one of the first segment is gone when it returns.
  void lose_the_end_of_the_first_segment() {
    config->segment_bytes = 200;
    start();
    for (int i = 0; i < 10; ++i) append(*log(), {});
    kill();
    std::int64_t second = 2;
    while (!std::filesystem::exists(dir() + fmt::format("/{:020}.log", second))) {
      ASSERT_LT(++second, 10);
    }
    const auto size = std::filesystem::file_size(dir() + "/00000000000000000000.log");
    cut("00000000000000000000.log", size / static_cast<std::uint64_t>(second));
    end = second - 1;
    config->compact = true;  // only now: the records have no keys
  }
  std::int64_t end = 0;  // of the first segment, now
};

TEST_F(CompactedRecoveryTest, WhatThePowerTookIsNoGapOfTheCleaner) {
  lose_the_end_of_the_first_segment();
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(end));
  EXPECT_EQ(log()->segment_count(), 1u);
}

TEST_F(CompactedRecoveryTest, WhereTheCleanerHasBeenThereMayBeGaps) {
  lose_the_end_of_the_first_segment();
  write_text(root() + "/cleaner-offset-checkpoint", "0\n1\nt 0 9\n");
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(10));
}

TEST_F(CompactedRecoveryTest, ASegmentWithGapsInsideMayHaveOneAtItsEnd) {
  config->segment_bytes = 200;
  start();
  for (const std::int64_t base : {0, 2, 4, 6, 8}) follow(base, 1);
  ASSERT_GT(log()->segment_count(), 1u);
  kill();
  config->compact = true;
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(9));
}

TEST_F(RecoveryTest, AFlippedBitCutsTheRestAndLaterSegments) {
  config->segment_bytes = 200;
  start();
  auto t = log();
  for (int i = 0; i < 10; ++i) append(*t, {.producer = 7, .epoch = 0, .sequence = i});
  ASSERT_GT(t->segment_count(), 3u);
  t.reset();
  kill();
  damage("00000000000000000002.log", 65);
  start();
  t = log();
  EXPECT_EQ(t->log_end_offset(), Offset(2));
  EXPECT_EQ(append(*t, {.producer = 7, .epoch = 0, .sequence = 2}).first_offset, Offset(2));
}

// Recovery reads only from the recovery point on: damage below it is not even looked at.
TEST_F(RecoveryTest, RecoveryBeginsAtTheRecoveryPoint) {
  config->segment_bytes = 200;
  start();
  auto t = log();
  for (int i = 0; i < 6; ++i) append(*t, {});
  run_chores();
  EXPECT_EQ(t->recovery_point(), Offset(4));
  manager->checkpoint_recovery_points();
  t.reset();
  kill();
  damage("00000000000000000002.log", 65);
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(6));
}

// Batches that a half-undone truncation left behind the new ones have a good CRC but the wrong
// offsets.
TEST_F(RecoveryTest, BatchesThatDoNotFollowEndTheLog) {
  start();
  auto t = log();
  for (int i = 0; i < 4; ++i) append(*t, {});
  t.reset();
  kill();
  std::string content = file("00000000000000000000.log");
  content += content.substr(0, content.size() / 4);
  write_text(dir() + "/00000000000000000000.log", content);
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(4));
}

TEST_F(RecoveryTest, AMissingOrBrokenIndexIsRebuiltFromItsSegmentAlone) {
  config->segment_bytes = 500;
  config->index_interval_bytes = 50;
  start();
  for (int i = 0; i < 20; ++i) append(*log(), {.producer = 7, .epoch = 0, .sequence = i});
  stop();
  const std::string good = file("00000000000000000000.index");
  ASSERT_FALSE(good.empty());
  std::filesystem::remove(dir() + "/00000000000000000000.index");
  write_text(dir() + "/00000000000000000007.timeindex", "odd");
  const std::string snapshot = file("00000000000000000014.snapshot");
  start();
  EXPECT_EQ(file("00000000000000000000.index"), good);
  EXPECT_EQ(file("00000000000000000014.snapshot"), snapshot);
  EXPECT_THAT(read(*log(), 3, 1), ElementsAre(3));
  EXPECT_EQ(log()->log_end_offset(), Offset(20));
}

TEST_F(RecoveryTest, ABrokenSnapshotFallsBackToAnOlderOneAndReplays) {
  start();
  for (int i = 0; i < 5; ++i) append(*log(), {.producer = 7, .epoch = 0, .sequence = i});
  stop();
  damage("00000000000000000005.snapshot", 20);
  start();
  EXPECT_TRUE(append(*log(), {.producer = 7, .epoch = 0, .sequence = 4}).duplicate);
}

TEST_F(RecoveryTest, LeftOversOfDeletionAndCleaningGo) {
  start();
  append(*log(), {});
  stop();
  write_text(dir() + "/00000000000000000000.log.deleted", "x");
  write_text(dir() + "/00000000000000000000.index.cleaned", "x");
  write_text(dir() + "/00000000000000000050.index", std::string(8, 'x'));
  start();
  EXPECT_FALSE(exists("00000000000000000000.log.deleted"));
  EXPECT_FALSE(exists("00000000000000000000.index.cleaned"));
  EXPECT_FALSE(exists("00000000000000000050.index"));
  EXPECT_EQ(log()->log_end_offset(), Offset(1));
}

// Compaction ended between its two renames: the swap file replaces what it was made of.
TEST_F(RecoveryTest, AFinishedSwapReplacesItsSegments) {
  config->segment_bytes = 200;
  start();
  for (int i = 0; i < 6; ++i) append(*log(), {});
  stop();
  const std::string merged = file("00000000000000000000.log") + file("00000000000000000002.log");
  write_text(dir() + "/00000000000000000000.log.swap", merged);
  start();
  EXPECT_FALSE(exists("00000000000000000000.log.swap"));
  EXPECT_FALSE(exists("00000000000000000002.log"));
  EXPECT_EQ(file("00000000000000000000.log"), merged);
  EXPECT_THAT(read_all(*log()), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(RecoveryTest, ALogEndBelowTheLogStartRestartsAtTheLogStart) {
  start();
  for (int i = 0; i < 3; ++i) append(*log(), {});
  stop();
  write_text(root() + "/log-start-offset-checkpoint", "0\n1\nt 0 100\n");
  start();
  EXPECT_EQ(log()->log_start_offset(), Offset(100));
  EXPECT_EQ(log()->log_end_offset(), Offset(100));
  EXPECT_EQ(append(*log(), {}).first_offset, Offset(100));
}

TEST_F(RecoveryTest, UnreadableEpochsAreReadFromTheBatches) {
  start();
  append(*log(), {});
  stop();
  write_text(dir() + "/leader-epoch-checkpoint", "0\n7\n");
  start();
  EXPECT_EQ(log()->latest_epoch(), LeaderEpoch(0));
}

// Nothing else tells of what lies before the recovery point, and a power cut may empty the file.
TEST_F(RecoveryTest, AnEmptiedEpochFileIsReadFromTheBatches) {
  config->segment_bytes = 300;
  start();
  for (int i = 0; i < 8; ++i) follow(i, i / 4);
  ASSERT_TRUE(log()->flush(Offset(8)).has_value());
  manager->checkpoint_recovery_points();
  kill();
  write_text(dir() + "/leader-epoch-checkpoint", "");
  start();
  EXPECT_EQ(log()->latest_epoch(), LeaderEpoch(1));
  EXPECT_EQ(log()->end_offset_for_epoch(LeaderEpoch(0)).end_offset, Offset(4));
}

TEST_F(RecoveryTest, AnEpochFileOlderThanATruncationIsPutRight) {
  start();
  for (int i = 0; i < 8; ++i) follow(i, i < 4 ? 3 : 5);
  const std::string old = file("leader-epoch-checkpoint");
  ASSERT_TRUE(log()->truncate_to(Offset(4)).has_value());
  for (int i = 4; i < 6; ++i) follow(i, 3);
  kill();
  write_text(dir() + "/leader-epoch-checkpoint", old);
  start();
  EXPECT_EQ(log()->latest_epoch(), LeaderEpoch(3));
  EXPECT_EQ(log()->end_offset_for_epoch(LeaderEpoch(3)).end_offset, Offset(6));
  EXPECT_EQ(file("leader-epoch-checkpoint"), "0\n1\n3 0\n");
}

// A power failure may undo a truncation and what was written after it, but not the epochs' file:
// records of a deposed leader must not pass for those of the next.
TEST_F(RecoveryTest, EpochsThatTheBatchesContradictGo) {
  start();
  append(*log(), {.values = {"a", "b", "c"}});
  kill();
  write_text(dir() + "/leader-epoch-checkpoint", "0\n2\n1 0\n2 2\n");
  start();
  EXPECT_EQ(log()->latest_epoch(), LeaderEpoch(0));
  EXPECT_EQ(log()->end_offset_for_epoch(LeaderEpoch(0)).end_offset, Offset(3));
}

TEST_F(RecoveryTest, BatchesOfAnEarlierEpochThanThoseBeforeThemEndTheLog) {
  start();
  const auto append_in = [&](std::int32_t epoch, const std::string& value) {
    auto bytes = encode({.values = {value}});
    Appendable set{bytes, Origin::kClient, 11};
    log()->append_as_leader({&set, 1}, LeaderEpoch(epoch), Timestamp(clock.ms));
  };
  for (int i = 0; i < 4; ++i) append_in(0, "old");
  const std::string old = file("00000000000000000000.log");
  ASSERT_TRUE(log()->truncate_to(Offset(1)).has_value());
  append_in(1, "new");
  kill();
  const std::string kept = file("00000000000000000000.log");
  write_text(dir() + "/00000000000000000000.log", kept + old.substr(kept.size()));
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(2));
  EXPECT_EQ(log()->latest_epoch(), LeaderEpoch(1));
}

TEST_F(RecoveryTest, AnUncleanStartRecoversASecondTimeToTheSame) {
  config->segment_bytes = 300;
  start();
  for (int i = 0; i < 12; ++i) append(*log(), {.producer = 7, .epoch = 0, .sequence = i});
  for (int round = 0; round < 3; ++round) {
    kill();
    start();
    EXPECT_EQ(log()->log_end_offset(), Offset(12));
    EXPECT_EQ(read_all(*log()).size(), 12u);
    EXPECT_TRUE(append(*log(), {.producer = 7, .epoch = 0, .sequence = 11}).duplicate);
  }
}

TEST_F(RecoveryTest, AnEmptyPartitionRestarts) {
  start();
  (void)log();
  kill();
  start();
  EXPECT_EQ(log()->log_end_offset(), Offset(0));
  stop();
  start();
  EXPECT_EQ(append(*log(), {}).first_offset, Offset(0));
}

}  // namespace
}  // namespace barnabas::log
