// Elections that somebody asks for, through a whole controller.
#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::ClusterTest;
using ::testing::Contains;
using testing::Node;

constexpr const char* kLegacy = "/admin/preferred_replica_election";

class LeaderElectionsTest : public ClusterTest {
 protected:
  void begin() { node_ = &lead({2, 3}, {{3, 2}}); }
  // Broker 2 leads, 3 is back in the ISR if `in_sync`.
  void stray(bool in_sync = true) {
    die(3);
    settle();
    join(3);
    settle();
    if (!in_sync) return;
    auto state = read_state("t", 0);
    ASSERT_EQ(state.leader, BrokerId{2});
    state.isr = {BrokerId{2}, BrokerId{3}};
    operate(zk::SetData{zk::paths::partition_state({"t", PartitionIndex{0}}), state.encode()});
  }
  // A reassignment to what is assigned makes the controller read the state.
  void read_isr() {
    protocol::AlterPartitionReassignmentsRequest request;
    request.topics.push_back({"t", {{PartitionIndex{0}, {{BrokerId{3}, BrokerId{2}}}}}});
    loop.run(node_->controller.alter_partition_reassignments(std::move(request)));
  }
  AdminResult<BrokerId> elect(ElectionType type, TopicPartition tp = {"t", PartitionIndex{0}}) {
    const auto results = loop.run(node_->controller.elect_leaders({type, {tp}}));
    return results.at(tp);
  }
  BrokerId leader() { return read_state("t", 0).leader; }
  Node* node_ = nullptr;
};

TEST_F(LeaderElectionsTest, ThePreferredReplicaLeadsAgainWhenAsked) {
  begin();
  stray();
  EXPECT_EQ(elect(ElectionType::kPreferred), BrokerId{3});
  EXPECT_EQ(leader(), BrokerId{3});
  EXPECT_EQ(elect(ElectionType::kPreferred).error().code, ErrorCode::kElectionNotNeeded);
}

TEST_F(LeaderElectionsTest, APreferredReplicaOutOfSyncCannotLead) {
  begin();
  stray(false);
  EXPECT_EQ(elect(ElectionType::kPreferred).error(),
            (AdminError{ErrorCode::kPreferredLeaderNotAvailable,
                        "Failed to elect leader for partition t-0 under strategy "
                        "PreferredReplicaPartitionLeaderElectionStrategy"}));
}

// Whoever asks for it accepts the loss; the state says that there may be one.
TEST_F(LeaderElectionsTest, AnUncleanElectionTakesWhoeverIsAlive) {
  begin();
  stray(false);
  die(2);
  settle();
  EXPECT_EQ(leader(), kNoBroker);
  EXPECT_EQ(elect(ElectionType::kPreferred).error().code, ErrorCode::kPreferredLeaderNotAvailable);
  EXPECT_EQ(elect(ElectionType::kUnclean), BrokerId{3});
  EXPECT_TRUE(read_state("t", 0).recovering);
}

TEST_F(LeaderElectionsTest, WithNobodyAliveAnUncleanElectionFails) {
  begin();
  die(2);
  die(3);
  settle();
  EXPECT_EQ(elect(ElectionType::kUnclean).error(),
            (AdminError{ErrorCode::kEligibleLeadersNotAvailable,
                        "Failed to elect leader for partition t-0 under strategy "
                        "OfflinePartitionLeaderElectionStrategy(true)"}));
}

TEST_F(LeaderElectionsTest, OnlyTheControllerHoldsElections) {
  begin();
  Node& second = start(4);
  const TopicPartition tp{"t", PartitionIndex{0}};
  const auto results = loop.run(second.controller.elect_leaders({ElectionType::kPreferred, {tp}}));
  EXPECT_EQ(results.at(tp).error(), (AdminError{ErrorCode::kNotController, ""}));
}

// Deleting the node uses up the watch: it has to be set again for the next.
TEST_F(LeaderElectionsTest, AnOldToolMayAskMoreThanOnce) {
  begin();
  for (int i = 0; i < 3; ++i) {
    stray();
    operate(zk::Create{kLegacy, R"({"version":1,"partitions":[{"topic":"t","partition":0}]})"});
    settle();
    EXPECT_EQ(leader(), BrokerId{3}) << i;
    EXPECT_FALSE(exists(kLegacy)) << i;
  }
}

TEST_F(LeaderElectionsTest, LeadersGoHomeFiveSecondsAfterAFailover) {
  begin();
  stray();
  operate(zk::Delete{"/controller"});
  loop.pass(4900ms);
  EXPECT_EQ(leader(), BrokerId{2});
  loop.pass(200ms);
  EXPECT_EQ(leader(), BrokerId{3});
}

// The first run came too early for it.
TEST_F(LeaderElectionsTest, ThenTheyAreLookedAtInTheGivenInterval) {
  config.leader_imbalance_check_interval = 60s;
  begin();
  loop.pass(10s);
  stray();
  read_isr();
  loop.pass(50s);
  EXPECT_EQ(leader(), BrokerId{2});
  loop.pass(10s);
  EXPECT_EQ(leader(), BrokerId{3});
}

TEST_F(LeaderElectionsTest, TheyStayWhereTheyAreIfNobodyWantsThemBack) {
  config.auto_leader_rebalance = false;
  begin();
  stray();
  read_isr();
  loop.pass(400s);
  EXPECT_EQ(leader(), BrokerId{2});
}

}  // namespace
}  // namespace barnabas::controller
