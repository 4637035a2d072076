#include "controller/broker_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/log.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/controller/fake_brokers.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class BrokerSenderTest : public ::testing::Test {
 protected:
  BrokerSenderTest() { env::set_log_level("root", env::LogLevel::kOff); }
  ~BrokerSenderTest() override {
    sender->stop();
    gate.close();
    loop.run(gate.wait());
  }
  void stop_replica(int partition, bool remove = false,
                    std::shared_ptr<const Receipt> receipt = nullptr) {
    SendStopReplica body;
    body.topics["t"][PartitionIndex{partition}] = {LeaderEpoch{0}, remove};
    sender->send({BrokerId{5}, BrokerEpoch{9}, std::make_shared<const RequestBody>(std::move(body)),
                  std::move(receipt)});
  }
  std::shared_ptr<const Receipt> a_receipt() {
    return std::make_shared<Receipt>([this] { ++receipts; });
  }
  void leader_and_isr(std::vector<int> partitions) {
    SendLeaderAndIsr body;
    body.ids["t"] = TopicId{{1}};
    for (const int p : partitions) body.topics["t"][PartitionIndex{p}] = {};
    sender->send(
        {BrokerId{5}, BrokerEpoch{9}, std::make_shared<const RequestBody>(std::move(body))});
    loop.pass(1ms);
  }
  std::vector<std::string> sent() { return brokers.lines_to(5); }

  barnabas::testing::VirtualLoop loop;
  testing::FakeBrokers brokers;
  env::Gate gate;
  std::vector<std::map<TopicPartition, ErrorCode>> deleted;
  int receipts = 0;
  int answers = 0;
  std::unique_ptr<BrokerSender> sender = std::make_unique<BrokerSender>(
      SenderPorts{&brokers, &loop.clock, loop.executor(), &gate, 30s},
      Speaker{BrokerId{1}, ControllerEpoch{1}, kLatestIbp, "PLAINTEXT"}, env::Address{"b", 5},
      BrokerSender::Ears{
          [this](std::map<TopicPartition, ErrorCode> results) {
            deleted.push_back(std::move(results));
          },
          [this](std::set<TopicPartition> all) { offline.push_back(std::move(all)); },
          [this] { ++answers; }});
  std::vector<std::set<TopicPartition>> offline;
};

TEST_F(BrokerSenderTest, RequestsGoOutInOrderOverOneConnection) {
  for (int i = 0; i < 3; ++i) stop_replica(i);
  loop.pass(1ms);
  EXPECT_THAT(sent(), ElementsAre("StopReplica t-0 epoch 0", "StopReplica t-1 epoch 0",
                                  "StopReplica t-2 epoch 0"));
  EXPECT_EQ(brokers.connections, 1);
  EXPECT_THAT(deleted, IsEmpty());
}

TEST_F(BrokerSenderTest, AReceiptIsHeldUntilTheLastRequestIsAnswered) {
  auto receipt = a_receipt();
  stop_replica(0, false, receipt);
  stop_replica(1, false, std::move(receipt));
  brokers.held[5] = env::Signal();
  loop.pass(1ms);
  EXPECT_EQ(receipts, 0);
  brokers.held[5].set();
  loop.pass(1ms);
  EXPECT_EQ(receipts, 1);
  EXPECT_EQ(answers, 2);
}

TEST_F(BrokerSenderTest, AReceiptIsHeldWhileTheRequestFails) {
  brokers.unreachable = {5};
  stop_replica(0, false, a_receipt());
  loop.pass(1s);
  EXPECT_EQ(receipts, 0);
  EXPECT_EQ(answers, 0);
  brokers.unreachable.clear();
  loop.pass(BrokerSender::kBackOff);
  EXPECT_EQ(receipts, 1);
}

TEST_F(BrokerSenderTest, WhoeverIsStoppedHoldsNoReceipts) {
  brokers.unreachable = {5};
  stop_replica(0, false, a_receipt());
  stop_replica(1, false, a_receipt());
  loop.pass(1ms);
  sender->stop();
  loop.pass(1ms);
  EXPECT_EQ(receipts, 2);
}

// A failed directory is told once, and again when some of its replicas are well.
TEST_F(BrokerSenderTest, WhatTheBrokerSaysOfItsDirectoriesIsToldWhenItChanges) {
  const TopicPartition t0{"t", PartitionIndex{0}};
  const TopicPartition t1{"t", PartitionIndex{1}};
  leader_and_isr({0, 1});
  EXPECT_THAT(offline, IsEmpty());
  brokers.in_failed_directory[5]["t"] = {0, 1};
  leader_and_isr({0});
  leader_and_isr({0});
  leader_and_isr({0, 1});
  brokers.in_failed_directory[5]["t"] = {1};
  leader_and_isr({0, 1});
  EXPECT_THAT(offline, ElementsAre(ElementsAre(t0), ElementsAre(t0, t1), ElementsAre(t1)));
}

TEST_F(BrokerSenderTest, AFailedRequestIsSentAgainBeforeAnyOther) {
  brokers.fail_next[5] = 2;
  stop_replica(0);
  stop_replica(1);
  loop.pass(99ms);
  EXPECT_THAT(sent(), ElementsAre("StopReplica t-0 epoch 0"));
  stop_replica(2);  // mail does not shorten the wait
  loop.pass(500us);
  EXPECT_THAT(sent(), ElementsAre("StopReplica t-0 epoch 0"));
  loop.pass(1s);
  EXPECT_THAT(sent(), ElementsAre("StopReplica t-0 epoch 0", "StopReplica t-0 epoch 0",
                                  "StopReplica t-0 epoch 0", "StopReplica t-1 epoch 0",
                                  "StopReplica t-2 epoch 0"));
  EXPECT_EQ(brokers.connections, 3);
}

TEST_F(BrokerSenderTest, ABrokerThatCannotBeReachedIsTriedUntilItCan) {
  brokers.unreachable = {5};
  stop_replica(0);
  loop.pass(60s);
  EXPECT_THAT(sent(), IsEmpty());
  brokers.unreachable.clear();
  loop.pass(100ms);
  EXPECT_THAT(sent(), ElementsAre("StopReplica t-0 epoch 0"));
}

TEST_F(BrokerSenderTest, AfterStopNothingIsSentAndNobodyIsTold) {
  brokers.unreachable = {5};
  stop_replica(0, true);
  loop.pass(10ms);
  sender->stop();
  brokers.unreachable.clear();
  stop_replica(1);
  loop.pass(1s);
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_THAT(deleted, IsEmpty());
  EXPECT_EQ(gate.inside(), 0u);
}

TEST_F(BrokerSenderTest, TheResultOfADeletionIsReported) {
  stop_replica(0, true);
  loop.pass(1ms);
  brokers.deletions[5] = ErrorCode::kKafkaStorageError;
  stop_replica(1, true);
  loop.pass(1ms);
  const TopicPartition t0{"t", PartitionIndex{0}};
  const TopicPartition t1{"t", PartitionIndex{1}};
  EXPECT_THAT(deleted, ElementsAre(ElementsAre(Pair(t0, ErrorCode::kNone)),
                                   ElementsAre(Pair(t1, ErrorCode::kKafkaStorageError))));
}

}  // namespace
}  // namespace barnabas::controller
