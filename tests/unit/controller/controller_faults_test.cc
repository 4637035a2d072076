// The controller when ZooKeeper loses requests and replies, sessions expire, and others want the
// role.
#include "tests/unit/controller/faults.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::Blow;
using testing::ClusterTest;
using testing::each_step;
using ::testing::ElementsAre;
using testing::FaultyCluster;
using ::testing::IsEmpty;
using testing::Node;
using zk::model::Fate;
using zk::model::SessionId;

// One life of a small cluster: a topic made, grown, an ISR shrunk, a log directory lost, a broker
// shut down, lost and found, a topic deleted.
class Story : public FaultyCluster {
 public:
  using FaultyCluster::FaultyCluster;

  void run() {
    start_all();
    make("t", {{3, 4, 1}, {4, 3, 2}});
    make("gone", {{3, 4}});
    grow("t");
    until_done([this] {
      propose_isr("t", 0, {3, 4});
      return testing::plain(read_state("t", 0).isr) == std::vector{3, 4};
    });
    make("d", {{4, 3}});
    brokers.in_failed_directory[4]["d"] = {0};
    operate(zk::Create{zk::paths::kLogDirEventPrefix, zk::LogDirEvent{BrokerId{4}}.encode(),
                       zk::CreateMode::kPersistentSequential});
    until_done([this] { return led_by(3, "d", 0); });
    until_done([this] { return server.tree().find(zk::paths::kLogDirEvents)->children.empty(); });
    shut_down(3);
    die(3);
    until_done([this] { return led_by(4, "t", 0); });
    join(3);
    until_done([this] { return one_controller(); });
    unmake("gone");
    until_done([this] { return !exists("/admin/delete_topics/gone"); });
    settle();
  }

  void expect_a_good_end() {
    EXPECT_TRUE(one_controller());
    EXPECT_FALSE(exists("/brokers/topics/gone"));
    EXPECT_FALSE(exists("/config/topics/gone"));
    for (int p = 0; p < 3; ++p) {
      ASSERT_TRUE(exists(zk::paths::partition_state({"t", PartitionIndex{p}})))
          << "partition " << p;
      const auto state = read_state("t", p);
      EXPECT_TRUE(has(state.isr, state.leader)) << "partition " << p;
      EXPECT_FALSE(has(state.isr, BrokerId{3}) && p < 2) << "partition " << p;
    }
    // Whoever hosts a partition has been told of its last state.
    for (const int broker : {3, 4}) {
      EXPECT_TRUE(last_told(broker, "t", 0)) << "broker " << broker;
    }
  }

 private:
  bool led_by(int broker, const std::string& topic, int partition) {
    return exists(zk::paths::partition_state({topic, PartitionIndex{partition}})) &&
           read_state(topic, partition).leader == BrokerId{broker};
  }
  bool last_told(int broker, const std::string& topic, int partition) {
    const auto state = read_state(topic, partition);
    const auto all = brokers.all_to<protocol::LeaderAndIsrRequest>(broker);
    for (auto request = all.rbegin(); request != all.rend(); ++request) {
      for (const auto& entry : request->topic_states) {
        for (const auto& p : entry.partition_states) {
          if (entry.topic_name != topic || p.partition_index.value != partition) continue;
          return p.leader == state.leader && p.leader_epoch == state.leader_epoch;
        }
      }
    }
    return false;
  }
  void grow(const std::string& name) {
    Growth growth;
    growth.topic = name;
    growth.count = 3;
    growth.brokers = {{BrokerId{1}, {}}, {BrokerId{3}, {}}, {BrokerId{4}, {}}};
    growth.assignments = {{BrokerId{4}, BrokerId{1}, BrokerId{3}}};
    until_done([&] {
      const auto done = loop.run(nodes[1]->admin.add_partitions(growth));
      return done.has_value() || done.error().code == ErrorCode::kInvalidPartitions;
    });
    until_done([&] { return exists(zk::paths::partition_state({name, PartitionIndex{2}})); });
  }
  void shut_down(int id) {
    until_done([&] {
      Node* node = active();
      if (node == nullptr) return false;
      protocol::ControlledShutdownRequest request;
      request.broker_id = BrokerId{id};
      request.broker_epoch = epoch_of(id);
      const auto done = loop.run(node->controller.controlled_shutdown(std::move(request)));
      return done.error_code == ErrorCode::kNone && !led_by(id, "t", 0);
    });
  }
  void unmake(const std::string& name) {
    until_done([&] {
      const auto done = remove(*nodes[1], name);
      return done.has_value() || done.error().code == ErrorCode::kUnknownTopicOrPartition;
    });
  }
};

TEST(ControllerFaultsTest, ALostRequestAtAnyStepChangesNothing) {
  each_step<Story>(Blow::kLoseRequest);
}

TEST(ControllerFaultsTest, ALostReplyAtAnyStepChangesNothing) {
  each_step<Story>(Blow::kLoseReply);
}

TEST(ControllerFaultsTest, ASessionThatExpiresAtAnyStepIsSurvived) {
  each_step<Story>(Blow::kExpire);
}

class ContentionTest : public ClusterTest {};

// The captured loser: create fails with NODEEXISTS, the epoch stays.
TEST_F(ContentionTest, OfTwoCandidatesOneWins) {
  add(1);
  add(2);
  for (auto& node : nodes) loop.start(node->start());
  loop.pass(1s);
  EXPECT_NE(nodes[0]->controller.is_active(), nodes[1]->controller.is_active());
  EXPECT_EQ(nodes[0]->controller.active_controller(), nodes[1]->controller.active_controller());
  EXPECT_EQ(data("/controller_epoch"), "1");
}

TEST_F(ContentionTest, TheLoserWritesWhatWasCaptured) {
  Node& first = start(1);
  Node& second = start(2);
  first.take_log();
  second.take_log();
  operate(zk::Delete{"/controller"});  // both see it go at the same time
  settle();
  EXPECT_NE(first.controller.is_active(), second.controller.is_active());
  Node& loser = first.controller.is_active() ? second : first;
  EXPECT_THAT(loser.take_log(),
              ElementsAre("multi[error NODEEXISTS ; error RUNTIMEINCONSISTENCY]"));
}

TEST_F(ContentionTest, WhenTheControllersSessionExpiresAnotherTakesOver) {
  Node& first = start(1);
  Node& second = start(2);
  server.expire(first.client.session_id());
  loop.pass(1s);
  EXPECT_TRUE(second.controller.is_active());
  EXPECT_FALSE(first.controller.is_active());
  EXPECT_EQ(first.controller.active_controller(), BrokerId{2});
  EXPECT_EQ(second.controller.epoch(), ControllerEpoch{2});
}

// Cut off, it does not know that it was replaced; back, its writes meet the fence or a dead
// session.
TEST_F(ContentionTest, AControllerThatWasCutOffWritesNothingOfItsOldTerm) {
  Node& first = start(1);
  Node& second = start(2);
  join(3);
  settle();
  ASSERT_TRUE(create(second, "t", {{3, 2}}).has_value());
  const auto cut_session = first.client.session_id();
  server.cut(cut_session);
  loop.pass(20s);  // longer than its session
  ASSERT_TRUE(second.controller.is_active());
  die(3);
  settle();
  EXPECT_EQ(read_state("t", 0).controller_epoch, ControllerEpoch{2});
  brokers.sent.clear();
  server.heal(cut_session);
  loop.pass(5s);
  EXPECT_FALSE(first.controller.is_active());
  EXPECT_EQ(read_state("t", 0).controller_epoch, ControllerEpoch{2});
  for (const auto& sent : brokers.sent) {
    const auto epoch =
        std::visit([](const auto& request) { return request.controller_epoch; }, sent.request);
    EXPECT_EQ(epoch, ControllerEpoch{2});
  }
}

// The fence alone tells it: somebody raised the epoch, nobody touched /controller. The new term
// finds broker 3 dead and holds an election, which takes it out of the ISR at once (epoch 1).
TEST_F(ContentionTest, ARefusedFenceEndsTheTermAndStartsAnElection) {
  Node& node = lead({2, 3}, {{3, 2}});
  operate(zk::SetData{"/controller_epoch", "7"});
  die(3);
  settle();
  EXPECT_TRUE(node.controller.is_active());
  EXPECT_EQ(node.controller.epoch(), ControllerEpoch{8});
  EXPECT_EQ(state("t", 0),
            R"({"controller_epoch":8,"leader":2,"version":1,"leader_epoch":1,"isr":[2]})");
}

// A state written by a later controller is not touched, even if the fence would let it pass.
TEST_F(ContentionTest, AStateOfALaterControllerIsLeftAlone) {
  lead({2, 3}, {{3, 2}});
  const std::string later =
      R"({"controller_epoch":9,"leader":3,"version":1,"leader_epoch":4,"isr":[3,2]})";
  operate(zk::SetData{"/brokers/topics/t/partitions/0/state", later});
  die(3);
  settle();
  EXPECT_EQ(state("t", 0), later);
}

// The leader changed the ISR while the controller was electing: read again, decide again.
TEST_F(ContentionTest, AnElectionThatIsOvertakenIsHeldAgain) {
  lead({2, 3, 4}, {{3, 2, 4}});
  bool overtaken = false;
  server.set_fate([&](SessionId, const zk::Request& request) {
    const auto* multi = std::get_if<zk::Multi>(&request);
    const auto* set = multi == nullptr ? nullptr : std::get_if<zk::SetData>(&multi->ops.back());
    if (set == nullptr || !set->path.ends_with("/state") || std::exchange(overtaken, true)) {
      return Fate::kDeliver;
    }
    operate(zk::SetData{
        set->path,
        R"({"controller_epoch":1,"leader":3,"version":1,"leader_epoch":0,"isr":[3,4]})"});
    return Fate::kDeliver;
  });
  die(3);
  settle();
  EXPECT_TRUE(overtaken);
  EXPECT_EQ(state("t", 0),
            R"({"controller_epoch":1,"leader":4,"version":1,"leader_epoch":1,"isr":[4]})");
}

TEST_F(ContentionTest, ANodeOfAnEarlierSessionIsNotTakenForOurs) {
  operate(zk::Create{"/controller_epoch", "3"});
  operate(zk::Create{"/controller",
                     R"({"version":2,"brokerid":1,"timestamp":"0","kraftControllerEpoch":-1})"});
  Node& node = start(1);
  EXPECT_FALSE(node.controller.is_active());
  operate(zk::Delete{"/controller"});
  settle();
  EXPECT_TRUE(node.controller.is_active());
  EXPECT_EQ(node.controller.epoch(), ControllerEpoch{4});
}

TEST_F(ContentionTest, AKRaftControllerIsNotReplaced) {
  operate(zk::Create{"/controller",
                     R"({"version":2,"brokerid":3000,"timestamp":"0","kraftControllerEpoch":5})"});
  Node& node = start(1);
  EXPECT_FALSE(node.controller.is_active());
  EXPECT_EQ(node.controller.active_controller(), BrokerId{3000});
}

// 10,000 partitions: what a broker's death costs grows with the partitions, not with their square.
TEST_F(ContentionTest, TenThousandPartitionsFailOverInAFewRequestsEach) {
  constexpr int kTopics = 100;
  constexpr int kPartitions = 100;
  join(2);
  join(3);
  for (int t = 0; t < kTopics; ++t) {
    zk::TopicAssignment topic;
    topic.topic_id = random_topic_id(random);
    for (int p = 0; p < kPartitions; ++p) {
      const int first = 2 + p % 2;
      topic.partitions[PartitionIndex{p}].replicas = {BrokerId{first}, BrokerId{5 - first}};
    }
    operate(zk::Create{"/brokers/topics/t" + std::to_string(t), topic.encode()});
  }
  int requests = 0;
  server.set_fate([&](SessionId, const zk::Request&) {
    ++requests;
    return Fate::kDeliver;
  });
  start(1);
  constexpr int kAll = kTopics * kPartitions;
  EXPECT_EQ(read_state("t99", 99).leader, BrokerId{3});
  EXPECT_LT(requests, 4 * kAll);
  requests = 0;
  brokers.sent.clear();
  die(3);
  settle();
  EXPECT_EQ(read_state("t99", 99).leader, BrokerId{2});
  EXPECT_EQ(read_state("t99", 98).isr, std::vector{BrokerId{2}});
  EXPECT_LT(requests, 4 * kAll);
  EXPECT_EQ(brokers.lines_to(2).size(), 4u);  // an election and a shrinking, each told at once
}

}  // namespace
}  // namespace barnabas::controller
