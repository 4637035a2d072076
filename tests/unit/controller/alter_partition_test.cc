// A leader's ISR on its way into ZooKeeper, and what may happen to it there.
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

// Topic t has one partition on brokers 2, 3 and 1; 2 leads it.
class AlterPartitionTest : public ClusterTest {
 protected:
  using Response = protocol::AlterPartitionResponse;

  protocol::AlterPartitionRequest proposal(std::vector<int> isr, int partition_epoch,
                                           int leader = 2) {
    protocol::AlterPartitionRequest request;
    request.broker_id = BrokerId{leader};
    request.broker_epoch = epoch_of(leader);
    auto& topic = request.topics.emplace_back();
    topic.topic_name = "t";
    auto& row = topic.partitions.emplace_back();
    row.leader_epoch = LeaderEpoch{0};
    row.partition_epoch = PartitionEpoch{partition_epoch};
    for (const int id : isr) row.new_isr.push_back(BrokerId{id});
    return request;
  }
  Response alter(protocol::AlterPartitionRequest request) {
    auto response = loop.run(node->controller.alter_partition(0, std::move(request)));
    settle();
    return response;
  }
  Response alter(std::vector<int> isr, int partition_epoch) {
    return alter(proposal(std::move(isr), partition_epoch));
  }
  static ErrorCode error_of(const Response& response) {
    return response.topics.at(0).partitions.at(0).error_code;
  }
  // The next fenced write of a state meets `fate`, after `first` was done.
  void next_write(Fate fate, std::function<void()> first = nullptr) {
    server.set_fate([=, done = false](SessionId, const zk::Request& request) mutable {
      const auto* multi = std::get_if<zk::Multi>(&request);
      if (multi == nullptr || std::exchange(done, true)) return Fate::kDeliver;
      if (first) first();
      return fate;
    });
  }

  Node* const node = &lead({2, 3}, {{2, 3, 1}});
};

TEST_F(AlterPartitionTest, AnIsrIsWrittenBehindTheFenceAndToldToAll) {
  const auto response = alter({2, 3}, 0);
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_EQ(error_of(response), ErrorCode::kNone);
  EXPECT_EQ(response.topics[0].partitions[0].partition_epoch, PartitionEpoch{1});
  EXPECT_THAT(
      node->take_log(),
      ElementsAre(
          "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t/partitions/0/state "
          R"(->v1 {"controller_epoch":1,"leader":2,"version":1,"leader_epoch":0,"isr":[2,3]}])"));
  EXPECT_THAT(brokers.lines(), ElementsAre("1 UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0",
                                           "2 UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0",
                                           "3 UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0"));
}

TEST_F(AlterPartitionTest, TheNextIsrBuildsOnTheLast) {
  alter({2, 3}, 0);
  EXPECT_EQ(error_of(alter({2}, 1)), ErrorCode::kNone);
  EXPECT_EQ(error_of(alter({2, 1}, 2)), ErrorCode::kNone);
  EXPECT_THAT(read_state("t", 0).isr, ElementsAre(BrokerId{2}, BrokerId{1}));
}

TEST_F(AlterPartitionTest, AnIsrThatWasRefusedIsNotWritten) {
  EXPECT_EQ(error_of(alter({2, 3}, 4)), ErrorCode::kNotController);
  EXPECT_THAT(node->take_log(), IsEmpty());
}

TEST_F(AlterPartitionTest, ABrokerOfAnotherLifeIsNotHeard) {
  auto request = proposal({2, 3}, 0);
  request.broker_epoch = BrokerEpoch{request.broker_epoch.value - 1};
  const auto response = alter(std::move(request));
  EXPECT_EQ(response.error_code, ErrorCode::kStaleBrokerEpoch);
  EXPECT_THAT(response.topics, IsEmpty());
  EXPECT_THAT(node->take_log(), IsEmpty());
}

// The client sends the write again and meets its own effect.
TEST_F(AlterPartitionTest, AWriteWhoseReplyWasLostIsOurs) {
  next_write(Fate::kLoseReply);
  const auto response = alter({2, 3}, 0);
  EXPECT_EQ(error_of(response), ErrorCode::kNone);
  EXPECT_EQ(response.topics[0].partitions[0].partition_epoch, PartitionEpoch{1});
  EXPECT_EQ(error_of(alter({2}, 1)), ErrorCode::kNone);
}

// A broker of an old IBP writes its ISR itself.
TEST_F(AlterPartitionTest, AnIsrThatWasOvertakenIsRefusedAndTheOtherIsLearned) {
  const std::string other =
      R"({"controller_epoch":1,"leader":2,"version":1,"leader_epoch":0,"isr":[2,1]})";
  next_write(Fate::kDeliver, [this, other] {
    operate(zk::SetData{"/brokers/topics/t/partitions/0/state", other});
  });
  EXPECT_EQ(error_of(alter({2, 3}, 0)), ErrorCode::kInvalidUpdateVersion);
  EXPECT_EQ(state("t", 0), other);
  EXPECT_EQ(error_of(alter({2, 1}, 0)), ErrorCode::kNone);  // that is what there is
}

TEST_F(AlterPartitionTest, AFencedControllerSaysThatItIsNone) {
  operate(zk::SetData{"/controller_epoch", "7"});
  EXPECT_EQ(alter({2, 3}, 0).error_code, ErrorCode::kNotController);
  EXPECT_THAT(read_state("t", 0).isr, ElementsAre(BrokerId{2}, BrokerId{3}, BrokerId{1}));
}

TEST_F(AlterPartitionTest, ARecoveringLeaderRecovers) {
  operate(zk::SetData{"/config/topics/t",
                      R"({"version":1,"config":{"unclean.leader.election.enable":"true"}})"});
  ASSERT_EQ(error_of(alter({2}, 0)), ErrorCode::kNone);
  die(2);
  settle();
  ASSERT_EQ(read_state("t", 0).leader, BrokerId{3});
  ASSERT_TRUE(read_state("t", 0).recovering);
  EXPECT_EQ(node->controller.unclean_elections(), 1u);
  const auto told = brokers.all_to<protocol::LeaderAndIsrRequest>(3).back();
  const auto& row = told.topic_states.at(0).partition_states.at(0);
  EXPECT_EQ(row.leader_recovery_state, 1);

  auto request = proposal({3}, row.partition_epoch.value, 3);
  request.topics[0].partitions[0].leader_epoch = row.leader_epoch;
  EXPECT_EQ(error_of(alter(std::move(request))), ErrorCode::kNone);
  EXPECT_FALSE(read_state("t", 0).recovering);
}

}  // namespace
}  // namespace barnabas::controller
