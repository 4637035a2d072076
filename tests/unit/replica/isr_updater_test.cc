#include "broker/replica/isr_updater.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/virtual_loop.h"
#include "tests/unit/replica/fake_controllers.h"

namespace barnabas::broker::replica {
namespace {

using namespace std::chrono_literals;
using protocol::AlterPartitionRequest;
using protocol::AlterPartitionResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr BrokerId kSelf{1}, kB{2}, kC{3};
constexpr TopicId kTopicId{{1}};

struct Asked {
  BrokerId controller;
  std::int16_t version = 0;
  AlterPartitionRequest request;
};

// Broker 2 is controller and grants what is asked, unless a test has other plans with it.
class IsrUpdaterTest : public ::testing::Test {
 protected:
  IsrUpdaterTest() {
    metadata.update(broker::testing::cluster(kB, {kB, kC}));
    network.serve = [this](BrokerId id, const protocol::RequestHeader& header,
                           protocol::Reader& in) {
      asked.push_back(
          {id, header.version, AlterPartitionRequest::decode(in, header.version).value()});
      return broker::testing::frame_of(header, decide(asked.back()));
    };
  }
  ~IsrUpdaterTest() override {
    loop.run(channel.close());
    loop.run(updater.stop());
  }

  static IsrChange change(int partition, std::vector<BrokerId> isr = {kSelf, kB}) {
    return {{"t", PartitionIndex{partition}},
            kTopicId,
            LeaderEpoch{4},
            PartitionEpoch{9},
            std::move(isr)};
  }
  AlterPartitionResponse decide(const Asked& one) {
    AlterPartitionResponse response;
    response.error_code = next_error;
    next_error = ErrorCode::kNone;
    if (response.error_code != ErrorCode::kNone) return response;
    for (const auto& topic : one.request.topics) {
      auto& out = response.topics.emplace_back();
      out.topic_name = topic.topic_name;
      out.topic_id = topic.topic_id;
      for (const auto& asked_row : topic.partitions) {
        if (forgotten == asked_row.partition_index.value) continue;
        auto& row = out.partitions.emplace_back();
        row.partition_index = asked_row.partition_index;
        row.leader_epoch = asked_row.leader_epoch;
        row.partition_epoch = PartitionEpoch{asked_row.partition_epoch.value + 1};
        row.error_code = errors[asked_row.partition_index.value];
        row.isr = isr_of(asked_row);
      }
    }
    return response;
  }
  static std::vector<BrokerId> isr_of(const AlterPartitionRequest::PartitionData& row) {
    std::vector<BrokerId> isr = row.new_isr;
    for (const auto& state : row.new_isr_with_epochs) isr.push_back(state.broker_id);
    return isr;
  }
  // "0 -> NONE 10 [1 2]": partition, error, partition epoch, ISR.
  bool settle(const IsrChange& to, const IsrAnswer& answer) {
    std::string isr;
    for (const BrokerId id : answer.isr) isr += fmt::format(" {}", id.value);
    settled.push_back(fmt::format("{} -> {} {}{}", to.tp.partition.value, name(answer.error),
                                  answer.partition_epoch.value, isr));
    return answer.error == ErrorCode::kNotController;
  }
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> out;
    for (const auto& one : asked) {
      std::size_t rows = 0;
      for (const auto& topic : one.request.topics) rows += topic.partitions.size();
      out.push_back(rows);
    }
    return out;
  }

  ::barnabas::testing::VirtualLoop loop;
  MetadataCache metadata;
  broker::testing::FakeControllers network;
  ErrorCode next_error = ErrorCode::kNone;
  std::map<int, ErrorCode> errors;
  int forgotten = -1;
  BrokerEpoch epoch{70};
  std::vector<Asked> asked;
  std::vector<std::string> settled;
  ControllerChannel channel{{kSelf, "PLAINTEXT", 30s}, &metadata, &network, loop.executor()};
  IsrUpdater updater{
      {kSelf, [this] { return epoch; },
       [this](const IsrChange& to, const IsrAnswer& answer) { return settle(to, answer); }},
      &channel,
      &loop.clock,
      loop.executor()};
};

TEST_F(IsrUpdaterTest, AsksTheControllerAndHandsTheAnswerOn) {
  updater.submit(change(0));
  loop.poll();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].version, 3);
  EXPECT_EQ(asked[0].request.broker_id, kSelf);
  EXPECT_EQ(asked[0].request.broker_epoch, BrokerEpoch{70});
  EXPECT_EQ(asked[0].request.topics[0].topic_id, kTopicId);
  const auto& row = asked[0].request.topics[0].partitions[0];
  EXPECT_EQ(row.leader_epoch, LeaderEpoch{4});
  EXPECT_EQ(row.partition_epoch, PartitionEpoch{9});
  EXPECT_EQ(row.leader_recovery_state, 0);
  EXPECT_EQ(row.new_isr_with_epochs[1].broker_id, kB);
  EXPECT_EQ(row.new_isr_with_epochs[1].broker_epoch, BrokerEpoch{-1});
  EXPECT_THAT(settled, ElementsAre("0 -> NONE 10 1 2"));
}

TEST_F(IsrUpdaterTest, WhatComesWhileARequestIsOnItsWayGoesTogetherInTheNextOne) {
  network.hanging = {kB};
  updater.submit(change(0));
  loop.poll();
  for (int partition = 1; partition < 4; ++partition) updater.submit(change(partition));
  loop.pass(1s);
  EXPECT_THAT(asked, IsEmpty());
  network.hanging.clear();
  metadata.update(broker::testing::cluster(kC, {kB, kC}));  // ends the hanging request
  loop.pass(1s);
  EXPECT_THAT(sizes(), ElementsAre(4u));
  EXPECT_EQ(settled.size(), 4u);
  EXPECT_EQ(asked[0].controller, kC);
}

TEST_F(IsrUpdaterTest, TopicsStandTogetherInARequest) {
  auto other = change(0);
  other.tp.topic = "u";
  other.topic_id = TopicId{{2}};
  network.refusing = {kB};
  updater.submit(change(0));
  updater.submit(other);
  updater.submit(change(1));
  loop.poll();
  network.refusing.clear();
  loop.pass(1s);
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_EQ(asked[0].request.topics.size(), 2u);
  EXPECT_EQ(asked[0].request.topics[0].partitions.size(), 2u);
  EXPECT_EQ(settled.size(), 3u);
}

TEST_F(IsrUpdaterTest, WithoutAControllerItAsksAgainEveryFiftyMillisecondsUntilThereIsOne) {
  metadata.update(broker::testing::cluster(kNoBroker, {kC}));
  updater.submit(change(0));
  loop.pass(3600s);
  EXPECT_THAT(settled, IsEmpty());
  metadata.update(broker::testing::cluster(kC, {kC}));
  loop.pass(IsrUpdater::kRetryBackoff);
  EXPECT_THAT(settled, ElementsAre("0 -> NONE 10 1 2"));
}

// The controller may have applied it: only the answer to the same question tells.
TEST_F(IsrUpdaterTest, ALostAnswerIsAskedForAgainAfterABackOff) {
  network.lose[kB] = 2;
  updater.submit(change(0));
  loop.poll();
  EXPECT_EQ(asked.size(), 1u);
  loop.pass(49ms);
  EXPECT_EQ(asked.size(), 1u);
  loop.pass(1ms);
  EXPECT_EQ(asked.size(), 2u);
  loop.pass(50ms);
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(settled.size(), 1u);
}

TEST_F(IsrUpdaterTest, ADisplacedControllerIsAskedAgainUntilTheNewOneIsKnown) {
  next_error = ErrorCode::kNotController;
  updater.submit(change(0));
  loop.poll();
  EXPECT_THAT(settled, IsEmpty());
  metadata.update(broker::testing::cluster(kC, {kB, kC}));
  loop.pass(50ms);
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].controller, kC);
  EXPECT_EQ(settled.size(), 1u);
}

// After a lost session the broker is somebody else to the controller until it names its new epoch.
TEST_F(IsrUpdaterTest, AStaleBrokerEpochIsAskedAgainWithTheNewOne) {
  next_error = ErrorCode::kStaleBrokerEpoch;
  updater.submit(change(0));
  loop.poll();
  epoch = BrokerEpoch{80};
  loop.pass(50ms);
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].request.broker_epoch, BrokerEpoch{70});
  EXPECT_EQ(asked[1].request.broker_epoch, BrokerEpoch{80});
  EXPECT_EQ(settled.size(), 1u);
}

TEST_F(IsrUpdaterTest, OnlyTheUndecidedPartitionsOfAnAnswerAreAskedAgain) {
  metadata.update(broker::testing::cluster(kNoBroker, {}));
  for (int partition = 0; partition < 3; ++partition) updater.submit(change(partition));
  errors[1] = ErrorCode::kNotController;
  errors[2] = ErrorCode::kIneligibleReplica;
  loop.poll();
  metadata.update(broker::testing::cluster(kB, {kB}));
  loop.pass(50ms);
  EXPECT_THAT(settled, ElementsAre("0 -> NONE 10 1 2", "1 -> NOT_CONTROLLER 10 1 2",
                                   "2 -> INELIGIBLE_REPLICA 10 1 2"));
  errors.clear();
  loop.pass(50ms);
  EXPECT_THAT(sizes(), ElementsAre(3u, 1u));
  EXPECT_EQ(settled.back(), "1 -> NONE 10 1 2");
}

TEST_F(IsrUpdaterTest, APartitionThatTheAnswerForgotIsAskedAgain) {
  forgotten = 0;
  updater.submit(change(0));
  loop.poll();
  EXPECT_THAT(settled, IsEmpty());
  forgotten = -1;
  loop.pass(50ms);
  EXPECT_EQ(settled.size(), 1u);
}

// Elected anew while the controller was away: the old wish is not asked for any more.
TEST_F(IsrUpdaterTest, ANewerChangeTakesThePlaceOfAnOlderOne) {
  network.lose[kB] = 1;
  updater.submit(change(0, {kSelf, kB}));
  loop.poll();
  updater.submit(change(0, {kSelf, kC}));
  loop.pass(50ms);
  EXPECT_THAT(settled, ElementsAre("0 -> NONE 10 1 3"));
}

TEST_F(IsrUpdaterTest, AnOldControllerAndTopicsWithoutIdsAreAskedByName) {
  network.versions[ApiKey::kAlterPartition] = {0, 1};
  updater.submit(change(0));
  loop.poll();
  network.versions.clear();
  network.lose[kB] = 1;
  auto nameless = change(1);
  nameless.topic_id = {};
  updater.submit(nameless);
  updater.submit(change(2));
  loop.pass(1s);
  ASSERT_GE(asked.size(), 2u);
  for (const auto& one : asked) {
    EXPECT_LE(one.version, 1);
    EXPECT_EQ(one.request.topics[0].topic_name, "t");
  }
  EXPECT_EQ(settled.size(), 3u);
}

TEST_F(IsrUpdaterTest, StoppingEndsTheRetriesAndTakesNothingMore) {
  network.refusing = {kB};
  updater.submit(change(0));
  loop.poll();
  loop.run(channel.close());
  loop.run(updater.stop());
  updater.submit(change(1));
  network.refusing.clear();
  loop.pass(1s);
  EXPECT_THAT(asked, IsEmpty());
}

}  // namespace
}  // namespace barnabas::broker::replica
