// A broker leaves in order, held against the captured shutdown of a broker of a real 3.9 cluster.
#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::ClusterTest;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Node;
using ::testing::Not;
using ::testing::StartsWith;

// Broker 1 is the controller. Of topic t broker 2 leads partition 0 and follows in 1 and 2.
class ControlledShutdownTest : public ClusterTest {
 protected:
  using Response = protocol::ControlledShutdownResponse;

  Response ask(int id, BrokerEpoch epoch) {
    protocol::ControlledShutdownRequest request;
    request.broker_id = BrokerId{id};
    request.broker_epoch = epoch;
    return loop.run(node->controller.controlled_shutdown(std::move(request)));
  }
  Response ask(int id) { return ask(id, epoch_of(id)); }
  // The answers come in `answers`.
  void ask_without_waiting(int id) {
    protocol::ControlledShutdownRequest request;
    request.broker_id = BrokerId{id};
    request.broker_epoch = epoch_of(id);
    loop.start([](Node* node, protocol::ControlledShutdownRequest request,
                  std::vector<Response>* answers) -> env::Task<void> {
      const auto answer = co_await node->controller.controlled_shutdown(std::move(request));
      answers->push_back(answer);
    }(node, std::move(request), &answers));
  }
  // What partition 0 of the topic, or the whole request, is answered.
  ErrorCode alter_isr(const std::string& topic, int leader, std::vector<int> isr,
                      int partition = 0) {
    protocol::AlterPartitionRequest request;
    request.broker_id = BrokerId{leader};
    request.broker_epoch = epoch_of(leader);
    auto& asked = request.topics.emplace_back();
    asked.topic_id = zk::TopicAssignment::decode(data(zk::paths::topic(topic)))->topic_id.value();
    auto& row = asked.partitions.emplace_back();
    row.partition_index = PartitionIndex{partition};
    row.leader_epoch = read_state(topic, partition).leader_epoch;
    row.partition_epoch = PartitionEpoch{0};
    for (const int id : isr) row.new_isr.push_back(BrokerId{id});
    const auto response = loop.run(node->controller.alter_partition(2, std::move(request)));
    if (response.error_code != ErrorCode::kNone) return response.error_code;
    return response.topics.at(0).partitions.at(0).error_code;
  }
  std::vector<Response> answers;
  Response shut_down(int id, BrokerEpoch epoch) {
    auto response = ask(id, epoch);
    settle();
    return response;
  }
  Response shut_down(int id) { return shut_down(id, epoch_of(id)); }
  // Of a request among all.
  std::ptrdiff_t position(const std::string& line) {
    const auto lines = brokers.lines();
    const auto found = std::ranges::find(lines, line);
    EXPECT_NE(found, lines.end()) << line;
    return found - lines.begin();
  }
  std::string summary(int partition) {
    const auto now = read_state("t", partition);
    return fmt::format("leader {} epoch {} isr {}", now.leader.value, now.leader_epoch.value,
                       testing::plain(now.isr));
  }

  Node* const node = &lead({2, 3}, {{2, 3, 1}, {3, 2, 1}, {1, 2, 3}});
};

TEST_F(ControlledShutdownTest, TheBrokerLeadsAndFollowsNothingAfterwards) {
  const auto response = shut_down(2);
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_THAT(response.remaining_partitions, IsEmpty());
  EXPECT_EQ(summary(0), "leader 3 epoch 1 isr [3, 1]");
  EXPECT_EQ(summary(1), "leader 3 epoch 1 isr [3, 1]");
  EXPECT_EQ(summary(2), "leader 1 epoch 1 isr [1, 3]");
}

TEST_F(ControlledShutdownTest, WhatItLedMovesFirstAndEachStateIsWrittenOnce) {
  shut_down(2);
  const auto log = node->take_log();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0],
            "multi[check /controller_epoch txnver=2 ; setData /brokers/topics/t/partitions/0/state "
            R"(->v1 {"controller_epoch":1,"leader":3,"version":1,"leader_epoch":1,"isr":[3,1]}])");
  die(2);
  settle();
  EXPECT_THAT(node->take_log(), IsEmpty());
}

// Whoever leads asks us to change the ISR, so nobody else has done it meanwhile.
TEST_F(ControlledShutdownTest, WhenTheBrokerHasGoneNoStateIsReadToFindThatItIsOut) {
  shut_down(2);
  int reads = 0;
  server.set_fate([&reads](zk::model::SessionId, const zk::Request& request) {
    const auto* read = std::get_if<zk::GetData>(&request);
    if (read != nullptr && read->path.ends_with("/state")) ++reads;
    return zk::model::Fate::kDeliver;
  });
  brokers.sent.clear();
  die(2);
  settle();
  EXPECT_EQ(reads, 0);
  EXPECT_THAT(brokers.lines_to(3), Contains(StartsWith("UpdateMetadata live [1, 3] t-0")));
}

TEST_F(ControlledShutdownTest, ItIsToldToStopFollowingBeforeTheLeadersHearThatItIsOut) {
  shut_down(2);
  EXPECT_LT(
      position("2 StopReplica t-1 epoch 0 t-2 epoch 0"),
      position("3 LeaderAndIsr t-1 leader 3 epoch 1 isr [3, 1] v1 t-2 leader 1 epoch 1 isr [1, 3] "
               "v1"));
}

// A producer that is refused asks for the leader at once, and again only after its back-off.
TEST_F(ControlledShutdownTest, TheLeavingBrokerRefusesWhenEverybodyKnowsTheNewLeader) {
  shut_down(2);
  const auto end_of_old = position("2 LeaderAndIsr t-0 leader 3 epoch 1 isr [3, 1] v1");
  const std::string update = "UpdateMetadata live [1, 2, 3] t-0 leader 3 epoch 1 offline [2]";
  EXPECT_LT(position("3 LeaderAndIsr t-0 leader 3 epoch 1 isr [3, 1] v1"), position("3 " + update));
  for (const std::string broker : {"1 ", "2 ", "3 "}) {
    EXPECT_LT(position(broker + update), end_of_old) << broker;
  }
}

TEST_F(ControlledShutdownTest, ItWaitsForANewLeaderThatIsSlow) {
  const env::Signal answers = brokers.held[3];
  const auto release = loop.clock.after(loop.executor(), 500ms, [&] {
    EXPECT_THAT(brokers.lines_to(2), IsEmpty());
    answers.set();
  });
  shut_down(2);
  EXPECT_THAT(brokers.lines_to(2), Contains("LeaderAndIsr t-0 leader 3 epoch 1 isr [3, 1] v1"));
}

// However many partitions there are.
TEST_F(ControlledShutdownTest, ABrokerThatDoesNotAnswerIsWaitedForOnce) {
  create(*node, "many", std::vector<std::vector<int>>(200, {2, 3, 1}));
  brokers.unreachable = {3};
  const auto before = loop.clock.now();
  EXPECT_EQ(ask(2).error_code, ErrorCode::kNone);
  EXPECT_EQ(loop.clock.now() - before, 1s);
}

// Producers with acks=all wait for a follower that was told to stop until its leader has heard.
TEST_F(ControlledShutdownTest, OfManyPartitionsTheFirstAreDoneBeforeTheLastAreTouched) {
  create(*node, "many", std::vector<std::vector<int>>(200, {3, 2}));
  forget(*node);
  shut_down(2);
  const auto lines = brokers.lines();
  const auto first_shrunk = std::ranges::find_if(
      lines, [](const std::string& line) { return line.starts_with("3 LeaderAndIsr many-0 "); });
  const auto last_stopped = std::ranges::find_if(lines, [](const std::string& line) {
    return line.starts_with("2 StopReplica ") && line.contains("many-199 ");
  });
  ASSERT_NE(last_stopped, lines.end());
  EXPECT_LT(first_shrunk, last_stopped);
  EXPECT_EQ(read_state("many", 199).isr, std::vector{BrokerId{3}});
}

// The leaving broker has to hear of each of its partitions before it is told that it may go.
TEST_F(ControlledShutdownTest, WhoeverAnswersIsWaitedForBesidesOneThatDoesNot) {
  create(*node, "many", std::vector<std::vector<int>>(50, {2, 3, 1}));
  brokers.unreachable = {3};
  brokers.slow[2] = 10ms;
  EXPECT_EQ(ask(2).error_code, ErrorCode::kNone);
  const auto heard = brokers.lines_to(2);
  const auto hears_last = [](const std::string& line) {
    return line.starts_with("LeaderAndIsr ") && line.contains("many-49 ");
  };
  EXPECT_TRUE(std::ranges::any_of(heard, hears_last));
}

// Each of its answers is in time, all of them together are not.
TEST_F(ControlledShutdownTest, ABrokerThatIsAlwaysSlowIsWaitedForOnlySoLong) {
  create(*node, "many", std::vector<std::vector<int>>(400, {2, 3, 1}));
  brokers.slow[3] = 400ms;
  const auto before = loop.clock.now();
  EXPECT_THAT(ask(2).remaining_partitions, IsEmpty());
  EXPECT_EQ(loop.clock.now() - before, 5s);
}

TEST_F(ControlledShutdownTest, WhoAsksMeanwhileIsAnsweredMeanwhile) {
  create(*node, "many", std::vector<std::vector<int>>(50, {2, 3, 1}));
  create(*node, "other", {{3, 1}});
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  EXPECT_EQ(alter_isr("other", 3, {3}), ErrorCode::kNone);
  EXPECT_EQ(read_state("other", 0).isr, std::vector{BrokerId{3}});
  EXPECT_THAT(answers, IsEmpty());
  brokers.held[3].set();
  settle();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_THAT(answers[0].remaining_partitions, IsEmpty());
}

// Not even by a leader that has not heard of it.
TEST_F(ControlledShutdownTest, NobodyTakesTheLeavingBrokerIntoAnIsr) {
  create(*node, "other", {{3, 1, 2}});
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  EXPECT_EQ(alter_isr("other", 3, {3, 1, 2}), ErrorCode::kNone);  // as it is
  EXPECT_EQ(alter_isr("other", 3, {3, 2}), ErrorCode::kIneligibleReplica);
  brokers.held[3].set();
}

// The new leaders it was waiting for are others then, and nobody is told again of the old ones.
TEST_F(ControlledShutdownTest, ANewLeaderThatDiesMeanwhileIsReplaced) {
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  EXPECT_EQ(summary(0), "leader 3 epoch 1 isr [3, 1]");
  die(3);
  loop.pass(1ms);
  brokers.held[3].set();
  settle();
  EXPECT_EQ(summary(0), "leader 1 epoch 2 isr [1]");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kNone);
  EXPECT_THAT(brokers.lines_to(2),
              Contains(StartsWith("LeaderAndIsr t-0 leader 1 epoch 2 isr [1] v2")));
  EXPECT_THAT(brokers.lines_to(2),
              Not(Contains("LeaderAndIsr t-0 leader 3 epoch 1 isr [3, 1] v1")));
}

TEST_F(ControlledShutdownTest, TheLeavingBrokerMayDieMeanwhile) {
  create(*node, "many", std::vector<std::vector<int>>(50, {2, 3, 1}));
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  die(2);
  brokers.held[3].set();
  settle();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(read_state("many", 49).leader, BrokerId{3});
  EXPECT_EQ(summary(1), "leader 3 epoch 1 isr [3, 1]");
}

// It is alive, but this request was of its life before.
TEST_F(ControlledShutdownTest, ABrokerThatRegistersAnewMeanwhileStays) {
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  die(2);
  join(2);
  brokers.held[3].set();
  settle();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kStaleBrokerEpoch);
  create(*node, "u", {{2, 1}});
  EXPECT_EQ(read_state("u", 0).leader, BrokerId{2});
}

TEST_F(ControlledShutdownTest, WhoeverLosesTheRoleMeanwhileSaysSo) {
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  operate(zk::SetData{"/controller_epoch", "9"});
  ASSERT_EQ(alter_isr("t", 1, {1, 3}, 2), ErrorCode::kNotController);  // the fence refuses it
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kStaleControllerEpoch);
  brokers.held[3].set();
  settle();
}

// The step that was under way writes what it must not.
TEST_F(ControlledShutdownTest, WhoeverLosesTheRoleByAStepOfItSaysSo) {
  brokers.held[3] = env::Signal();
  ask_without_waiting(2);
  loop.pass(1ms);
  operate(zk::SetData{"/controller_epoch", "9"});
  brokers.held[3].set();
  settle();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error_code, ErrorCode::kStaleControllerEpoch);
}

TEST_F(ControlledShutdownTest, ASecondBrokerHasItsTurnAfterwards) {
  brokers.held[1] = env::Signal();
  ask_without_waiting(2);
  ask_without_waiting(3);
  ask_without_waiting(2);
  loop.pass(1ms);
  EXPECT_EQ(summary(0), "leader 3 epoch 1 isr [3, 1]");
  EXPECT_THAT(answers, IsEmpty());
  brokers.held[1].set();
  settle();
  ASSERT_EQ(answers.size(), 3u);
  for (const Response& answer : answers) {
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_THAT(answer.remaining_partitions, IsEmpty());
  }
  for (const int p : {0, 1, 2}) EXPECT_EQ(read_state("t", p).leader, BrokerId{1}) << p;
}

TEST_F(ControlledShutdownTest, TheBrokerItselfHearsThatItLeadsNoMore) {
  shut_down(2);
  EXPECT_THAT(brokers.lines_to(2), Contains("LeaderAndIsr t-0 leader 3 epoch 1 isr [3, 1] v1"));
}

TEST_F(ControlledShutdownTest, WhatNobodyElseCanLeadRemains) {
  die(3);
  settle();
  operate(
      zk::SetData{"/brokers/topics/t/partitions/0/state",
                  R"({"controller_epoch":1,"leader":2,"version":1,"leader_epoch":1,"isr":[2]})"});
  const auto response = shut_down(2);
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  ASSERT_EQ(response.remaining_partitions.size(), 1u);
  EXPECT_EQ(response.remaining_partitions[0].topic_name, "t");
  EXPECT_EQ(response.remaining_partitions[0].partition_index, PartitionIndex{0});
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{2});
}

TEST_F(ControlledShutdownTest, APartitionWithOneReplicaIsNotWaitedFor) {
  create(*node, "alone", {{2}});
  EXPECT_THAT(shut_down(2).remaining_partitions, IsEmpty());
  EXPECT_EQ(read_state("alone", 0).leader, BrokerId{2});
}

TEST_F(ControlledShutdownTest, AskingAgainChangesNothing) {
  shut_down(2);
  node->take_log();
  EXPECT_THAT(shut_down(2).remaining_partitions, IsEmpty());
  EXPECT_THAT(node->take_log(), IsEmpty());
}

TEST_F(ControlledShutdownTest, ABrokerThatComesBackIsElectedAgain) {
  shut_down(2);
  die(2);
  settle();
  join(2);
  settle();
  die(3);
  settle();
  EXPECT_EQ(summary(1), "leader 1 epoch 2 isr [1]");
  create(*node, "u", {{2, 1}});
  EXPECT_EQ(read_state("u", 0).leader, BrokerId{2});
}

TEST_F(ControlledShutdownTest, OnlyABrokerOfThisLifeIsHeard) {
  EXPECT_EQ(shut_down(7, BrokerEpoch{-1}).error_code, ErrorCode::kBrokerNotAvailable);
  EXPECT_EQ(shut_down(7, BrokerEpoch{1}).error_code, ErrorCode::kUnknownServerError);
  const BrokerEpoch before{epoch_of(2).value - 1};
  EXPECT_EQ(shut_down(2, before).error_code, ErrorCode::kStaleBrokerEpoch);
  EXPECT_THAT(node->take_log(), IsEmpty());
  EXPECT_EQ(shut_down(2, BrokerEpoch{-1}).error_code, ErrorCode::kNone);  // it did not say
}

TEST_F(ControlledShutdownTest, WhoeverIsNotControllerSaysSo) {
  Node& second = start(4);
  protocol::ControlledShutdownRequest request;
  request.broker_id = BrokerId{2};
  const auto response = loop.run(second.controller.controlled_shutdown(std::move(request)));
  EXPECT_EQ(response.error_code, ErrorCode::kStaleControllerEpoch);
}

}  // namespace
}  // namespace barnabas::controller
