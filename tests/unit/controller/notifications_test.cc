// What brokers announce through ZooKeeper: ISRs they wrote themselves, directories that failed.
#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::ClusterTest;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Node;
using ::testing::Not;

class NotificationsTest : public ClusterTest {
 protected:
  void announce(const std::string& prefix, std::string content) {
    operate(zk::Create{prefix, std::move(content), zk::CreateMode::kPersistentSequential});
    settle();
  }
  void a_directory_fails(int broker) {
    announce(zk::paths::kLogDirEventPrefix, zk::LogDirEvent{BrokerId{broker}}.encode());
  }
  bool nothing_in(const std::string& directory) {
    return server.tree().find(directory)->children.empty();
  }

  Node* const node = &lead({2, 3}, {{2, 3}, {3, 2}});
};

// A leader of an IBP before 2.7 has written its ISR and says so.
TEST_F(NotificationsTest, AnIsrThatWasWrittenByItsLeaderIsToldToAll) {
  operate(
      zk::SetData{"/brokers/topics/t/partitions/0/state",
                  R"({"controller_epoch":1,"leader":2,"version":1,"leader_epoch":0,"isr":[2]})"});
  announce(
      zk::paths::kIsrChangePrefix,
      R"({"version":1,"partitions":[{"topic":"t","partition":0},{"topic":"x","partition":9}]})");
  EXPECT_THAT(brokers.lines(), ElementsAre("1 UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0",
                                           "2 UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0",
                                           "3 UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0"));
  const auto told = brokers.all_to<protocol::UpdateMetadataRequest>(3).back();
  EXPECT_EQ(testing::plain(told.topic_states.at(0).partition_states.at(0).isr),
            std::vector<int>{2});
  EXPECT_TRUE(nothing_in(zk::paths::kIsrChanges));
}

TEST_F(NotificationsTest, ANotificationWithoutSenseIsClearedAway) {
  announce(zk::paths::kIsrChangePrefix, "nonsense");
  announce(zk::paths::kLogDirEventPrefix, "nonsense");
  EXPECT_TRUE(nothing_in(zk::paths::kIsrChanges));
  EXPECT_TRUE(nothing_in(zk::paths::kLogDirEvents));
  EXPECT_THAT(brokers.lines(), IsEmpty());
}

TEST_F(NotificationsTest, TheSecondNotificationIsHeardToo) {
  a_directory_fails(2);
  brokers.sent.clear();
  a_directory_fails(3);
  EXPECT_THAT(brokers.lines_to(3), Contains(HasSubstr("LeaderAndIsr")));
  EXPECT_TRUE(nothing_in(zk::paths::kLogDirEvents));
}

TEST_F(NotificationsTest, AReplicaInAFailedDirectoryLeadsNoMore) {
  brokers.in_failed_directory[2]["t"] = {0};
  a_directory_fails(2);
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{3});
  EXPECT_EQ(testing::plain(read_state("t", 0).isr), std::vector<int>{3});
  EXPECT_EQ(testing::plain(read_state("t", 1).isr), (std::vector<int>{3, 2}));
  EXPECT_THAT(brokers.lines_to(2), Contains(HasSubstr("StopReplica t-0")));
  EXPECT_THAT(brokers.lines_to(3), Contains(HasSubstr("offline [2]")));
}

TEST_F(NotificationsTest, AFollowerInAFailedDirectoryLeavesTheIsr) {
  brokers.in_failed_directory[2]["t"] = {1};
  a_directory_fails(2);
  EXPECT_EQ(testing::plain(read_state("t", 1).isr), std::vector<int>{3});
  EXPECT_EQ(read_state("t", 1).leader, BrokerId{3});
}

TEST_F(NotificationsTest, OfAFailedDirectoryOnlyTheFirstNewsWritesAnything) {
  brokers.in_failed_directory[2]["t"] = {0};
  a_directory_fails(2);
  node->take_log();
  a_directory_fails(2);
  EXPECT_THAT(node->take_log(), Not(Contains(HasSubstr("/state"))));
}

// The broker comes back with a new disk: its new registration forgets what was said of the old one.
TEST_F(NotificationsTest, ABrokerThatComesBackHasAllItsReplicasAgain) {
  brokers.in_failed_directory[2]["t"] = {0};
  a_directory_fails(2);
  brokers.in_failed_directory.clear();
  die(2);
  settle();
  join(2);
  settle();
  die(3);
  settle();
  EXPECT_THAT(brokers.lines_to(2).back(), Not(HasSubstr("offline [2]")));
  create(*node, "u", {{2, 1}});
  EXPECT_EQ(read_state("u", 0).leader, BrokerId{2});
}

// A new controller asks every broker anyhow, and hears it then.
TEST_F(NotificationsTest, ANewControllerLearnsOfFailedDirectoriesByItself) {
  brokers.in_failed_directory[2]["t"] = {0};
  operate(zk::Delete{"/controller"});
  loop.pass(1s);
  ASSERT_TRUE(node->controller.is_active());
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{3});
}

}  // namespace
}  // namespace barnabas::controller
