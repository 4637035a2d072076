// Moving partitions through a whole controller, held against the captures of real 3.9 clusters.
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

constexpr const char* kLegacy = "/admin/reassign_partitions";

class ReassignmentsTest : public ClusterTest {
 protected:
  void make(const std::string& topic, std::vector<std::vector<int>> lists) {
    ASSERT_TRUE(create(*node_, topic, std::move(lists)).has_value());
    forget(*node_);
  }
  ErrorCode move(int partition, std::optional<std::vector<int>> target) {
    protocol::AlterPartitionReassignmentsRequest request;
    request.topics.push_back({"t", {}});
    auto& row = request.topics.back().partitions.emplace_back();
    row.partition_index = PartitionIndex{partition};
    if (target) row.replicas = placement({*target}).begin()->second;
    const auto response =
        loop.run(node_->controller.alter_partition_reassignments(std::move(request)));
    if (response.error_code != ErrorCode::kNone) return response.error_code;
    return response.responses.front().partitions.front().error_code;
  }
  std::vector<std::string> listed() {
    const auto response = loop.run(node_->controller.list_partition_reassignments({}));
    std::vector<std::string> lines;
    for (const auto& topic : response.topics) {
      for (const auto& p : topic.partitions) {
        lines.push_back(fmt::format("{}-{} {} adding {} removing {}", topic.name,
                                    p.partition_index.value, testing::plain(p.replicas),
                                    testing::plain(p.adding_replicas),
                                    testing::plain(p.removing_replicas)));
      }
    }
    return lines;
  }
  // As if the leader had let them into the ISR.
  void in_sync(int partition, const std::vector<int>& isr) {
    auto state = read_state("t", partition);
    state.isr = placement({isr}).begin()->second;
    operate(
        zk::SetData{zk::paths::partition_state({"t", PartitionIndex{partition}}), state.encode()});
  }
  void fail_over() {
    operate(zk::Delete{"/controller"});
    settle();
  }
  zk::TopicAssignment topic() {
    return zk::TopicAssignment::decode(data("/brokers/topics/t")).value();
  }
  std::string assigned(int partition) {
    const auto p = topic().partitions.at(PartitionIndex{partition});
    return fmt::format("{} adding {} removing {}", testing::plain(p.replicas),
                       testing::plain(p.adding), testing::plain(p.removing));
  }
  std::string json(const std::string& partitions, const std::string& adding,
                   const std::string& removing) {
    return fmt::format(
        R"({{"partitions":{},"topic_id":"{}","adding_replicas":{},"removing_replicas":{},"version":3}})",
        partitions, to_string(topic().topic_id.value()), adding, removing);
  }
  void ask_by_znode(const std::string& list) {
    operate(zk::Create{kLegacy, R"({"version":1,"partitions":[)" + list + "]}"});
    settle();
  }
  static std::string line(int partition, const std::string& replicas) {
    return fmt::format(R"({{"topic":"t","partition":{},"replicas":[{}]}})", partition, replicas);
  }

  Node* node_ = &lead({2, 3, 4});  // the controller, 1; the others are fakes
};

// Transactions 0x227 and 0x228: the topic's znode, then the state under the next leader epoch.
TEST_F(ReassignmentsTest, AMoveBeginsWithTheCapturedWrites) {
  make("t", {{3, 2}});
  EXPECT_EQ(move(0, {{4, 2}}), ErrorCode::kNone);
  settle();
  EXPECT_THAT(
      node_->take_log(),
      ElementsAre(
          "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t ->v1 " +
              json(R"({"0":[4,2,3]})", R"({"0":[4]})", R"({"0":[3]})") + "]",
          "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t/partitions/0/state "
          R"(->v1 {"controller_epoch":1,"leader":3,"version":1,"leader_epoch":1,"isr":[3,2]}])"));
  EXPECT_THAT(listed(), ElementsAre("t-0 [4, 2, 3] adding [4] removing [3]"));
}

// The origin keeps what it has, who is added makes its log.
TEST_F(ReassignmentsTest, TheOldReplicasAreToldAndTheNewOneIsToldThatItIsNew) {
  make("t", {{3, 2}});
  move(0, {{4, 2}});
  settle();
  const std::string told = "LeaderAndIsr t-0 leader 3 epoch 1 isr [3, 2] v1";
  EXPECT_THAT(brokers.lines_to(3), Contains(told));
  EXPECT_THAT(brokers.lines_to(2), Contains(told));
  EXPECT_THAT(brokers.lines_to(4), Contains(told + " new"));
  const auto request = brokers.all_to<protocol::LeaderAndIsrRequest>(4).front();
  const auto& state = request.topic_states.front().partition_states.front();
  EXPECT_EQ(testing::plain(state.replicas), (std::vector{4, 2, 3}));
  EXPECT_EQ(testing::plain(state.adding_replicas), std::vector{4});
  EXPECT_EQ(testing::plain(state.removing_replicas), std::vector{3});
}

// Transactions 0x249 to 0x24b: a leader epoch for the new set, one for the ISR without the old
// replica, the topic's znode.
TEST_F(ReassignmentsTest, AMoveEndsWithTheCapturedWritesWhenTheTargetIsInSync) {
  make("t", {{2, 3}});
  move(0, {{4, 2}});
  settle();
  in_sync(0, {2, 3, 4});
  node_->take_log();
  brokers.sent.clear();
  EXPECT_EQ(move(0, {{4, 2}}), ErrorCode::kNone);
  settle();
  EXPECT_THAT(
      node_->take_log(),
      ElementsAre(
          "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t/partitions/0/state "
          R"(->v3 {"controller_epoch":1,"leader":2,"version":1,"leader_epoch":2,"isr":[2,3,4]}])",
          "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t/partitions/0/state "
          R"(->v4 {"controller_epoch":1,"leader":2,"version":1,"leader_epoch":3,"isr":[2,4]}])",
          "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t ->v2 " +
              json(R"({"0":[4,2]})", "{}", "{}") + "]"));
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_THAT(brokers.lines_to(3), Contains("StopReplica t-0 epoch 2"));
  EXPECT_THAT(brokers.lines_to(3), Contains("StopReplica t-0 epoch 3 delete"));
}

TEST_F(ReassignmentsTest, TheLeaderIsAmongTheTargetAfterwards) {
  make("t", {{3, 2}});
  move(0, {{4, 2}});
  settle();
  in_sync(0, {3, 2, 4});
  move(0, {{4, 2}});
  settle();
  EXPECT_EQ(assigned(0), "[4, 2] adding [] removing []");
  EXPECT_NE(read_state("t", 0).leader, BrokerId{3});
  EXPECT_THAT(read_state("t", 0).isr, Not(Contains(BrokerId{3})));
}

// As captured: the same list is done at once, with a leader epoch and the topic's znode.
TEST_F(ReassignmentsTest, ATargetThatIsThereAlreadyIsDoneAtOnce) {
  make("t", {{3, 2}});
  EXPECT_EQ(move(0, {{3, 2}}), ErrorCode::kNone);
  EXPECT_EQ(read_state("t", 0).leader_epoch, LeaderEpoch{1});
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(ReassignmentsTest, FewerReplicasOrAnotherOrderNeedNoWaiting) {
  make("t", {{3, 2, 4}});
  EXPECT_EQ(move(0, {{2, 4}}), ErrorCode::kNone);
  EXPECT_EQ(assigned(0), "[2, 4] adding [] removing []");
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{2});
  EXPECT_EQ(move(0, {{4, 2}}), ErrorCode::kNone);
  EXPECT_EQ(assigned(0), "[4, 2] adding [] removing []");
}

// Transaction 0x22d; and who is no more wanted is stopped at once.
TEST_F(ReassignmentsTest, ALaterMoveTakesThePlaceOfTheFirst) {
  make("t", {{3, 2}});
  move(0, {{4, 2}});
  settle();
  brokers.sent.clear();
  EXPECT_EQ(move(0, {{1, 2}}), ErrorCode::kNone);
  settle();
  EXPECT_EQ(assigned(0), "[1, 2, 3] adding [1] removing [3]");
  EXPECT_THAT(brokers.lines_to(4), Contains(HasSubstr("delete")));
}

TEST_F(ReassignmentsTest, AReplicaThatLeadsAndIsNoMoreWantedHandsOver) {
  make("t", {{3, 2}});
  move(0, {{4, 2}});
  settle();
  in_sync(0, {3, 2, 4});
  die(3);
  settle();
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{4});
  EXPECT_EQ(move(0, {{1, 2}}), ErrorCode::kNone);
  settle();
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{2});
  EXPECT_THAT(testing::plain(read_state("t", 0).isr), ElementsAre(2));
}

// As captured: the state once, the topic's znode twice.
TEST_F(ReassignmentsTest, ACancelledMoveGoesBack) {
  make("t", {{3, 2}});
  move(0, {{4, 3}});
  settle();
  node_->take_log();
  brokers.sent.clear();
  EXPECT_EQ(move(0, std::nullopt), ErrorCode::kNone);
  settle();
  EXPECT_EQ(node_->take_log().size(), 3u);
  EXPECT_EQ(assigned(0), "[3, 2] adding [] removing []");
  EXPECT_THAT(brokers.lines_to(4), Contains(HasSubstr("delete")));
  EXPECT_EQ(move(0, std::nullopt), ErrorCode::kNoReassignmentInProgress);
}

TEST_F(ReassignmentsTest, OnlyTheControllerAnswers) {
  Node& second = start(5);
  const auto altered = loop.run(second.controller.alter_partition_reassignments({}));
  EXPECT_EQ(altered.error_code, ErrorCode::kNotController);
  EXPECT_EQ(altered.error_message, "This is not the correct controller for this cluster.");
  const auto found = loop.run(second.controller.list_partition_reassignments({}));
  EXPECT_EQ(found.error_code, ErrorCode::kNotController);
}

// The write changes one partition: what another broker adds to the topic meanwhile stays.
TEST_F(ReassignmentsTest, APartitionThatIsAddedAtTheSameTimeIsKept) {
  make("t", {{3, 2}});
  bool grown = false;
  server.set_fate([&](auto, const zk::Request& request) {
    const auto* multi = std::get_if<zk::Multi>(&request);
    const auto* set = multi == nullptr ? nullptr : std::get_if<zk::SetData>(&multi->ops.back());
    if (set != nullptr && set->path == "/brokers/topics/t" && !std::exchange(grown, true)) {
      auto now = topic();
      now.partitions[PartitionIndex{1}].replicas = {BrokerId{2}, BrokerId{3}};
      operate(zk::SetData{"/brokers/topics/t", now.encode()});
    }
    return zk::model::Fate::kDeliver;
  });
  EXPECT_EQ(move(0, {{4, 2}}), ErrorCode::kNone);
  settle();
  EXPECT_TRUE(grown);
  EXPECT_EQ(assigned(0), "[4, 2, 3] adding [4] removing [3]");
  EXPECT_EQ(read_state("t", 1).leader, BrokerId{2});
}

TEST_F(ReassignmentsTest, TheNextControllerGoesOnWithIt) {
  make("t", {{3, 2}});
  move(0, {{4, 2}});
  settle();
  in_sync(0, {3, 2, 4});
  fail_over();
  EXPECT_EQ(assigned(0), "[4, 2] adding [] removing []");
}

// Its followers are refused once the brokers are told that the topic goes: the move would not end.
TEST_F(ReassignmentsTest, ADeletionEndsTheMove) {
  make("t", {{3, 2}});
  ask_by_znode(line(0, "4,2"));
  remove(*node_, "t");
  EXPECT_EQ(move(0, {{2}}), ErrorCode::kUnknownTopicOrPartition);
  for (const int id : {2, 3, 4}) {
    EXPECT_THAT(brokers.lines_to(id),
                Contains(AllOf(HasSubstr("StopReplica t-0"), HasSubstr("delete"))));
  }
  EXPECT_FALSE(exists("/brokers/topics/t"));
  EXPECT_FALSE(exists("/admin/delete_topics/t"));
  EXPECT_FALSE(exists(kLegacy));
}

// What has moved by then must not begin to move again.
TEST_F(ReassignmentsTest, ADeletionThatWaitsForABrokerGoesOnWithNoMove) {
  make("t", {{3, 2}});
  ask_by_znode(line(0, "4,2"));
  die(3);
  remove(*node_, "t");
  EXPECT_TRUE(exists("/brokers/topics/t"));
  join(3);
  settle();
  EXPECT_FALSE(exists("/brokers/topics/t"));
  EXPECT_FALSE(exists(kLegacy));
}

// Transactions 0x264 to 0x26c: like an API move, and the node goes at the end.
TEST_F(ReassignmentsTest, AnOldToolsListIsWorkedOffAndDeleted) {
  make("t", {{3, 2}, {2, 3}});
  ask_by_znode(line(0, "4,2") + "," + line(1, "3,2"));
  EXPECT_EQ(assigned(1), "[3, 2] adding [] removing []");
  EXPECT_EQ(data(kLegacy), R"({"version":1,"partitions":[)" + line(0, "4,2") + "]}");
  in_sync(0, {3, 2, 4});
  fail_over();
  EXPECT_EQ(assigned(0), "[4, 2] adding [] removing []");
  EXPECT_FALSE(exists(kLegacy));
}

TEST_F(ReassignmentsTest, ASecondListIsNoticedToo) {
  make("t", {{3, 2}});
  ask_by_znode(line(0, "2,3"));
  EXPECT_FALSE(exists(kLegacy));
  ask_by_znode(line(0, "3,2"));
  EXPECT_FALSE(exists(kLegacy));
  EXPECT_EQ(assigned(0), "[3, 2] adding [] removing []");
}

// Kafka would notice at the next failover.
TEST_F(ReassignmentsTest, AListThatIsRewrittenIsReadAgain) {
  make("t", {{3, 2}, {2, 3}});
  ask_by_znode(line(0, "4,2"));
  operate(zk::SetData{
      kLegacy, R"({"version":1,"partitions":[)" + line(0, "4,2") + "," + line(1, "4,3") + "]}"});
  settle();
  EXPECT_EQ(assigned(1), "[4, 3, 2] adding [4] removing [2]");
  EXPECT_EQ(read_state("t", 0).leader_epoch, LeaderEpoch{1}) << "which was under way already";
}

TEST_F(ReassignmentsTest, TheNextControllerDeletesWhatWasMoving) {
  make("t", {{3, 2}});
  ask_by_znode(line(0, "4,2"));
  die(4);
  remove(*node_, "t");
  EXPECT_TRUE(exists("/brokers/topics/t"));
  join(4);
  fail_over();
  EXPECT_FALSE(exists("/brokers/topics/t"));
  EXPECT_FALSE(exists(kLegacy));
}

TEST_F(ReassignmentsTest, WhatCannotBeMovedIsStruckFromTheList) {
  make("t", {{3, 2}});
  ask_by_znode(line(9, "4,2") + "," + line(0, "4,2"));
  EXPECT_EQ(data(kLegacy), R"({"version":1,"partitions":[)" + line(0, "4,2") + "]}");
  operate(zk::SetData{kLegacy, R"({"version":1,"partitions":[)" + line(9, "4") + "]}"});
  settle();
  EXPECT_FALSE(exists(kLegacy));
}

TEST_F(ReassignmentsTest, WhoAsksByApiIsHeardBeforeAnOldTool) {
  make("t", {{3, 2}});
  ask_by_znode(line(0, "4,2"));
  EXPECT_EQ(move(0, {{1, 2}}), ErrorCode::kNone);
  settle();
  EXPECT_FALSE(exists(kLegacy));
  EXPECT_EQ(assigned(0), "[1, 2, 3] adding [1] removing [3]");
}

TEST_F(ReassignmentsTest, AListThatWasWrittenWhileNobodyWasControllerIsWorkedOff) {
  make("t", {{3, 2}});
  loop.run(node_->stop());
  nodes.clear();
  operate(zk::Create{kLegacy, R"({"version":1,"partitions":[)" + line(0, "2,3") + "]}"});
  node_ = &start(1);
  EXPECT_EQ(assigned(0), "[2, 3] adding [] removing []");
  EXPECT_FALSE(exists(kLegacy));
}

}  // namespace
}  // namespace barnabas::controller
