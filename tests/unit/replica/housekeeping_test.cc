#include "broker/housekeeping.h"

#include <gtest/gtest.h>

#include "env/sim/world.h"
#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker {
namespace {

using namespace std::chrono_literals;

class HousekeepingTest : public replica::testing::ReplicaManagerTest {
 protected:
  void start(config::Properties given) {
    given.emplace("zookeeper.connect", "zk:2181");
    given.emplace("log.flush.offset.checkpoint.interval.ms", "1000");
    config_.emplace(config::Config::from(std::move(given)).value());
    housekeeping_.emplace(&*config_, &logs, &manager, &node_.clock(), &node_.disk(),
                          node_.executor());
    housekeeping_->start();
  }
  void TearDown() override {
    env::Gate stopping;
    stopping.spawn(node_.executor(), housekeeping_->stop());
    world_.run_for(1s);
  }

  env::sim::World world_{1};
  env::sim::Node& node_ = world_.start("broker");
  std::optional<config::Config> config_;
  std::optional<Housekeeping> housekeeping_;
};

// Kafka gives a broker 30 s to load before its logs' jobs begin.
TEST_F(HousekeepingTest, RecoveryPointsAreFirstWrittenHalfAMinuteAfterTheStart) {
  start({});
  world_.run_for(29s);
  EXPECT_EQ(logs.recovery_point_checkpoints, 0);
  world_.run_for(3500ms);
  EXPECT_EQ(logs.recovery_point_checkpoints, 3);
}

TEST_F(HousekeepingTest, TheInitialDelayIsASetting) {
  start({{"log.initial.task.delay.ms", "200"}});
  world_.run_for(100ms);
  EXPECT_EQ(logs.recovery_point_checkpoints, 0);
  world_.run_for(2500ms);
  EXPECT_EQ(logs.recovery_point_checkpoints, 3);
}

}  // namespace
}  // namespace barnabas::broker
