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
  env::Duration time_of_election() {
    const auto before = loop.clock.now();
    loop.run(add(4).start());
    return loop.clock.now() - before;
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
  const auto expiry = loop.clock.after(loop.executor(), 1s, [this] { die(3); });
  start(4);
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{2});
  EXPECT_THAT(read_state("t", 0).isr, ElementsAre(BrokerId{2}));
}

// Every partition waits for it.
TEST_F(UnseenRestartTest, TheEndOfARegistrationIsHeardOfAtOnce) {
  leave_without_controller();
  die(2);
  join(2);
  brokers.unreachable = {3};
  const auto expiry = loop.clock.after(loop.executor(), 1s, [this] { die(3); });
  EXPECT_EQ(time_of_election(), 1s);
}

TEST_F(UnseenRestartTest, ALateAnswerIsHeardOfAtOnce) {
  leave_without_controller();
  die(2);
  join(2);
  const env::Signal answers = brokers.held[3];
  const auto release = loop.clock.after(loop.executor(), 1s, [&] { answers.set(); });
  EXPECT_EQ(time_of_election(), 1s);
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{3});
}

TEST_F(UnseenRestartTest, WhoeverShutsDownMeanwhileWaitsForNobody) {
  leave_without_controller();
  die(2);
  join(2);
  brokers.unreachable = {3};
  Node& node = add(4);
  env::Gate starting;
  starting.spawn(loop.executor(), node.start());
  loop.pass(1s);
  ASSERT_TRUE(node.controller.is_active());
  const auto before = loop.clock.now();
  loop.run(node.controller.shutdown());
  EXPECT_EQ(loop.clock.now(), before);
  starting.close();
  loop.run(starting.wait());
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
