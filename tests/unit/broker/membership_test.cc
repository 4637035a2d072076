#include "broker/membership.h"

#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "zk/model/connector.h"
#include "zk/paths.h"

namespace barnabas::broker {
namespace {

using namespace std::chrono_literals;

constexpr BrokerId kSelf{1};

// A broker that wants to register, and another session that may stand in its way.
class MembershipTest : public ::testing::Test {
 protected:
  MembershipTest() {
    EXPECT_TRUE(loop.run(client.start(10s)).has_value());
    EXPECT_TRUE(loop.run(other.start(10s)).has_value());
    EXPECT_TRUE(loop.run(membership.create_top_level_paths()).has_value());
  }
  ~MembershipTest() override {
    loop.run(client.stop());
    loop.run(other.stop());
  }
  void other_session_registers() {
    zk::Request node = zk::Create{zk::paths::broker(kSelf), "{}", zk::CreateMode::kEphemeral};
    ASSERT_TRUE(loop.run(other.submit_one(std::move(node))).has_value());
  }
  void begin_registration(env::Duration patience) {
    loop.start(register_broker(patience));
    loop.pass(1s);
  }
  env::Task<void> register_broker(env::Duration patience) {
    zk::BrokerRegistration registration;
    result = co_await membership.register_broker(kSelf, registration, patience);
  }

  testing::VirtualLoop loop;
  testing::SeededRandom random{1};
  zk::model::ModelServer server{loop.executor(), loop.clock, random};
  zk::model::ModelConnector connector{server, loop.clock};
  zk::Client client{connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()};
  zk::Client other{connector, {"model:2181", 18s, 10}, loop.clock, loop.executor()};
  Membership membership{&client, &loop.clock, &random};
  std::optional<Startup<BrokerEpoch>> result;
};

// A broker that was killed comes back before ZooKeeper has noticed.
TEST_F(MembershipTest, RegistersOnceTheNodeOfAnEarlierSessionHasGone) {
  other_session_registers();
  begin_registration(36s);
  EXPECT_FALSE(result.has_value());
  loop.run(other.stop());
  loop.pass(1s);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->has_value());
}

TEST_F(MembershipTest, GivesUpWhenAnotherSessionKeepsTheNode) {
  other_session_registers();
  begin_registration(36s);
  loop.pass(36s);
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
}

// A stop must not last as long as another session may.
TEST_F(MembershipTest, AStopEndsTheWaitForTheNodeToGoAtOnce) {
  other_session_registers();
  begin_registration(36s);
  ASSERT_FALSE(result.has_value());
  membership.stop();
  loop.poll();
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
}

TEST_F(MembershipTest, AfterAStopNothingIsRegistered) {
  membership.stop();
  begin_registration(36s);
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
  EXPECT_FALSE(server.dump().contains(zk::paths::broker(kSelf)));
}

}  // namespace
}  // namespace barnabas::broker
