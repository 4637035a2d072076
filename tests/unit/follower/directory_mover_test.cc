#include "broker/follower/directory_mover.h"

#include "tests/unit/follower/moving_world.h"

namespace barnabas::broker::follower::testing {
namespace {

using ::testing::ElementsAreArray;

class DirectoryMoverTest : public ::testing::Test {
 protected:
  void SetUp() override { start(world); }
  void TearDown() override { world.loop.run(world.mover->shutdown()); }
  static void start(MovingWorld& in) {
    ASSERT_TRUE(in.open(0));
    ASSERT_EQ(in.where(), "/a/logs/t-0");
  }
  void run() { world.loop.pass(std::chrono::seconds(30)); }

  MovingWorld world;
};

// More arrives with every piece that is copied, and none of it may be missing afterwards.
TEST_F(DirectoryMoverTest, AMoveUnderLoadLosesNothing) {
  world.produce(200);
  int left = 40;
  world.disk.before = [&] {
    if (left-- > 0) world.produce(2);
  };
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
  EXPECT_EQ(world.mover->moving(), 0u);
  EXPECT_EQ(world.logs->find_future(world.tp()), nullptr);
  world.produce(3);
  EXPECT_THAT(world.consume(), ElementsAreArray(world.first(world.produced)));
  EXPECT_EQ(world.partition->high_watermark(), Offset(world.produced));
}

// The last records are copied under the partition's lock, so producers that never pause do not keep
// a move from ending.
TEST_F(DirectoryMoverTest, AMoveEndsAlthoughProducersNeverPause) {
  world.produce(50);
  int appended_before = 0;
  world.disk.before = [&] {
    if (world.mover->moving() > 0) appended_before += world.produce(3);
  };
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
  EXPECT_GT(appended_before, 0);
  EXPECT_THAT(world.consume(), ElementsAreArray(world.first(world.produced)));
}

TEST_F(DirectoryMoverTest, AMoveWaitsWhileItsLimitIsExceeded) {
  world.produce(200);
  world.quota.set_limit(1);
  ASSERT_TRUE(world.begin_move());
  world.loop.pass(std::chrono::seconds(5));
  const auto future = world.logs->find_future(world.tp());
  ASSERT_NE(future, nullptr);
  EXPECT_GT(future->log_end_offset(), Offset{0});
  EXPECT_LT(future->log_end_offset(), Offset{200});
  world.quota.set_limit(quota::ReplicationQuota::kUnlimited);
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
}

TEST_F(DirectoryMoverTest, AnEmptyLogMovesToo) {
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
  world.produce(2);
  EXPECT_THAT(world.consume(), ElementsAreArray(world.first(2)));
}

TEST_F(DirectoryMoverTest, AMoveThatWasCancelledLeavesTheLogWhereItIs) {
  world.produce(50);
  int pieces = 0;
  world.disk.before = [&] {
    if (++pieces == 3) (void)world.logs->abandon_future(world.tp());
  };
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/a/logs/t-0");
  EXPECT_EQ(world.mover->moving(), 0u);
  EXPECT_TRUE(world.produce(1));
  EXPECT_THAT(world.consume(), ElementsAreArray(world.first(51)));
}

TEST_F(DirectoryMoverTest, AStoppedMoveGoesOnWhenItIsAskedAgain) {
  world.produce(50);
  int pieces = 0;
  world.disk.before = [&] {
    if (++pieces == 3) world.mover->stop(std::vector{world.tp()});
  };
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/a/logs/t-0");
  EXPECT_NE(world.logs->find_future(world.tp()), nullptr);
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
}

// As AlterReplicaLogDirs turns a move: the half copy goes, another one is begun.
TEST_F(DirectoryMoverTest, AMoveThatIsBegunAnewStartsWithAnEmptyCopy) {
  world.produce(50);
  int pieces = 0;
  world.disk.before = [&] {
    if (++pieces != 3) return;
    (void)world.logs->abandon_future(world.tp());
    ASSERT_TRUE(world.begin_move());
  };
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
  EXPECT_THAT(world.consume(), ElementsAreArray(world.first(50)));
}

TEST_F(DirectoryMoverTest, DeletedRecordsAreNotCopied) {
  world.produce(50);
  ASSERT_TRUE(world.partition->delete_records(Offset(30)).has_value());
  ASSERT_TRUE(world.begin_move());
  run();
  EXPECT_EQ(world.where(), "/b/logs/t-0");
  EXPECT_EQ(world.partition->log_start_offset(), Offset(30));
  EXPECT_EQ(world.partition->log_end_offset(), Offset(50));
}

// A full or broken target costs the move and nothing else, whichever operation on it fails.
TEST_F(DirectoryMoverTest, WhicheverStepFailsOnTheTargetTheLogGoesOn) {
  int ended_at_home = 0;
  for (std::uint64_t nth = 0;; ++nth) {
    MovingWorld here;
    start(here);
    here.produce(20);
    const std::uint64_t before = here.b.operations();
    here.b.fail_nth(nth, std::errc::io_error);
    here.begin_move();
    here.loop.pass(std::chrono::seconds(30));
    const bool failed = !here.logs->offline_directories().empty();
    here.loop.run(here.mover->shutdown());
    if (here.where() == "/a/logs/t-0") {
      ++ended_at_home;
      EXPECT_TRUE(here.produce(1)) << nth;
      EXPECT_THAT(here.consume(), ElementsAreArray(here.first(21))) << nth;
    }
    if (!failed && here.b.operations() - before <= nth) break;
  }
  EXPECT_GT(ended_at_home, 10);
}

class CrashTest : public ::testing::TestWithParam<bool> {};

// Whenever the process dies, or the power fails, in the middle of a move: after the restart the
// move goes on, and every record (that was flushed, for a power cut) is there.
TEST_P(CrashTest, AMoveThatACrashCutShortGoesOnAndLosesNothing) {
  const bool power = GetParam();
  bool finished = false;
  int resumed = 0;
  for (std::uint64_t nth = 0; !finished; ++nth) {
    MovingWorld world;
    ASSERT_TRUE(world.open(0));
    world.produce(20);
    ASSERT_TRUE(world.partition->log()->flush(Offset(20)).has_value());
    world.logs->checkpoint_recovery_points();
    std::uint64_t done = 0;
    const auto dead = [&](env::sim::FileOp, const std::string&) {
      return done++ < nth ? std::error_code() : std::make_error_code(std::errc::io_error);
    };
    world.a.set_fault(dead);
    world.b.set_fault(dead);
    world.begin_move();
    world.loop.pass(std::chrono::seconds(30));
    finished = done < nth;
    world.crash(power);
    ASSERT_TRUE(world.open(1)) << nth;
    EXPECT_THAT(world.consume(), ElementsAreArray(world.first(20))) << nth;
    if (world.logs->find_future(world.tp())) {
      ++resumed;
      world.mover->move(std::span(&world.partition, 1));
      world.loop.pass(std::chrono::seconds(30));
      EXPECT_EQ(world.where(), "/b/logs/t-0") << nth;
    }
    EXPECT_TRUE(world.produce(1)) << nth;
    EXPECT_THAT(world.consume(), ElementsAreArray(world.first(21))) << nth;
    world.loop.run(world.mover->shutdown());
  }
  EXPECT_GT(resumed, 10);
}
INSTANTIATE_TEST_SUITE_P(KillsAndPowerCuts, CrashTest, ::testing::Bool());

}  // namespace
}  // namespace barnabas::broker::follower::testing
