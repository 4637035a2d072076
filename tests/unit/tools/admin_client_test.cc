#include "tools/admin_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/create_topics.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/tools/fake_broker.h"
#include "tools/broker_api_versions.h"

namespace barnabas::tools {
namespace {

using protocol::CreateTopicsRequest;
using protocol::CreateTopicsResponse;
using protocol::MetadataRequest;
using protocol::MetadataResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AdminClientTest : public ::testing::Test {
 protected:
  // Brokers 1 and 2 at ports 9001 and 9002.
  void SetUp() override {
    for (const std::uint16_t port : {9001, 9002}) {
      network_.on<MetadataRequest>(port, [this](const MetadataRequest&) { return metadata(); });
    }
  }

  MetadataResponse metadata() const {
    MetadataResponse response;
    response.brokers.push_back({BrokerId(1), "b1", 9001, "RACK1"});
    response.brokers.push_back({BrokerId(2), "b2", 9002, std::nullopt});
    response.controller_id = BrokerId(controller_);
    return response;
  }

  AdminResult<CreateTopicsResponse> create(std::vector<env::Address> bootstrap) {
    AdminClient client({network_, loop_.clock, loop_.executor()}, std::move(bootstrap));
    CreateTopicsRequest request;
    request.topics.emplace_back().name = "t";
    return loop_.run(client.call(Controller{}, std::move(request), "createTopics",
                                 [](const CreateTopicsResponse& r) {
                                   return r.topics[0].error_code == ErrorCode::kNotController;
                                 }));
  }

  void answer_create(std::uint16_t port, int id) {
    network_.on<CreateTopicsRequest>(port, [this, id](const CreateTopicsRequest& request) {
      CreateTopicsResponse response;
      auto& result = response.topics.emplace_back();
      result.name = request.topics[0].name;
      if (moves_to_ != 0) controller_ = std::exchange(moves_to_, 0);
      if (controller_ != id) result.error_code = ErrorCode::kNotController;
      return response;
    });
  }

  testing::VirtualLoop loop_;
  FakeNetwork network_;
  int controller_ = 2;
  int moves_to_ = 0;
};

TEST_F(AdminClientTest, ItFindsTheControllerThroughAnyBroker) {
  answer_create(9002, 2);
  const auto answer = create({{"b1", 9001}});
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->topics[0].name, "t");
  EXPECT_THAT(network_.asked, ElementsAre("9001 ApiVersions", "9001 Metadata", "9002 ApiVersions",
                                          "9002 CreateTopics"));
}

TEST_F(AdminClientTest, ABrokerThatIsDownIsPassedOver) {
  answer_create(9002, 2);
  EXPECT_TRUE(create({{"gone", 9009}, {"b1", 9001}}));
  EXPECT_THAT(network_.dialled, ElementsAre(9009, 9001, 9002));
}

// The controller may move between our question who it is and the request to it.
TEST_F(AdminClientTest, AControllerThatMovedIsLookedForAgain) {
  answer_create(9001, 1);
  answer_create(9002, 2);
  moves_to_ = 1;
  const auto answer = create({{"b1", 9001}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->topics[0].error_code, ErrorCode::kNone);
  EXPECT_EQ(network_.asked.back(), "9001 CreateTopics");
}

TEST_F(AdminClientTest, WithoutAnyBrokerItGivesUpInAMinute) {
  const auto before = loop_.clock.now();
  const auto answer = create({{"gone", 9009}});
  EXPECT_EQ(answer.error().text, "Timed out waiting for a node assignment. Call: createTopics");
  EXPECT_EQ(loop_.clock.now() - before, AdminConfig().call_timeout);
}

TEST_F(AdminClientTest, ItsConfigurationIsObeyed) {
  AdminClient client({network_, loop_.clock, loop_.executor()}, {{"b1", 9001}});
  client.obey({.call_timeout = std::chrono::seconds(7),
               .request_timeout = std::chrono::seconds(3),
               .client_id = "me"});
  EXPECT_TRUE(loop_.run(client.cluster("listNodes")));
  EXPECT_EQ(network_.client_id, "me");
  EXPECT_EQ(network_.patience, std::chrono::seconds(3));
  network_.down(9001);
  network_.down(9002);
  const auto before = loop_.clock.now();
  EXPECT_FALSE(
      loop_.run(client.call(Controller{}, protocol::CreateTopicsRequest{}, "createTopics")));
  EXPECT_EQ(loop_.clock.now() - before, std::chrono::seconds(7));
}

TEST_F(AdminClientTest, ARequestTheBrokerDoesNotOfferIsNotSent) {
  const auto answer = create({{"b1", 9001}});
  EXPECT_EQ(answer.error().code, ErrorCode::kUnsupportedVersion);
}

TEST_F(AdminClientTest, EachBrokersVersionsArePrinted) {
  AdminClient client({network_, loop_.clock, loop_.executor()}, {{"b1", 9001}});
  std::ostringstream out, err;
  EXPECT_EQ(loop_.run(print_api_versions(&client, Console{out, err})), 0);
  EXPECT_THAT(out.str(), ::testing::StartsWith("b1:9001 (id: 1 rack: RACK1) -> (\n"
                                               "\tProduce(0): UNSUPPORTED,\n"));
  EXPECT_THAT(out.str(), HasSubstr("\tMetadata(3): 0 to 12 [usable: 12],\n"));
  EXPECT_THAT(out.str(), HasSubstr("b2:9002 (id: 2 rack: null) -> (\n"));
}

TEST(ShowApiVersionsTest, WhatTheBrokerOffersIsCutToWhatWeSpeak) {
  protocol::ApiVersionsResponse versions;
  versions.api_keys = {{3, 0, 99}, {45, 0, 0}, {999, 1, 2}};
  const auto text = show_api_versions(versions);
  EXPECT_THAT(text, HasSubstr("\tMetadata(3): 0 to 99 [usable: 12],\n"));
  EXPECT_THAT(text, HasSubstr("\tAlterPartitionReassignments(45): 0 [usable: 0],\n"));
  EXPECT_THAT(text, HasSubstr("\tDescribeQuorum(55): UNSUPPORTED,\n"));
  EXPECT_THAT(text, ::testing::EndsWith("\tUNKNOWN(999): 1 to 2\n)"));
}

TEST(ParseBootstrapTest, AddressesComeInTheirOrder) {
  const auto addresses = parse_bootstrap("a:1, b:2,[::1]:3").value();
  EXPECT_THAT(addresses,
              ElementsAre(env::Address{"a", 1}, env::Address{"b", 2}, env::Address{"::1", 3}));
  EXPECT_EQ(parse_bootstrap("localhost").error(), "Invalid url in bootstrap.servers: localhost");
  EXPECT_EQ(parse_bootstrap("localhost:abc").error(),
            "Invalid url in bootstrap.servers: localhost:abc");
  EXPECT_FALSE(parse_bootstrap(""));
}

}  // namespace
}  // namespace barnabas::tools
