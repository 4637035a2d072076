// A small cluster in which one request to ZooKeeper meets a blow, and what must hold all the same.
#pragma once

#include <boost/asio/post.hpp>

#include "tests/unit/controller/cluster.h"

namespace barnabas::controller::testing {

using zk::model::Fate;
using zk::model::SessionId;

// What must hold at every write, whoever does it: a state is written only behind the present fence,
// with the present controller epoch, and its leader epoch never falls.
class WriteChecker {
 public:
  explicit WriteChecker(const zk::model::Tree& tree) : tree_(tree) {}

  void check(const zk::Request& request) {
    const auto* multi = std::get_if<zk::Multi>(&request);
    if (multi == nullptr || multi->ops.empty()) return;
    const auto* fence = std::get_if<zk::Check>(&multi->ops[0]);
    const auto* epoch = tree_.find(zk::paths::kControllerEpoch);
    if (fence == nullptr || epoch == nullptr || fence->version != epoch->version) return;
    for (const zk::MultiOp& op : multi->ops) {
      if (const auto* set = std::get_if<zk::SetData>(&op)) {
        check_state(set->path, set->data, epoch->data);
      } else if (const auto* create = std::get_if<zk::Create>(&op)) {
        check_state(create->path, create->data, epoch->data);
      }
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

// Two candidates, 1 and 2, and two fakes, 3 and 4. The `step`th request of a candidate meets the
// blow; every request is checked.
class FaultyCluster : public ClusterTest {
 public:
  FaultyCluster(Blow blow, int step) : blow_(blow), step_(step) {
    server.set_fate([this](SessionId session, const zk::Request& request) {
      checker_.check(request);
      return draw(session);
    });
  }
  void TestBody() override {}
  int requests() const { return requests_; }

 protected:
  void start_all() {
    join(3);
    join(4);
    add(1);
    add(2);
    for (auto& node : nodes) loop.run(node->start());
    until_done([this] { return one_controller(); });
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
  Node* active() {
    for (auto& candidate : nodes) {
      if (candidate->controller.is_active()) return candidate.get();
    }
    return nullptr;
  }
  // The leader asks once.
  void propose_isr(const std::string& name, int partition, const std::vector<int>& isr) {
    const std::string path = zk::paths::partition_state({name, PartitionIndex{partition}});
    const auto now = read_state(name, partition);
    Node* node = active();
    if (node == nullptr || now.leader == kNoBroker) return;
    protocol::AlterPartitionRequest request;
    request.broker_id = now.leader;
    request.broker_epoch = epoch_of(now.leader.value);
    auto& row = request.topics.emplace_back().partitions.emplace_back();
    request.topics[0].topic_name = name;
    row.partition_index = PartitionIndex{partition};
    row.leader_epoch = now.leader_epoch;
    row.partition_epoch = PartitionEpoch{server.tree().find(path)->version};
    for (const int id : isr) row.new_isr.push_back(BrokerId{id});
    loop.run(node->controller.alter_partition(0, std::move(request)));
  }
  void make(const std::string& name, std::vector<std::vector<int>> lists) {
    until_done([&] {
      const auto made = create(*nodes[1], name, lists);
      return made.has_value() || made.error().code == ErrorCode::kTopicAlreadyExists;
    });
    until_done([&] { return exists(zk::paths::partition_state({name, PartitionIndex{0}})); });
  }
  static bool has(const std::vector<BrokerId>& ids, BrokerId id) {
    return std::ranges::find(ids, id) != ids.end();
  }

 private:
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

  Blow blow_;
  int step_;
  int requests_ = 0;
  WriteChecker checker_{server.tree()};
};

// A Story runs, and then a good end is expected of it: once undisturbed, then with a blow at each
// of its steps.
template <class Story>
void each_step(Blow blow) {
  int steps = 0;
  {
    Story story(Blow::kNone, -1);
    story.run();
    steps = story.requests();
    story.expect_a_good_end();
  }
  ASSERT_GT(steps, 100);
  for (int step = 0; step < steps; ++step) {
    SCOPED_TRACE(::testing::Message() << "step " << step);
    Story story(blow, step);
    story.run();
    story.expect_a_good_end();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace barnabas::controller::testing
