// Reassignments when ZooKeeper loses requests and replies, and sessions expire.
#include "tests/unit/controller/faults.h"

namespace barnabas::controller {
namespace {

using testing::Blow;
using testing::each_step;
using testing::FaultyCluster;
using testing::Node;

constexpr const char* kLegacy = "/admin/reassign_partitions";

// One move begun, superseded and ended by API, one by the legacy znode, one cancelled.
class Moves : public FaultyCluster {
 public:
  using FaultyCluster::FaultyCluster;

  void run() {
    for (const int id : {5, 6}) join(id);
    start_all();
    make("t", {{3, 4}, {4, 3}, {3, 4}});
    move(0, {{5, 4}});
    move(0, {{6, 4}});
    let_in(0, {3, 4, 6});
    until_done([this] { return is_assigned(0, {6, 4}); });
    operate(zk::Create{
        kLegacy, R"({"version":1,"partitions":[{"topic":"t","partition":1,"replicas":[5,3]}]})"});
    until_done([this] { return is_assigned(1, {5, 3, 4}); });
    let_in(1, {4, 3, 5});
    until_done([this] { return is_assigned(1, {5, 3}) && !exists(kLegacy); });
    move(2, {{5, 3}});
    cancel(2);
    settle();
    until_done([this] { return one_controller(); });
    settle();
  }

  void expect_a_good_end() {
    EXPECT_TRUE(one_controller());
    EXPECT_TRUE(is_assigned(2, {3, 4}) || is_assigned(2, {4, 3}));
    for (int p = 0; p < 3; ++p) {
      SCOPED_TRACE(p);
      const auto assignment = assigned(p);
      const auto state = read_state("t", p);
      EXPECT_FALSE(assignment.reassigning());
      EXPECT_TRUE(has(assignment.replicas, state.leader));
      EXPECT_THAT(state.isr, ::testing::UnorderedElementsAreArray(assignment.replicas));
    }
    EXPECT_TRUE(was_stopped(3, 0));
    EXPECT_TRUE(was_stopped(4, 1));
    EXPECT_FALSE(was_stopped(3, 1));
  }

 private:
  zk::PartitionAssignment assigned(int partition) {
    const auto topic = zk::TopicAssignment::decode(data("/brokers/topics/t")).value();
    return topic.partitions.at(PartitionIndex{partition});
  }
  bool is_assigned(int partition, const std::vector<int>& replicas) {
    return testing::plain(assigned(partition).replicas) == replicas;
  }
  ErrorCode ask(int partition, std::optional<std::vector<BrokerId>> target) {
    protocol::AlterPartitionReassignmentsRequest request;
    request.topics.push_back({"t", {{PartitionIndex{partition}, std::move(target)}}});
    Node* node = active();
    if (node == nullptr) return ErrorCode::kNotController;
    const auto response =
        loop.run(node->controller.alter_partition_reassignments(std::move(request)));
    if (response.error_code != ErrorCode::kNone) return response.error_code;
    return response.responses.front().partitions.front().error_code;
  }
  // Who gets no answer, or NOT_CONTROLLER, asks again.
  void move(int partition, const std::vector<std::vector<int>>& target) {
    const auto replicas = placement(target).begin()->second;
    until_done([&] { return ask(partition, replicas) == ErrorCode::kNone; });
  }
  void cancel(int partition) {
    until_done([&] {
      const ErrorCode error = ask(partition, std::nullopt);
      return error == ErrorCode::kNone || error == ErrorCode::kNoReassignmentInProgress;
    });
  }
  // The leader finds that the last of `isr` has caught up. The move may be over at once.
  void let_in(int partition, const std::vector<int>& isr) {
    until_done([&] {
      const bool is_in = has(read_state("t", partition).isr, BrokerId{isr.back()});
      if (!is_in) propose_isr("t", partition, isr);
      return is_in;
    });
  }
  bool was_stopped(int broker, int partition) {
    for (const auto& request : brokers.all_to<protocol::StopReplicaRequest>(broker)) {
      for (const auto& topic : request.topic_states) {
        for (const auto& p : topic.partition_states) {
          if (p.partition_index.value == partition && p.delete_partition) return true;
        }
      }
    }
    return false;
  }
};

TEST(MovesFaultsTest, ALostRequestAtAnyStepChangesNothing) { each_step<Moves>(Blow::kLoseRequest); }

TEST(MovesFaultsTest, ALostReplyAtAnyStepChangesNothing) { each_step<Moves>(Blow::kLoseReply); }

TEST(MovesFaultsTest, ASessionThatExpiresAtAnyStepIsSurvived) { each_step<Moves>(Blow::kExpire); }

}  // namespace
}  // namespace barnabas::controller
