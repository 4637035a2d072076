// What brokers ask the controller, and that every question is answered exactly once, whatever
// becomes of the controller meanwhile.
#include "controller/reply.h"
#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::ClusterTest;
using testing::Node;
using zk::model::Fate;
using zk::model::SessionId;

using Response = protocol::AllocateProducerIdsResponse;

TEST(ReplyTest, AReplyThatIsDroppedGivesTheAnswerItWasMadeWith) {
  barnabas::testing::VirtualLoop loop;
  auto reply = std::make_unique<Reply<int>>(41);
  const Answer<int> answer(*reply);
  reply.reset();
  EXPECT_EQ(loop.run(answer.wait()), 41);
}

TEST(ReplyTest, AReplyThatWasMovedAnswersOnce) {
  barnabas::testing::VirtualLoop loop;
  Reply<int> first(41);
  const Answer<int> answer(first);
  {
    Reply<int> second(std::move(first));
    second.answer(7);
  }
  EXPECT_EQ(loop.run(answer.wait()), 7);
}

class RoleRequestsTest : public ClusterTest {
 protected:
  protocol::AllocateProducerIdsRequest block_for(int id, BrokerEpoch epoch) {
    protocol::AllocateProducerIdsRequest request;
    request.broker_id = BrokerId{id};
    request.broker_epoch = epoch;
    return request;
  }
  Response allocate(Node& at, int id, BrokerEpoch epoch) {
    return loop.run(at.controller.allocate_producer_ids(block_for(id, epoch)));
  }
  // Asks without waiting; the answers come in `answers`.
  void ask(Node& at, int id) {
    loop.start([](Node* at, protocol::AllocateProducerIdsRequest request,
                  std::vector<Response>* answers) -> env::Task<void> {
      const auto answer = co_await at->controller.allocate_producer_ids(std::move(request));
      answers->push_back(answer);
    }(&at, block_for(id, epoch_of(id)), &answers));
  }
  std::vector<Response> answers;
};

TEST_F(RoleRequestsTest, EachBlockOfProducerIdsIsGivenOnce) {
  join(2);
  Node& node = start(1);
  const auto first = allocate(node, 2, epoch_of(2));
  EXPECT_EQ(first.error_code, ErrorCode::kNone);
  EXPECT_EQ(first.producer_id_start, ProducerId{0});
  EXPECT_EQ(first.producer_id_len, 1000);
  EXPECT_EQ(allocate(node, 1, epoch_of(1)).producer_id_start, ProducerId{1000});
  EXPECT_EQ(data("/latest_producer_id_block"),
            R"({"version":1,"broker":1,"block_start":"1000","block_end":"1999"})");
}

TEST_F(RoleRequestsTest, ABrokerThatIsNotRegisteredGetsNoProducerIds) {
  Node& node = start(1);
  EXPECT_EQ(allocate(node, 2, BrokerEpoch{1}).error_code, ErrorCode::kBrokerIdNotRegistered);
}

TEST_F(RoleRequestsTest, AnEarlierLifeOfABrokerGetsNoProducerIds) {
  join(2);
  Node& node = start(1);
  const BrokerEpoch before{epoch_of(2).value - 1};
  EXPECT_EQ(allocate(node, 2, before).error_code, ErrorCode::kStaleBrokerEpoch);
  EXPECT_EQ(data("/latest_producer_id_block"), "null");
}

TEST_F(RoleRequestsTest, WhoeverIsNotControllerSaysSo) {
  start(1);
  Node& second = start(2);
  EXPECT_EQ(allocate(second, 2, epoch_of(2)).error_code, ErrorCode::kNotController);
}

TEST_F(RoleRequestsTest, ARequestBeforeTheFirstElectionIsAnswered) {
  Node& node = add(1);
  EXPECT_EQ(allocate(node, 1, BrokerEpoch{1}).error_code, ErrorCode::kNotController);
}

// One is being handled, the others wait; none of them is left without an answer.
TEST_F(RoleRequestsTest, ALostSessionAnswersWhatWaits) {
  join(2);
  Node& node = start(1);
  server.cut(node.client.session_id());
  for (int i = 0; i < 3; ++i) ask(node, 2);
  loop.pass(1s);
  EXPECT_TRUE(answers.empty());
  server.expire(node.client.session_id());
  server.heal(node.client.session_id());
  loop.pass(5s);
  ASSERT_EQ(answers.size(), 3u);
  for (const auto& answer : answers) EXPECT_EQ(answer.error_code, ErrorCode::kNotController);
}

TEST_F(RoleRequestsTest, OneRequestTooManyIsRefusedAtOnce) {
  join(2);
  Node& node = start(1);
  server.cut(node.client.session_id());
  ask(node, 2);  // being handled
  loop.pass(10ms);
  for (std::size_t i = 0; i < Controller::kMaxRequests; ++i) ask(node, 2);
  loop.pass(10ms);
  EXPECT_TRUE(answers.empty());
  ask(node, 2);
  loop.pass(10ms);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kNotController);
  server.heal(node.client.session_id());
  loop.pass(5s);
  EXPECT_EQ(answers.size(), Controller::kMaxRequests + 2);
  EXPECT_EQ(answers.back().producer_id_start, ProducerId{1000 * Controller::kMaxRequests});
}

TEST_F(RoleRequestsTest, ShutdownAnswersWhatWaits) {
  join(2);
  Node& node = start(1);
  loop.start(node.controller.shutdown());
  ask(node, 2);
  loop.pass(1s);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kNotController);
}

}  // namespace
}  // namespace barnabas::controller
