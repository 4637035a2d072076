#include "broker/controlled_shutdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/log.h"
#include "protocol/messages/controlled_shutdown.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/replica/fake_controllers.h"

namespace barnabas::broker {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Request = protocol::ControlledShutdownRequest;
using Response = protocol::ControlledShutdownResponse;

constexpr BrokerId kController{1}, kSelf{2}, kSuccessor{3};

// A broker that wants to stop, and a controller that answers what the test has laid out for it.
class LeaveInOrderTest : public ::testing::Test {
 protected:
  LeaveInOrderTest() {
    metadata.update(testing::cluster(kController, {kController, kSelf}));
    network.serve = [this](BrokerId controller, const protocol::RequestHeader& header,
                           protocol::Reader& body) {
      controllers.push_back(controller);
      versions.push_back(header.version);
      asked.push_back(Request::decode(body, header.version).value());
      Response response;
      if (asked.size() <= answers.size()) response = answers[asked.size() - 1];
      return testing::frame_of(header, response);
    };
    env::set_log_sink([this](env::LogLevel, std::string_view, std::string_view line) {
      lines.emplace_back(line);
    });
  }
  ~LeaveInOrderTest() override {
    env::set_log_sink(nullptr);
    loop.run(channel.close());
  }
  bool leave() { return loop.run(leaving()); }
  // Starts to leave; the outcome is found at the place returned.
  std::shared_ptr<std::optional<bool>> begin() {
    auto outcome = std::make_shared<std::optional<bool>>();
    loop.start(keep(leaving(), outcome));
    loop.poll();
    return outcome;
  }
  env::Task<bool> leaving() {
    ControlledShutdownConfig config{.self = kSelf,
                                    .broker_epoch = [this] { return epoch; },
                                    .tries = 3,
                                    .back_off = 5s,
                                    .version = version};
    return leave_in_order(std::move(config), &channel, &metadata, &loop.clock);
  }
  static env::Task<void> keep(env::Task<bool> task, std::shared_ptr<std::optional<bool>> outcome) {
    *outcome = co_await std::move(task);
  }
  void controller_is(BrokerId id) { metadata.update(testing::cluster(id, {id, kSelf})); }
  static Response refused(ErrorCode error) {
    Response response;
    response.error_code = error;
    return response;
  }
  static Response remaining() {
    Response response;
    response.remaining_partitions.push_back({"t", PartitionIndex{0}});
    return response;
  }

  ::barnabas::testing::VirtualLoop loop;
  replica::MetadataCache metadata;
  testing::FakeControllers network;
  ControllerChannel channel{{kSelf, "PLAINTEXT", 30s}, &metadata, &network, loop.executor()};
  std::vector<Response> answers;  // then: done
  std::vector<Request> asked;
  std::vector<BrokerId> controllers;  // who was asked
  std::vector<std::int16_t> versions;
  std::vector<std::string> lines;
  BrokerEpoch epoch{77};
  std::int16_t version = 3;
};

TEST_F(LeaveInOrderTest, OneRequestIsEnoughWhenEverythingMoves) {
  EXPECT_TRUE(leave());
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].broker_id, kSelf);
  EXPECT_EQ(asked[0].broker_epoch, BrokerEpoch{77});
  EXPECT_THAT(
      lines, ElementsAre(
                 "[KafkaServer id=2] Starting controlled shutdown",
                 "[KafkaServer id=2] Controlled shutdown request returned successfully after 0ms"));
}

TEST_F(LeaveInOrderTest, AnOldClusterIsAskedInItsVersion) {
  version = 1;
  EXPECT_TRUE(leave());
  EXPECT_THAT(versions, ElementsAre(1));
}

TEST_F(LeaveInOrderTest, WhatRemainsIsAskedForAgainAfterTheBackOff) {
  answers = {remaining(), refused(ErrorCode::kStaleControllerEpoch)};
  const auto begun = loop.clock.now();
  EXPECT_TRUE(leave());
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(loop.clock.now() - begun, 10s);
}

TEST_F(LeaveInOrderTest, AfterTheLastTryTheBrokerStopsAnyway) {
  answers = {remaining(), remaining(), remaining()};
  const auto begun = loop.clock.now();
  EXPECT_FALSE(leave());
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(loop.clock.now() - begun, 10s);
  EXPECT_EQ(
      lines.back(),
      "[KafkaServer id=2] Proceeding to do an unclean shutdown as all the controlled shutdown "
      "attempts failed");
}

TEST_F(LeaveInOrderTest, AControllerThatIsAwayIsTriedAgain) {
  network.refusing = {kController};
  EXPECT_FALSE(leave());
  EXPECT_TRUE(asked.empty());
}

// The caller goes on to stop once this is over, so it must be over though nobody ever answers.
TEST_F(LeaveInOrderTest, WithoutAnyControllerItIsOverWhenTheBackOffsAre) {
  metadata.update(testing::cluster(kNoBroker, {kSelf}));
  const auto begun = loop.clock.now();
  EXPECT_FALSE(leave());
  EXPECT_EQ(loop.clock.now() - begun, 10s);
}

TEST_F(LeaveInOrderTest, ANewControllerIsAskedAtOnce) {
  network.refusing = {kController};
  const auto outcome = begin();
  loop.pass(2s);
  EXPECT_FALSE(outcome->has_value());
  controller_is(kSuccessor);
  loop.poll();
  EXPECT_EQ(*outcome, std::optional(true));
  EXPECT_THAT(controllers, ElementsAre(kSuccessor));
}

TEST_F(LeaveInOrderTest, TheFirstControllerAtAllIsAskedAtOnce) {
  metadata.update(testing::cluster(kNoBroker, {kSelf}));
  const auto outcome = begin();
  controller_is(kSuccessor);
  loop.poll();
  EXPECT_EQ(*outcome, std::optional(true));
}

TEST_F(LeaveInOrderTest, AControllerReplacedWhileItWasAskedIsNotWaitedFor) {
  network.hanging = {kController};
  const auto outcome = begin();
  controller_is(kSuccessor);
  loop.poll();
  EXPECT_EQ(*outcome, std::optional(true));
  EXPECT_THAT(controllers, ElementsAre(kSuccessor));
}

TEST_F(LeaveInOrderTest, NewsOfTheSameControllerDoNotEndTheWait) {
  answers = {remaining()};
  const auto outcome = begin();
  controller_is(kController);
  loop.pass(4s);
  EXPECT_FALSE(outcome->has_value());
  EXPECT_EQ(asked.size(), 1u);
  loop.pass(1s);
  EXPECT_EQ(*outcome, std::optional(true));
}

// The session expired and was made anew: the controller knows the broker by another epoch.
TEST_F(LeaveInOrderTest, AfterANewRegistrationItIsAskedForAtOnce) {
  answers = {refused(ErrorCode::kStaleBrokerEpoch)};
  const auto outcome = begin();
  epoch = BrokerEpoch{78};
  controller_is(kController);
  loop.poll();
  EXPECT_EQ(*outcome, std::optional(true));
  EXPECT_EQ(asked.back().broker_epoch, BrokerEpoch{78});
}

// A controller just elected may not be able to move everything yet: whatever it says, the tries
// come when they would have come without it.
TEST_F(LeaveInOrderTest, ANewControllerCostsNoTry) {
  answers = {remaining(), remaining(), remaining(), remaining()};
  const auto begun = loop.clock.now();
  const auto outcome = begin();
  loop.pass(1s);
  controller_is(kSuccessor);
  loop.pass(8s);
  EXPECT_THAT(controllers, ElementsAre(kController, kSuccessor, kSuccessor));
  loop.pass(1s);
  EXPECT_EQ(*outcome, std::optional(false));
  EXPECT_EQ(asked.size(), 4u);
  EXPECT_EQ(loop.clock.now() - begun, 10s);
}

TEST_F(LeaveInOrderTest, ControllersThatTakeTurnsDoNotProlongIt) {
  network.refusing = {kController, kSuccessor};
  const auto outcome = begin();
  for (int second = 0; second < 10; ++second) {
    EXPECT_FALSE(outcome->has_value());
    controller_is(second % 2 == 0 ? kSuccessor : kController);
    loop.pass(1s);
  }
  EXPECT_EQ(*outcome, std::optional(false));
}

}  // namespace
}  // namespace barnabas::broker
