// The files on disk after each step: those a real 3.9 broker leaves (the samples), name for name
// and byte for byte.
#include <algorithm>

#include "log/index_entry.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class LayoutTest : public LogTest {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::directory_iterator(dir()))
      out.push_back(e.path().filename());
    std::ranges::sort(out);
    return out;
  }
  std::uint64_t size_of(const std::string& name) const {
    return std::filesystem::file_size(dir() + "/" + name);
  }
  // Appends the batches of a captured log as their producers sent them: base offset 0, one by one.
  void replay(Log& to, const std::string& captured) {
    auto bytes = bytes_of(sample(captured));
    env::MutableBytes rest = bytes;
    while (!rest.empty()) {
      const auto batch = records::next_batch(rest);
      ASSERT_TRUE(batch.has_value());
      const Origin origin = batch->is_control() ? Origin::kCoordinator : Origin::kClient;
      const std::size_t size = batch->size();
      records::MutableBatch(*batch, rest.first(size)).set_base_offset(Offset(0));
      Appendable set{rest.first(size), origin, 11};
      ASSERT_EQ(to.append_as_leader({&set, 1}, LeaderEpoch(0), Timestamp(clock.ms))[0].error,
                ErrorCode::kNone);
      rest = rest.subspan(size);
    }
  }
};

TEST_F(LayoutTest, ANewDirectoryHoldsEmptyCheckpoints) {
  start();
  for (const char* name : {"recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
                           "replication-offset-checkpoint", "cleaner-offset-checkpoint", ".lock"}) {
    EXPECT_EQ(std::filesystem::file_size(root() + "/" + name), 0u) << name;
  }
}

TEST_F(LayoutTest, ANewPartitionHasPreSizedSparseIndexes) {
  start();
  const auto t = log();
  ASSERT_TRUE(t->assign_epoch_start(LeaderEpoch(0), Offset(0)).has_value());
  EXPECT_THAT(names(), ElementsAre("00000000000000000000.index", "00000000000000000000.log",
                                   "00000000000000000000.timeindex", "leader-epoch-checkpoint",
                                   "partition.metadata"));
  EXPECT_EQ(size_of("00000000000000000000.index"), 10485760u);
  EXPECT_EQ(size_of("00000000000000000000.timeindex"), 10485756u);
  EXPECT_EQ(file("leader-epoch-checkpoint"), "0\n1\n0 0\n");
  EXPECT_EQ(file("partition.metadata"), "version: 0\ntopic_id: " + to_string(topic_id));
}

// Before it has an epoch, too; in a directory that was without it, from the next load on.
TEST_F(LayoutTest, APartitionAlwaysHasAFileOfLeaderEpochs) {
  start();
  (void)log();
  EXPECT_EQ(size_of("leader-epoch-checkpoint"), 0u);
  stop();
  ASSERT_TRUE(std::filesystem::remove(dir() + "/leader-epoch-checkpoint"));
  start();
  EXPECT_EQ(size_of("leader-epoch-checkpoint"), 0u);
}

// samples/rolled.*: segment.bytes=1500, index.interval.bytes=200.
TEST_F(LayoutTest, ARolledSegmentHasKafkasIndexesAndSnapshot) {
  config->segment_bytes = 1500;
  config->index_interval_bytes = 200;
  start();
  const auto t = log();
  replay(*t, "rolled.log");
  append(*t, {.values = {std::string(150, 'x')}, .timestamp = 1'700'000'008'000});
  EXPECT_EQ(file("00000000000000000000.log"), sample("rolled.log"));
  EXPECT_EQ(file("00000000000000000000.index"), sample("rolled.index"));
  EXPECT_EQ(file("00000000000000000000.timeindex"), sample("rolled.timeindex"));
  EXPECT_EQ(file("00000000000000000008.snapshot"), sample("rolled.snapshot"));
  EXPECT_EQ(t->segment_count(), 2u);
  EXPECT_EQ(t->recovery_point(), Offset(0));
  run_chores();
  EXPECT_EQ(t->recovery_point(), Offset(8));
}

TEST_F(LayoutTest, ACleanShutdownTrimsIndexesAndLeavesASnapshotAndTheMarker) {
  start();
  replay(*log(), "idempotent.log");
  (void)log("empty");
  stop();
  EXPECT_THAT(names(),
              ElementsAre("00000000000000000000.index", "00000000000000000000.log",
                          "00000000000000000000.timeindex", "00000000000000000003.snapshot",
                          "leader-epoch-checkpoint", "partition.metadata"));
  EXPECT_EQ(size_of("00000000000000000000.index"), 0u);
  EXPECT_EQ(size_of("00000000000000000000.timeindex"), 12u);
  EXPECT_EQ(file("00000000000000000000.log"), sample("idempotent.log"));
  EXPECT_EQ(file("00000000000000000003.snapshot"), sample("idempotent.snapshot"));
  EXPECT_EQ(read_text(root() + "/.kafka_cleanshutdown"), sample("clean-shutdown"));
  EXPECT_EQ(read_text(root() + "/recovery-point-offset-checkpoint"), "0\n2\nempty 0 0\nt 0 3\n");
  EXPECT_EQ(read_text(root() + "/log-start-offset-checkpoint"), "0\n0\n");
  EXPECT_FALSE(std::filesystem::exists(root() + "/.lock"));
  EXPECT_FALSE(std::filesystem::exists(root() + "/empty-0/00000000000000000000.snapshot"));
}

TEST_F(LayoutTest, TransactionsGiveKafkasTransactionIndexAndSnapshot) {
  start();
  const auto t = log();
  replay(*t, "transactions.log");
  EXPECT_EQ(file("00000000000000000000.log"), sample("transactions.log"));
  EXPECT_EQ(file("00000000000000000000.txnindex"), sample("transactions.txnindex"));
  EXPECT_THAT(t->aborted_transactions(Offset(0), Offset(8)).size(), 1u);
  EXPECT_EQ(t->aborted_transactions(Offset(0), Offset(8))[0].first_offset, Offset(4));
  EXPECT_TRUE(t->aborted_transactions(Offset(0), Offset(4)).empty());
  // The open transaction of producer 3 (the sample's own timestamp).
  append(*t, {.values = {"open0", "open1", "open2"},
              .timestamp = 1795242578107,
              .producer = 3,
              .epoch = 0,
              .sequence = 0,
              .transactional = true});
  EXPECT_EQ(t->last_stable_offset(Offset(11)), Offset(8));
  stop();
  EXPECT_EQ(file("00000000000000000011.snapshot"), sample("transactions.snapshot"));
}

TEST_F(LayoutTest, RetentionRenamesAndLaterRemovesAndLeavesANewEmptySegment) {
  config->segment_bytes = 1500;
  config->retention_ms = 1000;
  start();
  const auto t = log();
  replay(*t, "rolled.log");
  append(*t, {.values = {std::string(150, 'x')}, .timestamp = 1'700'000'000'000});
  clock.ms = 1'700'000'100'000;
  ASSERT_TRUE(t->assign_epoch_start(LeaderEpoch(0), Offset(0)).has_value());
  EXPECT_EQ(t->delete_old_segments(Offset(9), Timestamp(clock.ms)), 2);
  EXPECT_EQ(t->log_start_offset(), Offset(9));
  EXPECT_EQ(file("leader-epoch-checkpoint"), "0\n1\n0 9\n");
  EXPECT_TRUE(exists("00000000000000000000.log.deleted"));
  EXPECT_TRUE(exists("00000000000000000008.snapshot.deleted"));
  EXPECT_TRUE(exists("00000000000000000009.log"));
  EXPECT_TRUE(exists("00000000000000000009.snapshot"));
  run_chores();
  EXPECT_TRUE(exists("00000000000000000000.log.deleted"));
  clock.ms += config->file_delete_delay_ms;
  run_chores();
  for (const std::string& name : names())
    EXPECT_EQ(name.find(".deleted"), std::string::npos) << name;
  EXPECT_EQ(t->segment_count(), 1u);
}

// A slice handed out keeps its bytes although the segment is deleted meanwhile.
TEST_F(LayoutTest, ASliceOutlivesItsSegment) {
  config->retention_ms = 1000;
  start();
  const auto t = log();
  append(*t, {});
  const auto slice = t->read(Offset(0), 1 << 20, true, Offset(1)).value();
  clock.ms += 1'000'000;
  ASSERT_EQ(t->delete_old_segments(Offset(1), Timestamp(clock.ms)), 1);
  clock.ms += config->file_delete_delay_ms;
  run_chores();
  std::vector<std::byte> bytes(slice.slice.length);
  EXPECT_EQ(slice.slice.file->read_at(slice.slice.position, bytes), bytes.size());
  EXPECT_TRUE(records::next_batch(bytes)->crc_valid());
}

TEST_F(LayoutTest, ADeletedPartitionsDirectoryIsRenamedAndRemovedLater) {
  start();
  const auto t = log();
  append(*t, {});
  ASSERT_TRUE(manager->async_delete(t->topic_partition()).has_value());
  EXPECT_EQ(manager->find(t->topic_partition()), nullptr);
  EXPECT_FALSE(std::filesystem::exists(dir()));
  EXPECT_TRUE(t->directory().ends_with("-delete"));
  EXPECT_TRUE(std::filesystem::exists(t->directory()));
  EXPECT_EQ(append(*t, {}).error, ErrorCode::kKafkaStorageError);
  clock.ms += config->file_delete_delay_ms;
  run_chores();
  EXPECT_FALSE(std::filesystem::exists(t->directory()));
}

// The log start is listed only while it lies inside the first segment.
TEST_F(LayoutTest, TheLogStartIsCheckpointedWhereItIsNotASegmentsBase) {
  start();
  const auto t = log();
  for (int i = 0; i < 10; ++i) append(*t, {});
  ASSERT_TRUE(t->assign_epoch_start(LeaderEpoch(0), Offset(0)).has_value());
  EXPECT_EQ(t->maybe_advance_log_start(Offset(5)), true);
  EXPECT_EQ(t->maybe_advance_log_start(Offset(5)), false);
  EXPECT_EQ(file("leader-epoch-checkpoint"), "0\n1\n0 5\n");
  manager->checkpoint_log_start_offsets();
  EXPECT_EQ(read_text(root() + "/log-start-offset-checkpoint"), "0\n1\nt 0 5\n");
  stop();
  start();
  EXPECT_EQ(log()->log_start_offset(), Offset(5));
}

}  // namespace
}  // namespace barnabas::log
