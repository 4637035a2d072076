#include "broker/controller_channel.h"

#include <gtest/gtest.h>

#include "protocol/messages/allocate_producer_ids.h"
#include "protocol/messages/alter_partition.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/replica/fake_controllers.h"

namespace barnabas::broker::testing {
namespace {

using namespace std::chrono_literals;
using protocol::AllocateProducerIdsRequest;
using protocol::AllocateProducerIdsResponse;
using Answer = ControllerChannel::Answer<AllocateProducerIdsRequest>;

constexpr BrokerId kOne{1}, kTwo{2};

class ControllerChannelTest : public ::testing::Test {
 protected:
  ControllerChannelTest() {
    metadata.update(cluster(kOne, {kOne, kTwo}));
    network.serve = [this](BrokerId id, const protocol::RequestHeader& header, protocol::Reader&) {
      asked.push_back(id);
      versions.push_back(header.version);
      return frame_of(header, AllocateProducerIdsResponse{});
    };
  }
  ~ControllerChannelTest() override { loop.run(channel.close()); }

  env::Task<Answer> call() { return channel.call(AllocateProducerIdsRequest{}); }
  // Starts a call; its outcome is found at the place returned.
  std::shared_ptr<std::optional<Answer>> begin() {
    auto outcome = std::make_shared<std::optional<Answer>>();
    loop.start(keep(&channel, outcome));
    loop.poll();
    return outcome;
  }
  static env::Task<void> keep(ControllerChannel* channel,
                              std::shared_ptr<std::optional<Answer>> outcome) {
    AllocateProducerIdsRequest request;
    *outcome = co_await channel->call(request);
  }
  static std::error_code error(const Answer& answer) {
    const auto* code = answer ? nullptr : std::get_if<std::error_code>(&answer.error());
    return code ? *code : std::error_code();
  }

  ::barnabas::testing::VirtualLoop loop;
  replica::MetadataCache metadata;
  FakeControllers network;
  std::vector<BrokerId> asked;
  std::vector<std::int16_t> versions;
  ControllerChannel channel{{kTwo, "PLAINTEXT", 30s}, &metadata, &network, loop.executor()};
};

TEST_F(ControllerChannelTest, AsksTheControllerOverOneConnection) {
  EXPECT_TRUE(loop.run(call()).has_value());
  EXPECT_TRUE(loop.run(call()).has_value());
  EXPECT_EQ(asked, (std::vector{kOne, kOne}));
  EXPECT_EQ(network.connections, 1);
}

TEST_F(ControllerChannelTest, GoesToTheNewControllerAsSoonAsItIsKnown) {
  loop.run(call());
  metadata.update(cluster(kTwo, {kOne, kTwo}));
  EXPECT_TRUE(loop.run(call()).has_value());
  EXPECT_EQ(asked, (std::vector{kOne, kTwo}));
}

// A paused controller keeps its connections: without this a change would wait for half a minute.
TEST_F(ControllerChannelTest, ACallToAControllerThatHasBeenReplacedEndsAtOnce) {
  network.hanging = {kOne};
  const auto outcome = begin();
  EXPECT_FALSE(outcome->has_value());
  metadata.update(cluster(kTwo, {kOne, kTwo}));
  loop.poll();
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ(error(**outcome), std::errc::operation_canceled);
}

// After a power cut it is back before anybody has noticed: the connection stays silent for ever.
TEST_F(ControllerChannelTest, ACallToAControllerThatWasElectedAgainEndsAtOnce) {
  network.hanging = {kOne};
  const auto outcome = begin();
  auto again = cluster(kOne, {kOne, kTwo});
  again.controller_epoch = ControllerEpoch{1};
  metadata.update(again);
  loop.poll();
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ(error(**outcome), std::errc::operation_canceled);
}

TEST_F(ControllerChannelTest, UpdatesThatNameTheSameControllerLeaveACallAlone) {
  network.hanging = {kOne};
  const auto outcome = begin();
  metadata.update(cluster(kOne, {kOne}));
  loop.poll();
  EXPECT_FALSE(outcome->has_value());
}

TEST_F(ControllerChannelTest, WithoutAKnownControllerACallFailsAtOnce) {
  metadata.update(cluster(kNoBroker, {kOne, kTwo}));
  EXPECT_EQ(error(loop.run(call())), std::errc::host_unreachable);
  metadata.update(cluster(kOne, {kTwo}));
  EXPECT_EQ(error(loop.run(call())), std::errc::host_unreachable);
}

TEST_F(ControllerChannelTest, AfterAFailureItConnectsAgainAndAgreesOnVersionsAgain) {
  versions.clear();
  network.versions[ApiKey::kAlterPartition] = {0, 1};
  const auto alter = [this] { return channel.call(protocol::AlterPartitionRequest{}); };
  network.serve = [this](BrokerId, const protocol::RequestHeader& header, protocol::Reader&) {
    versions.push_back(header.version);
    return frame_of(header, protocol::AlterPartitionResponse{});
  };
  network.lose[kOne] = 1;
  EXPECT_FALSE(loop.run(alter()).has_value());
  network.versions.clear();
  EXPECT_TRUE(loop.run(alter()).has_value());
  EXPECT_EQ(versions, (std::vector<std::int16_t>{1, 3}));
  EXPECT_EQ(network.connections, 2);
}

TEST_F(ControllerChannelTest, ARequestThatTheControllerDoesNotServeIsNotSent) {
  network.versions[ApiKey::kAllocateProducerIds] = {7, 9};
  EXPECT_EQ(error(loop.run(call())), std::errc::not_supported);
  EXPECT_TRUE(asked.empty());
}

TEST_F(ControllerChannelTest, ClosingEndsTheCallUnderWayAndRefusesLaterOnes) {
  network.hanging = {kOne};
  const auto outcome = begin();
  loop.run(channel.close());
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ(error(**outcome), std::errc::operation_canceled);
  EXPECT_EQ(error(loop.run(call())), std::errc::operation_canceled);
}

}  // namespace
}  // namespace barnabas::broker::testing
