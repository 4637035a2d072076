#include "controller/unseen_restarts.h"

#include "tests/unit/controller/cluster.h"

namespace barnabas::controller::testing {
namespace {

using ::testing::ElementsAre;

class UnseenRestartTest : public ClusterTest {
 protected:
  // A topic on 2 and 3, led by 2; then nobody is controller.
  void leave_without_controller() {
    loop.run(lead({2, 3}, {{2, 3}}).stop());
    nodes.clear();
  }
  // What a new controller makes of the topic if these brokers have restarted meanwhile.
  zk::PartitionState after_restarts_of(const std::vector<int>& ids) {
    leave_without_controller();
    for (const int id : ids) {
      die(id);
      join(id);
    }
    start(4);
    return read_state("t", 0);
  }
};

// With its power it may have lost what only its page cache had; the other replica has it all.
TEST_F(UnseenRestartTest, ALeaderThatRestartedWhileNobodyWasControllerDoesNotLeadOn) {
  const auto state = after_restarts_of({2});
  EXPECT_EQ(state.leader, BrokerId{3});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{3}));
}

TEST_F(UnseenRestartTest, AFollowerThatRestartedLeavesTheIsr) {
  const auto state = after_restarts_of({3});
  EXPECT_EQ(state.leader, BrokerId{2});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{2}));
}

TEST_F(UnseenRestartTest, WhereAllHaveRestartedTheIsrStays) {
  const auto state = after_restarts_of({2, 3});
  EXPECT_EQ(state.leader, BrokerId{2});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{2}, BrokerId{3}));
}

// Its registration stands until its session ends: nobody knows yet that it has failed, and it may
// be the one that has lost records.
TEST_F(UnseenRestartTest, ABrokerThatHasFailedIsNoWitnessAgainstTheOthers) {
  leave_without_controller();
  die(2);
  join(2);
  brokers.unreachable = {3};
  server.set_fate([this, looks = 0](auto, const zk::Request& request) mutable {
    const auto* get = std::get_if<zk::GetData>(&request);
    if (get != nullptr && get->path == zk::paths::broker(BrokerId{3}) && ++looks == 5) die(3);
    return zk::model::Fate::kDeliver;
  });
  start(4);
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{2});
  EXPECT_THAT(read_state("t", 0).isr, ElementsAre(BrokerId{2}));
}

// Only cut off from the new controller: it has everything.
TEST_F(UnseenRestartTest, WhoseRegistrationOutlivesASessionIsAWitness) {
  leave_without_controller();
  die(2);
  join(2);
  brokers.unreachable = {3};
  const auto before = loop.clock.now();
  start(4);
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{3});
  EXPECT_GE(loop.clock.now() - before, config.session_timeout);
}

TEST_F(UnseenRestartTest, WithoutARestartNothingIsWritten) {
  leave_without_controller();
  const auto before = state("t", 0);
  start(4);
  EXPECT_EQ(state("t", 0), before);
}

}  // namespace
}  // namespace barnabas::controller::testing
