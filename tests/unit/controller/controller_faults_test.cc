// The controller when ZooKeeper loses requests and replies, sessions expire, and others want the
// role.
#include <boost/asio/post.hpp>

#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::ClusterTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Node;
using zk::model::Fate;
using zk::model::SessionId;

// What must hold at every write, whoever does it: a state is written only behind the present fence,
// with the present controller epoch, and its leader epoch never falls.
class WriteChecker {
 public:
  explicit WriteChecker(const zk::model::Tree& tree) : tree_(tree) {}

  void check(const zk::Request& request) {
    const auto* multi = std::get_if<zk::Multi>(&request);
    if (multi == nullptr || multi->ops.size() != 2) return;
    const auto* fence = std::get_if<zk::Check>(&multi->ops[0]);
    const auto* epoch = tree_.find(zk::paths::kControllerEpoch);
    if (fence == nullptr || epoch == nullptr || fence->version != epoch->version) return;
    if (const auto* set = std::get_if<zk::SetData>(&multi->ops[1])) {
      check_state(set->path, set->data, epoch->data);
    } else if (const auto* create = std::get_if<zk::Create>(&multi->ops[1])) {
      check_state(create->path, create->data, epoch->data);
    }
  }

 private:
  void check_state(const std::string& path, const zk::Data& data, const zk::Data& epoch) {
    if (!path.ends_with("/state")) return;
    const auto after = zk::PartitionState::decode(data.value()).value();
    EXPECT_EQ(std::to_string(after.controller_epoch.value), epoch.value()) << path;
    const auto* node = tree_.find(path);
    if (node == nullptr) return;
    const auto before = zk::PartitionState::decode(node->data.value()).value();
    EXPECT_GE(after.leader_epoch, before.leader_epoch) << path;
  }

  const zk::model::Tree& tree_;
};

enum class Blow { kNone, kLoseRequest, kLoseReply, kExpire };

// One life of a small cluster: two candidates, a topic made, grown, an ISR shrunk, a log directory
// lost, a broker shut down, lost and found, a topic deleted. The `step`th request of a candidate
// meets the blow.
class Story : public ClusterTest {
 public:
  Story(Blow blow, int step) : blow_(blow), step_(step) {
    server.set_fate([this](SessionId session, const zk::Request& request) {
      checker_.check(request);
      return draw(session);
    });
  }
  void TestBody() override {}

  int run() {
    join(3);
    join(4);
    add(1);
    add(2);
    for (auto& node : nodes) loop.run(node->start());
    until_done([this] { return one_controller(); });
    make("t", {{3, 4, 1}, {4, 3, 2}});
    make("gone", {{3, 4}});
    grow("t");
    shrink("t", {3, 4});
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
    return requests_;
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
  static bool has(const std::vector<BrokerId>& ids, BrokerId id) {
    return std::ranges::find(ids, id) != ids.end();
  }
  Fate draw(SessionId session) {
    if (requests_++ != step_) return Fate::kDeliver;
    switch (blow_) {
      case Blow::kNone: return Fate::kDeliver;
      case Blow::kLoseRequest: return Fate::kLoseRequest;
      case Blow::kLoseReply: return Fate::kLoseReply;
      case Blow::kExpire: break;
    }
    boost::asio::post(loop.context, [this, session] { server.expire(session); });
    return Fate::kDeliver;
  }
  template <class Done>
  void until_done(Done done) {
    bool is_done = done();
    for (int i = 0; i < 200 && !is_done; ++i) {
      loop.pass(100ms);
      is_done = done();
    }
    ASSERT_TRUE(is_done);
  }
  bool one_controller() {
    const auto node = zk::ControllerNode::decode(data("/controller"));
    int active = 0;
    bool named = false;
    for (auto& candidate : nodes) {
      if (!candidate->controller.is_active()) continue;
      ++active;
      named = named || (node && node->broker == BrokerId{candidate->id});
    }
    return active == 1 && named;
  }
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
  void make(const std::string& name, std::vector<std::vector<int>> lists) {
    until_done([&] {
      const auto made = create(*nodes[1], name, lists);
      return made.has_value() || made.error().code == ErrorCode::kTopicAlreadyExists;
    });
    until_done([&] { return exists(zk::paths::partition_state({name, PartitionIndex{0}})); });
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
  Node* active() {
    for (auto& candidate : nodes) {
      if (candidate->controller.is_active()) return candidate.get();
    }
    return nullptr;
  }
  BrokerEpoch epoch_of(BrokerId id) {
    return BrokerEpoch{server.tree().find(zk::paths::broker(id))->czxid};
  }
  // The leader asks until it is so: partition 0 has this ISR.
  void shrink(const std::string& name, std::vector<int> to) {
    const std::string path = zk::paths::partition_state({name, PartitionIndex{0}});
    until_done([&] {
      const auto now = read_state(name, 0);
      if (testing::plain(now.isr) == to) return true;
      Node* node = active();
      if (node == nullptr) return false;
      protocol::AlterPartitionRequest request;
      request.broker_id = now.leader;
      request.broker_epoch = epoch_of(now.leader);
      auto& row = request.topics.emplace_back().partitions.emplace_back();
      request.topics[0].topic_name = name;
      row.leader_epoch = now.leader_epoch;
      row.partition_epoch = PartitionEpoch{server.tree().find(path)->version};
      for (const int id : to) row.new_isr.push_back(BrokerId{id});
      loop.run(node->controller.alter_partition(0, std::move(request)));
      return false;
    });
  }
  void shut_down(int id) {
    until_done([&] {
      Node* node = active();
      if (node == nullptr) return false;
      protocol::ControlledShutdownRequest request;
      request.broker_id = BrokerId{id};
      request.broker_epoch = epoch_of(BrokerId{id});
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

  Blow blow_;
  int step_;
  int requests_ = 0;
  WriteChecker checker_{server.tree()};
};

int undisturbed() {
  Story story(Blow::kNone, -1);
  const int requests = story.run();
  story.expect_a_good_end();
  return requests;
}

void each_step(Blow blow) {
  const int steps = undisturbed();
  ASSERT_GT(steps, 100);
  for (int step = 0; step < steps; ++step) {
    SCOPED_TRACE(::testing::Message() << "step " << step);
    Story story(blow, step);
    story.run();
    story.expect_a_good_end();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(ControllerFaultsTest, ALostRequestAtAnyStepChangesNothing) { each_step(Blow::kLoseRequest); }

TEST(ControllerFaultsTest, ALostReplyAtAnyStepChangesNothing) { each_step(Blow::kLoseReply); }

TEST(ControllerFaultsTest, ASessionThatExpiresAtAnyStepIsSurvived) { each_step(Blow::kExpire); }

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
// finds broker 3 dead: its replica goes offline (epoch 1), then there is an election (epoch 2).
TEST_F(ContentionTest, ARefusedFenceEndsTheTermAndStartsAnElection) {
  Node& node = start(1);
  join(2);
  join(3);
  settle();
  create(node, "t", {{3, 2}});
  operate(zk::SetData{"/controller_epoch", "7"});
  die(3);
  settle();
  EXPECT_TRUE(node.controller.is_active());
  EXPECT_EQ(node.controller.epoch(), ControllerEpoch{8});
  EXPECT_EQ(state("t", 0),
            R"({"controller_epoch":8,"leader":2,"version":1,"leader_epoch":2,"isr":[2]})");
}

// A state written by a later controller is not touched, even if the fence would let it pass.
TEST_F(ContentionTest, AStateOfALaterControllerIsLeftAlone) {
  Node& node = start(1);
  join(2);
  join(3);
  settle();
  create(node, "t", {{3, 2}});
  const std::string later =
      R"({"controller_epoch":9,"leader":3,"version":1,"leader_epoch":4,"isr":[3,2]})";
  operate(zk::SetData{"/brokers/topics/t/partitions/0/state", later});
  die(3);
  settle();
  EXPECT_EQ(state("t", 0), later);
}

// The leader changed the ISR while the controller was electing: read again, decide again.
TEST_F(ContentionTest, AnElectionThatIsOvertakenIsHeldAgain) {
  Node& node = start(1);
  join(2);
  join(3);
  join(4);
  settle();
  create(node, "t", {{3, 2, 4}});
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
