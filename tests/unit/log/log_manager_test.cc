#include "log/log_manager.h"

#include "log/log_directory.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class LogManagerTest : public TwoDirectoriesTest {
 protected:
  std::string where(const std::string& topic) { return log(topic)->directory(); }
};

TEST_F(LogManagerTest, NewPartitionsGoWhereFewestAre) {
  start_both();
  std::map<std::string, int> counts;
  for (int i = 0; i < 10; ++i)
    ++counts[std::filesystem::path(where("t" + std::to_string(i))).parent_path()];
  EXPECT_EQ(counts[a()], 5);
  EXPECT_EQ(counts[b()], 5);
}

TEST_F(LogManagerTest, APartitionIsFoundAgainInItsDirectory) {
  start_both();
  const std::string first = where("x");
  const std::string second = where("y");
  stop();
  start_both();
  EXPECT_EQ(where("y"), second);
  EXPECT_EQ(where("x"), first);
  EXPECT_THAT(manager->all(), SizeIs(2));
}

TEST_F(LogManagerTest, AnotherTopicIdIsRefused) {
  start();
  (void)log();
  topic_id.bytes[0] = 99;
  const auto again = manager->get_or_create({"t", PartitionIndex(0)}, topic_id, config);
  EXPECT_EQ(again.error(), ErrorCode::kInconsistentTopicId);
}

TEST_F(LogManagerTest, ADirectoryInUseStopsTheStartInKafkasWords) {
  start();
  auto first = std::move(manager);
  EXPECT_EQ(try_start().error(),
            "Failed to acquire lock on file .lock in " + root() +
                ". A Kafka instance in another process or thread is using this directory.");
}

TEST_F(LogManagerTest, AForeignDirectoryStopsTheStart) {
  std::filesystem::create_directories(root() + "/lost+found");
  EXPECT_THAT(try_start().error(), HasSubstr("lost+found' is not in the form of topic-partition"));
}

TEST_F(LogManagerTest, PlainFilesAndTheRemoteIndexCacheAreIgnored) {
  std::filesystem::create_directories(root() + "/remote-log-index-cache");
  write_text(root() + "/notes.txt", "x");
  EXPECT_TRUE(try_start().has_value());
}

TEST_F(LogManagerTest, TheSamePartitionInTwoDirectoriesStopsTheStart) {
  std::filesystem::create_directories(a() + "/t-0");
  std::filesystem::create_directories(b() + "/t-0");
  EXPECT_THAT(try_start_both().error(), HasSubstr("Duplicate log directories found"));
}

TEST_F(LogManagerTest, OneUnusableDirectoryIsOfflineAllOfThemStopTheStart) {
  write_text(b(), "a file");
  start_both();
  EXPECT_THAT(manager->offline_directories(), ElementsAre(b()));
  EXPECT_EQ(std::filesystem::path(where("t")).parent_path(), a());
  manager.reset();
  std::filesystem::remove_all(a());
  write_text(a(), "a file");
  EXPECT_EQ(try_start_both().error(),
            "Shutdown broker because none of the specified log dirs from " + a() + ", " + b() +
                " can be created or validated");
}

// As Kafka: the directory fails, and with it the broker if it has no other.
TEST_F(LogManagerTest, ABrokenRecoveryCheckpointFailsItsDirectory) {
  std::filesystem::create_directories(a());
  write_text(a() + "/recovery-point-offset-checkpoint", "0\n5\nt 0 1\n");
  start_both();
  EXPECT_THAT(manager->offline_directories(), ElementsAre(a()));
  manager.reset();
  std::filesystem::create_directories(root());
  write_text(root() + "/recovery-point-offset-checkpoint", "0\n5\nt 0 1\n");
  EXPECT_EQ(try_start().error(),
            "Shutdown broker because all log dirs in " + root() + " have failed");
}

TEST_F(LogManagerTest, MetaPropertiesAreWrittenOnceAndKeepForeignKeys) {
  std::filesystem::create_directories(root());
  write_text(root() + "/meta.properties", "version=0\nbroker.id=1\ndirectory.id=abc\n");
  start();
  MetaProperties wanted;
  wanted.broker_id = BrokerId(1);
  wanted.cluster_id = "c";
  ASSERT_TRUE(manager->write_meta_properties(wanted).has_value());
  const std::string written = read_text(root() + "/meta.properties");
  EXPECT_THAT(written, HasSubstr("directory.id=abc"));
  EXPECT_THAT(written, HasSubstr("cluster.id=c"));
  clock.ms += 60'000;
  ASSERT_TRUE(manager->write_meta_properties(wanted).has_value());
  EXPECT_EQ(read_text(root() + "/meta.properties"), written);
  stop();
  start();
  ASSERT_TRUE(manager->write_meta_properties(wanted).has_value());
  EXPECT_EQ(read_text(root() + "/meta.properties"), written);
}

TEST_F(LogManagerTest, HighWatermarksComeBackWithinTheLogsRange) {
  start();
  for (int i = 0; i < 5; ++i) append(*log(), {});
  manager->checkpoint_high_watermarks({{{"t", PartitionIndex(0)}, Offset(3)}});
  EXPECT_EQ(read_text(root() + "/replication-offset-checkpoint"), "0\n1\nt 0 3\n");
  stop();
  start();
  EXPECT_EQ(manager->checkpointed_high_watermark({"t", PartitionIndex(0)}), Offset(3));
  EXPECT_FALSE(manager->checkpointed_high_watermark({"u", PartitionIndex(0)}).has_value());
  stop();
  write_text(root() + "/replication-offset-checkpoint", "0\n1\nt 0 30\n");
  start();
  EXPECT_EQ(manager->checkpointed_high_watermark({"t", PartitionIndex(0)}), Offset(5));
}

// The recovery point of a deleted partition must not pass for that of a new one of the same name.
TEST_F(LogManagerTest, ARecreatedPartitionDoesNotInheritCheckpoints) {
  start();
  for (int i = 0; i < 5; ++i) append(*log(), {});
  ASSERT_TRUE(log()->flush(Offset(5)).has_value());
  manager->checkpoint_recovery_points();
  manager->checkpoint_high_watermarks({{{"t", PartitionIndex(0)}, Offset(5)}});
  stop();
  start();
  ASSERT_TRUE(manager->async_delete({"t", PartitionIndex(0)}).has_value());
  (void)log();
  EXPECT_FALSE(manager->checkpointed_high_watermark({"t", PartitionIndex(0)}).has_value());
  EXPECT_EQ(read_text(root() + "/recovery-point-offset-checkpoint"), "0\n0\n");
}

TEST_F(LogManagerTest, ALogThatIsSetAsideIsKeptAndMakesRoom) {
  start();
  append(*log(), {});
  ASSERT_TRUE(manager->set_aside({"t", PartitionIndex(0)}).has_value());
  EXPECT_EQ(log()->log_end_offset(), Offset(0));
  stop();
  clock.ms += config->file_delete_delay_ms;
  start();
  run_chores();
  std::vector<std::string> aside;
  for (const auto& entry : std::filesystem::directory_iterator(root())) {
    if (entry.path().string().ends_with("-stray")) aside.push_back(entry.path().string());
  }
  EXPECT_THAT(aside, SizeIs(1));
}

TEST_F(LogManagerTest, DirectoriesMarkedForDeletionAreRemovedAfterTheDelay) {
  std::filesystem::create_directories(root() + "/t-0.4a5ae5b40e454a0ab434e51ec193affb-delete");
  start();
  EXPECT_THAT(manager->all(), SizeIs(0));
  run_chores();
  EXPECT_TRUE(std::filesystem::exists(root() + "/t-0.4a5ae5b40e454a0ab434e51ec193affb-delete"));
  clock.ms += config->file_delete_delay_ms;
  run_chores();
  EXPECT_FALSE(std::filesystem::exists(root() + "/t-0.4a5ae5b40e454a0ab434e51ec193affb-delete"));
}

TEST_F(LogManagerTest, LoadingTellsItsProgress) {
  start();
  for (const char* topic : {"x", "y", "z"}) (void)log(topic);
  stop();
  LogManagerConfig mc;
  mc.directories = {root()};
  mc.defaults = config;
  manager = make_log_manager(mc, files, clock, random);
  ASSERT_TRUE(manager->open().has_value());
  std::vector<std::size_t> loaded;
  ASSERT_TRUE(manager
                  ->load([&](const std::string&) { return config; },
                         [&](const LoadProgress& p) {
                           EXPECT_EQ(p.total, 3u);
                           loaded.push_back(p.loaded);
                         })
                  .has_value());
  EXPECT_THAT(loaded, ElementsAre(1, 2, 3));
}

// 200 partitions, three files each, through at most 64 handles.
TEST_F(LogManagerTest, FewOpenFilesServeManyPartitions) {
  start();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) append(*log("t" + std::to_string(i)), {});
  }
  std::size_t open = 0;
  for (const auto& e : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code none;
    const auto target = std::filesystem::read_symlink(e.path(), none).string();
    if (target.starts_with(directory.path())) ++open;
  }
  EXPECT_LE(open, 65u);  // and the lock
  for (int i = 0; i < 200; ++i) EXPECT_EQ(read_all(*log("t" + std::to_string(i))).size(), 2u);
}

// A file system on which something happens just before a directory is synced.
class InterruptedFiles final : public env::PosixFiles {
 public:
  env::IoResult<void> sync_directory(const std::string& path) override {
    if (const auto first = std::exchange(before_sync, nullptr)) first();
    return env::PosixFiles::sync_directory(path);
  }
  std::function<void()> before_sync;
};

// The disk threads flush a rolled segment by path while the topic's directory gets another name.
// Taken for a failure of the disk, that would end a broker with one directory.
TEST_F(LogManagerTest, ATopicDeletedWhileItsLogIsFlushedDoesNotFailTheDirectory) {
  InterruptedFiles interrupted;
  ASSERT_TRUE(try_start_on(interrupted, {root()}).has_value());
  const auto deleted = log();
  append(*deleted, {});
  interrupted.before_sync = [&] {
    EXPECT_TRUE(manager->async_delete({"t", PartitionIndex(0)}).has_value());
  };
  EXPECT_FALSE(deleted->flush(Offset(1)).has_value());
  EXPECT_EQ(append(*log("other"), {}).error, ErrorCode::kNone);
}

// A fetch in flight holds its log, and with it all that the log needs of its manager.
TEST_F(LogManagerTest, ALogThatSomebodyHoldsOutlivesItsManager) {
  start();
  const auto held = log();
  append(*held, {});
  kill();
  append(*held, {});
  EXPECT_EQ(read_all(*held).size(), 2u);
}

}  // namespace
}  // namespace barnabas::log
