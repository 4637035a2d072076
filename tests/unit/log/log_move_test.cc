// Logs that move between two log directories (KIP-113).
#include <regex>

#include "log/directory_name.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

class LogMoveTest : public TwoDirectoriesTest {
 protected:
  static TopicPartition tp() { return {"t", PartitionIndex(0)}; }

  // A log of `records` in a, and its copy with as many in b.
  void make_pair(int records = 3) {
    start_both();
    manager->prefer_directory(tp(), a());
    const auto current = log();
    for (int i = 0; i < records; ++i) append(*current, {});
    append_to_copy(*current, *future());
  }
  std::shared_ptr<Log> future() {
    auto made = manager->get_or_create_future(tp(), b(), topic_id, config);
    EXPECT_TRUE(made.has_value());
    return made ? *made : nullptr;
  }
  void append_to_copy(Log& from, Log& to) {
    for (std::int64_t at = to.log_end_offset().value; at < from.log_end_offset().value; ++at) {
      const auto bytes = encode({.base = at, .leader_epoch = 0});
      EXPECT_TRUE(to.append_as_follower(bytes, Timestamp(clock.ms)).has_value());
    }
  }
  Swapped swap() {
    EXPECT_TRUE(manager->prepare_swap(manager->find_future(tp())).has_value());
    auto swapped = manager->swap(manager->find_future(tp()));
    EXPECT_TRUE(swapped.has_value());
    return swapped.value_or(Swapped{});
  }
  // The partition's directories, marked names as "b/t-0.future".
  std::vector<std::string> directories() const {
    std::vector<std::string> names;
    for (const char* root : {"a", "b"}) {
      for (const auto& e : std::filesystem::directory_iterator(directory.path() + "/" + root)) {
        if (!e.is_directory()) continue;
        names.push_back(
            std::string(root) + "/" +
            std::regex_replace(e.path().filename().string(), std::regex("[0-9a-f]{32}-"), ""));
      }
    }
    std::ranges::sort(names);
    return names;
  }
  static std::string path_of(const std::string& root, const std::string& mark) {
    for (const auto& e : std::filesystem::directory_iterator(root)) {
      if (e.path().string().ends_with(mark)) return e.path();
    }
    return {};
  }
};

TEST_F(LogMoveTest, AFutureLogLiesInTheOtherDirectoryUnderItsOwnName) {
  make_pair();
  EXPECT_THAT(directories(), ElementsAre("a/t-0", "b/t-0.future"));
  const std::string path = manager->find_future(tp())->directory();
  EXPECT_THAT(path, MatchesRegex(b() + "/t-0\\.[0-9a-f]{32}-future"));
  EXPECT_EQ(manager->find(tp())->directory(), a() + "/t-0");
  EXPECT_THAT(manager->all(), SizeIs(2));
}

TEST_F(LogMoveTest, AFutureLogTakesTheLogsPlaceAndGoesOn) {
  make_pair();
  const Swapped swapped = swap();
  manager->settle_swap(tp(), swapped, Offset(2));
  EXPECT_THAT(directories(), ElementsAre("a/t-0.delete", "b/t-0"));
  EXPECT_EQ(manager->find_future(tp()), nullptr);
  EXPECT_EQ(log(), swapped.log);
  append(*swapped.log, {});
  EXPECT_TRUE(swapped.log->flush(Offset(4)).has_value());
  EXPECT_THAT(read_all(*log()), ElementsAre(0, 1, 2, 3));
  EXPECT_FALSE(std::filesystem::exists(b() + "/t-0/takes-over"));
  clock.ms += config->file_delete_delay_ms;
  run_chores();
  EXPECT_THAT(directories(), ElementsAre("b/t-0"));
}

TEST_F(LogMoveTest, TheCheckpointsOfBothDirectoriesSayWhereTheLogIsNow) {
  make_pair();
  manager->checkpoint_recovery_points();
  manager->checkpoint_high_watermarks({{tp(), Offset(3)}});
  EXPECT_EQ(read_text(a() + "/replication-offset-checkpoint"), "0\n1\nt 0 3\n");
  EXPECT_EQ(read_text(b() + "/replication-offset-checkpoint"), "0\n1\nt 0 3\n");
  manager->settle_swap(tp(), swap(), Offset(2));
  EXPECT_EQ(read_text(a() + "/recovery-point-offset-checkpoint"), "0\n0\n");
  EXPECT_EQ(read_text(b() + "/recovery-point-offset-checkpoint"), "0\n1\nt 0 3\n");
  EXPECT_EQ(read_text(a() + "/replication-offset-checkpoint"), "0\n0\n");
  EXPECT_EQ(read_text(b() + "/replication-offset-checkpoint"), "0\n1\nt 0 2\n");
}

TEST_F(LogMoveTest, ACopyIsFoundAgainAfterARestart) {
  make_pair();
  stop();
  start_both();
  ASSERT_NE(manager->find_future(tp()), nullptr);
  EXPECT_EQ(manager->find_future(tp())->log_end_offset(), Offset(3));
  EXPECT_EQ(manager->find(tp())->directory(), a() + "/t-0");
}

TEST_F(LogMoveTest, AnAbandonedCopyIsDeletedAndAnotherCanBeMade) {
  make_pair();
  EXPECT_TRUE(manager->abandon_future(tp()).has_value());
  EXPECT_THAT(directories(), ElementsAre("a/t-0", "b/t-0.delete"));
  EXPECT_EQ(manager->find_future(tp()), nullptr);
  EXPECT_EQ(future()->log_end_offset(), Offset(0));
  EXPECT_EQ(read_all(*log()).size(), 3u);
}

// A move may be turned to another directory while its copier is about to swap.
TEST_F(LogMoveTest, OnlyTheCopyThatIsMeantTakesTheLogsPlace) {
  make_pair();
  const auto full = manager->find_future(tp());
  ASSERT_TRUE(manager->prepare_swap(full).has_value());
  EXPECT_TRUE(manager->abandon_future(tp()).has_value());
  EXPECT_NE(future(), full);
  EXPECT_EQ(manager->swap(full).error(), ErrorCode::kReplicaNotAvailable);
  EXPECT_EQ(read_all(*log()).size(), 3u);
}

TEST_F(LogMoveTest, DeletingAPartitionDeletesItsCopyToo) {
  make_pair();
  EXPECT_TRUE(manager->async_delete(tp()).has_value());
  EXPECT_THAT(directories(), ElementsAre("a/t-0.delete", "b/t-0.delete"));
  EXPECT_THAT(manager->all(), IsEmpty());
}

TEST_F(LogMoveTest, ANewLogGoesWhereItIsPreferredOnce) {
  start_both();
  for (const char* topic : {"x", "y", "z"}) {
    manager->prefer_directory({topic, PartitionIndex(0)}, b());
    EXPECT_EQ(log(topic)->directory(), b() + "/" + topic + "-0");
  }
  EXPECT_TRUE(manager->async_delete({"x", PartitionIndex(0)}).has_value());
  EXPECT_EQ(log("x")->directory(), a() + "/x-0");
}

// kill -9 between the two renames of a swap, and after the second.
TEST_F(LogMoveTest, ACrashBetweenTheRenamesOfASwapKeepsTheNewLog) {
  make_pair();
  ASSERT_TRUE(manager->prepare_swap(manager->find_future(tp())).has_value());
  kill();
  std::filesystem::rename(path_of(b(), "-future"), b() + "/t-0");
  start_both();
  EXPECT_THAT(directories(), ElementsAre("a/t-0.delete", "b/t-0"));
  EXPECT_THAT(read_all(*log()), ElementsAre(0, 1, 2));
  stop();
  start_both();
  EXPECT_EQ(log()->directory(), b() + "/t-0");
  EXPECT_FALSE(std::filesystem::exists(b() + "/t-0/takes-over"));
}

// The directories are loaded in the order of log.dirs: here the new log comes first.
TEST_F(LogMoveTest, ACrashBetweenTheRenamesOfASwapTowardsTheFirstDirectoryKeepsTheNewLog) {
  start_both();
  manager->prefer_directory(tp(), b());
  append(*log(), {});
  const auto copy = manager->get_or_create_future(tp(), a(), topic_id, config);
  ASSERT_TRUE(copy.has_value());
  append_to_copy(*log(), **copy);
  ASSERT_TRUE(manager->prepare_swap(manager->find_future(tp())).has_value());
  kill();
  std::filesystem::rename(path_of(a(), "-future"), a() + "/t-0");
  start_both();
  EXPECT_THAT(directories(), ElementsAre("a/t-0", "b/t-0.delete"));
  EXPECT_THAT(read_all(*log()), ElementsAre(0));
}

// A power cut may keep the second rename and lose the first.
TEST_F(LogMoveTest, ACopyWhoseLogIsGoneTakesItsPlaceIfItWasAboutTo) {
  make_pair();
  ASSERT_TRUE(manager->prepare_swap(manager->find_future(tp())).has_value());
  kill();
  std::filesystem::rename(a() + "/t-0", a() + "/t-0.4a5ae5b40e454a0ab434e51ec193affb-delete");
  start_both();
  EXPECT_THAT(directories(), ElementsAre("a/t-0.delete", "b/t-0"));
  EXPECT_THAT(read_all(*log()), ElementsAre(0, 1, 2));
}

TEST_F(LogMoveTest, AHalfCopyWhoseLogIsGoneIsDeleted) {
  make_pair();
  kill();
  std::filesystem::remove_all(a() + "/t-0");
  start_both();
  EXPECT_THAT(directories(), ElementsAre("b/t-0.delete"));
}

// A disk fails, the partition is made anew on the other one, the disk comes back: 3.9 never starts
// again (Duplicate log directories found).
class ReturningDirectoryTest : public LogMoveTest {
 protected:
  // `old` records in a/t-0; then, while a is away, a log of this topic in b/t-0.
  void fail_and_remake(int old, TopicId remade) {
    start_both();
    append(*log(), old);
    stop();
    std::filesystem::rename(a(), directory.path() + "/away");
    write_text(a(), "no directory");
    start_both();
    topic_id = remade;
    EXPECT_EQ(log()->directory(), b() + "/t-0");
  }
  void append(Log& to, int records) {
    for (int i = 0; i < records; ++i) LogTest::append(to, {});
  }
  void bring_back() {
    kill();
    std::filesystem::remove(a());
    std::filesystem::rename(directory.path() + "/away", a());
    start_both();
  }
};

TEST_F(ReturningDirectoryTest, TheLogThatWasMadeInItsAbsenceTakesOver) {
  fail_and_remake(3, topic_id);
  append(*log(), 5);
  kill();
  start_both();  // still without it
  bring_back();
  EXPECT_THAT(directories(), ElementsAre("a/t-0.delete", "b/t-0"));
  EXPECT_EQ(log()->log_end_offset(), Offset(5));
  EXPECT_FALSE(std::filesystem::exists(b() + "/t-0/takes-over"));
}

TEST_F(ReturningDirectoryTest, ALogOfTheSameTopicThatIsAheadStays) {
  fail_and_remake(3, topic_id);
  append(*log(), 1);
  bring_back();
  EXPECT_THAT(directories(), ElementsAre("a/t-0", "b/t-0.delete"));
  EXPECT_EQ(log()->log_end_offset(), Offset(3));
}

TEST_F(ReturningDirectoryTest, ALogOfATopicOfBeforeGoes) {
  fail_and_remake(3, TopicId{{9}});
  append(*log(), 1);
  bring_back();
  EXPECT_THAT(directories(), ElementsAre("a/t-0.delete", "b/t-0"));
}

TEST_F(LogMoveTest, TwoLogsOfWhichNoneTakesOverStopTheStart) {
  make_pair();
  kill();
  std::filesystem::rename(path_of(b(), "-future"), b() + "/t-0");
  const auto started = try_start_both();
  ASSERT_FALSE(started.has_value());
  EXPECT_THAT(started.error(), testing::HasSubstr("Duplicate log directories found"));
}

// Kafka's UnifiedLog.logFutureDirName is not cut, as the others are.
TEST_F(LogMoveTest, ATopicWithTooLongANameCannotMove) {
  const TopicPartition longest{std::string(213, 'x'), PartitionIndex(0)};
  const TopicPartition too_long{std::string(214, 'x'), PartitionIndex(0)};
  EXPECT_EQ(future_directory_name(longest, {}).size(), 255u);
  EXPECT_EQ(future_directory_name(too_long, {}), "");
}

}  // namespace
}  // namespace barnabas::log
