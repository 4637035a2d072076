#include "controller/unseen_restarts.h"

#include "tests/unit/controller/cluster.h"

namespace barnabas::controller::testing {
namespace {

using ::testing::ElementsAre;

class UnseenRestartTest : public ClusterTest {
 protected:
  // A topic on 2 and 3, led by 2; then nobody is controller.
  void leave_without_controller() {
    Node& node = start(1);
    join(2);
    join(3);
    settle();
    create(node, "t", {{2, 3}});
    loop.run(node.stop());
    nodes.clear();
  }
  void restart(int id) {
    die(id);
    join(id);
  }
};

// With its power it may have lost what only its page cache had; the other replica has it all.
TEST_F(UnseenRestartTest, ALeaderThatRestartedWhileNobodyWasControllerDoesNotLeadOn) {
  leave_without_controller();
  restart(2);
  start(4);
  const auto state = read_state("t", 0);
  EXPECT_EQ(state.leader, BrokerId{3});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{3}));
}

TEST_F(UnseenRestartTest, AFollowerThatRestartedLeavesTheIsr) {
  leave_without_controller();
  restart(3);
  start(4);
  const auto state = read_state("t", 0);
  EXPECT_EQ(state.leader, BrokerId{2});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{2}));
}

TEST_F(UnseenRestartTest, WhereAllHaveRestartedTheIsrStays) {
  leave_without_controller();
  restart(2);
  restart(3);
  start(4);
  const auto state = read_state("t", 0);
  EXPECT_EQ(state.leader, BrokerId{2});
  EXPECT_THAT(state.isr, ElementsAre(BrokerId{2}, BrokerId{3}));
}

TEST_F(UnseenRestartTest, WithoutARestartNothingIsWritten) {
  leave_without_controller();
  const auto before = state("t", 0);
  start(4);
  EXPECT_EQ(state("t", 0), before);
}

}  // namespace
}  // namespace barnabas::controller::testing
