#include "zk/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "zk/model/connector.h"

namespace barnabas::zk {
namespace {

using namespace std::chrono_literals;
using model::Fate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ClientTest : public ::testing::Test {
 protected:
  ~ClientTest() override {
    loop.run(client.stop());
    loop.run(other.stop());
  }
  void SetUp() override {
    ASSERT_TRUE(loop.run(client.start(10s)).has_value());
    ASSERT_TRUE(loop.run(other.start(10s)).has_value());
  }
  SessionConfig config(const std::string& connect = "model:2181") { return {connect, 18s, 10}; }
  Outcome one(Request request) { return loop.run(client.submit_one(std::move(request))); }
  std::vector<Outcome> all(std::vector<Request> requests) {
    return loop.run(client.submit(std::move(requests)));
  }
  void watch(const std::string& path) {
    client.watch_path(path, {[this](const WatchEvent& event) { events.push_back(event); }});
  }
  // The next request that reaches the server has this fate, later ones go through.
  void next_request(Fate fate) {
    server.set_fate([fate, used = false](model::SessionId, const Request&) mutable {
      return std::exchange(used, true) ? Fate::kDeliver : fate;
    });
  }

  testing::VirtualLoop loop;
  testing::SeededRandom random{1};
  model::ModelServer server{loop.executor(), loop.clock, random};
  model::ModelConnector connector{server, loop.clock};
  Client client{connector, config(), loop.clock, loop.executor()};
  Client other{connector, config(), loop.clock, loop.executor()};
  std::vector<WatchEvent> events;
};

TEST_F(ClientTest, OutcomesComeInRequestOrder) {
  const auto outcomes = all({Create{"/a", "1"}, Create{"/a"}, GetData{"/a"}, Delete{"/none"}});
  ASSERT_EQ(outcomes.size(), 4u);
  EXPECT_EQ(outcomes[0]->path, "/a");
  EXPECT_EQ(outcomes[1].error().error, Error::kNodeExists);
  EXPECT_EQ(outcomes[2]->data, "1");
  EXPECT_EQ(outcomes[3].error().error, Error::kNoNode);
}

TEST_F(ClientTest, ALostRequestIsSentAgain) {
  next_request(Fate::kLoseRequest);
  const auto outcomes = all({Create{"/a", "1"}, Create{"/b"}});
  EXPECT_TRUE(outcomes[0].has_value());
  EXPECT_TRUE(outcomes[1].has_value());
  EXPECT_EQ(server.dump().at("/a").data, "1");
}

// A conditional write can come back BADVERSION although our own first try won.
TEST_F(ClientTest, AfterALostReplyTheResendMeetsItsOwnEffect) {
  one(Create{"/a", "0"});
  next_request(Fate::kLoseReply);
  EXPECT_EQ(one(SetData{"/a", "1", 0}).error().error, Error::kBadVersion);
  EXPECT_EQ(server.dump().at("/a").version, 1);
}

// The first ones have reached the server when the connection breaks: sent again, they meet
// themselves.
TEST_F(ClientTest, ResentRequestsKeepTheirOrder) {
  server.set_fate([count = 0](model::SessionId, const Request&) mutable {
    return ++count == 3 ? Fate::kLoseRequest : Fate::kDeliver;
  });
  std::vector<Request> creates;
  for (int i = 10; i < 40; ++i) creates.push_back(Create{"/n" + std::to_string(i)});
  const auto outcomes = all(creates);
  EXPECT_EQ(outcomes[0].error().error, Error::kNodeExists);
  EXPECT_EQ(outcomes[1].error().error, Error::kNodeExists);
  std::int64_t last = 0;
  for (int i = 10; i < 40; ++i) {
    const model::Node* node = server.tree().find("/n" + std::to_string(i));
    ASSERT_NE(node, nullptr);
    EXPECT_GT(node->czxid, last);
    last = node->czxid;
  }
}

// Requests wait through a disconnection as long as the session lives.
TEST_F(ClientTest, RequestsWaitForTheConnectionToReturn) {
  server.set_available(false);
  loop.pass(60s);
  EXPECT_EQ(client.state(), State::kConnecting);
  loop.start([](Client* c) -> env::Task<void> {
    Request request = Create{"/later"};
    const Outcome outcome = co_await c->submit_one(request);
    EXPECT_TRUE(outcome.has_value());
  }(&client));
  loop.pass(5s);
  server.set_available(true);
  loop.pass(1s);
  EXPECT_TRUE(server.dump().contains("/later"));
}

TEST_F(ClientTest, ExpiryEndsWhatIsWaitingAndOpensANewSession) {
  const std::int64_t first = client.session_id();
  one(Create{"/e", {}, CreateMode::kEphemeral});
  std::vector<std::string> calls;
  client.on_session(
      [&]() -> env::Task<void> {
        calls.push_back("expired");
        EXPECT_EQ(client.state(), State::kExpired);
        Request request = Exists{"/"};
        const Outcome outcome = co_await client.submit_one(request);
        EXPECT_EQ(outcome.error().error, Error::kSessionExpired);
      },
      [&]() -> env::Task<void> {
        calls.push_back("opened");
        Request request = Create{"/e", {}, CreateMode::kEphemeral};
        const Outcome outcome = co_await client.submit_one(request);
        EXPECT_TRUE(outcome.has_value());
      });
  server.set_fate([&](model::SessionId id, const Request&) {
    if (id != first) return Fate::kDeliver;
    server.expire(id);
    return Fate::kLoseReply;
  });
  EXPECT_EQ(one(GetData{"/e"}).error().error, Error::kSessionExpired);
  loop.pass(1s);
  EXPECT_THAT(calls, ElementsAre("expired", "opened"));
  EXPECT_NE(client.session_id(), first);
  EXPECT_EQ(server.dump().at("/e").ephemeral_owner, client.session_id());
}

// Somebody gave up before it began: a session opened now would never be closed.
TEST_F(ClientTest, AClientThatWasStoppedDoesNotStart) {
  Client late{connector, config(), loop.clock, loop.executor()};
  const auto sessions = server.sessions();
  loop.run(late.stop());
  EXPECT_EQ(loop.run(late.start(10s)).error(), Error::kClosing);
  EXPECT_EQ(server.sessions(), sessions);
}

TEST_F(ClientTest, AStopEndsAStartThatStillWaits) {
  server.set_available(false);
  Client late{connector, config(), loop.clock, loop.executor()};
  std::optional<Result<void>> started;
  loop.start([](Client* c, std::optional<Result<void>>* result) -> env::Task<void> {
    *result = co_await c->start(1h);
  }(&late, &started));
  loop.poll();
  ASSERT_FALSE(started.has_value());
  loop.run(late.stop());
  ASSERT_TRUE(started.has_value());
  EXPECT_FALSE(started->has_value());
}

TEST_F(ClientTest, ACutOffSessionExpiresAfterItsTimeoutOnly) {
  one(Create{"/e", {}, CreateMode::kEphemeral});
  const std::int64_t first = client.session_id();
  server.cut(first);
  loop.pass(17s);
  EXPECT_TRUE(server.dump().contains("/e"));
  server.heal(first);
  loop.pass(1s);
  EXPECT_EQ(client.session_id(), first);
  server.cut(first);
  loop.pass(19s);
  EXPECT_FALSE(server.dump().contains("/e"));
  server.heal(first);
  loop.pass(1s);
  EXPECT_NE(client.session_id(), first);
}

// What a broker that is killed leaves behind.
TEST_F(ClientTest, ACrashedClientsEphemeralNodesGoWithItsTimeout) {
  auto session = connector.open(config(), loop.executor(), {});
  loop.pass(1s);
  session->submit(Create{"/e", {}, CreateMode::kEphemeral}, [](Outcome) {});
  loop.pass(1s);
  session.reset();
  loop.pass(17s);
  EXPECT_TRUE(server.dump().contains("/e"));
  loop.pass(2s);
  EXPECT_FALSE(server.dump().contains("/e"));
}

TEST_F(ClientTest, AnEndedClientsEphemeralNodesGoAtOnce) {
  Client third(connector, config(), loop.clock, loop.executor());
  ASSERT_TRUE(loop.run(third.start(1s)).has_value());
  ASSERT_TRUE(loop.run(third.submit_one(Create{"/e", {}, CreateMode::kEphemeral})).has_value());
  loop.run(third.stop());
  EXPECT_FALSE(server.dump().contains("/e"));
  EXPECT_EQ(loop.run(third.submit_one(Exists{"/"})).error().error, Error::kClosing);
}

TEST_F(ClientTest, EventsGoToTheHandlerOfTheirPath) {
  one(Create{"/a", "0"});
  watch("/a");
  one(GetData{"/a", true});
  one(GetChildren{"/", true});
  ASSERT_TRUE(loop.run(other.submit_one(SetData{"/a", "1"})).has_value());
  ASSERT_TRUE(loop.run(other.submit_one(Create{"/b"})).has_value());
  loop.pass(1s);
  EXPECT_THAT(events, ElementsAre(WatchEvent{EventType::kDataChanged, "/a"}));
  client.unwatch_path("/a");
  one(GetData{"/a", true});
  ASSERT_TRUE(loop.run(other.submit_one(SetData{"/a", "2"})).has_value());
  loop.pass(1s);
  EXPECT_EQ(events.size(), 1u);
}

TEST_F(ClientTest, AnEventThatMissedItsClientIsDeliveredOnReturn) {
  one(Create{"/a", "0"});
  watch("/a");
  one(GetData{"/a", true});
  server.cut(client.session_id());
  ASSERT_TRUE(loop.run(other.submit_one(SetData{"/a", "1"})).has_value());
  loop.pass(5s);
  EXPECT_THAT(events, IsEmpty());
  server.heal(client.session_id());
  loop.pass(5s);
  EXPECT_THAT(events, ElementsAre(WatchEvent{EventType::kDataChanged, "/a"}));
}

// Whoever sees the new value has been told before.
TEST_F(ClientTest, AnEventComesBeforeAReplyThatShowsTheChange) {
  server.set_faults({.min_delay = 1ms, .max_delay = 50ms});
  one(Create{"/a", "0"});
  watch("/a");
  for (int i = 0; i < 50; ++i) {
    events.clear();
    const std::string old = *one(GetData{"/a", true})->data;
    loop.start([](Client* c, int value) -> env::Task<void> {
      Request request = SetData{"/a", std::to_string(value)};
      co_await c->submit_one(request);
    }(&other, i + 1));
    while (*one(GetData{"/a"})->data == old) {
    }
    EXPECT_EQ(events.size(), 1u);
  }
}

TEST_F(ClientTest, ParentsAreMadeWithNullData) {
  EXPECT_TRUE(loop.run(client.create_recursive("/a/b/c", "x")).has_value());
  EXPECT_EQ(server.dump().at("/a").data, std::nullopt);
  EXPECT_EQ(server.dump().at("/a/b").data, std::nullopt);
  EXPECT_EQ(server.dump().at("/a/b/c").data, "x");
  EXPECT_EQ(loop.run(client.create_recursive("/a/b/c", "y")).error(), Error::kNodeExists);
  EXPECT_EQ(server.dump().at("/a/b/c").data, "x");
}

TEST_F(ClientTest, ATreeIsDeletedChildrenFirst) {
  for (const char* path : {"/t/p/0/state", "/t/p/1/state", "/t/x"}) {
    ASSERT_TRUE(loop.run(client.create_recursive(path, "x")).has_value());
  }
  EXPECT_TRUE(loop.run(client.delete_recursive("/t")).has_value());
  EXPECT_FALSE(server.dump().contains("/t"));
  EXPECT_TRUE(loop.run(client.delete_recursive("/t")).has_value());
}

TEST_F(ClientTest, AChrootIsAddedAndTakenOff) {
  one(Create{"/root"});
  Client inside(connector, config("a:1,b:2/root"), loop.clock, loop.executor());
  ASSERT_TRUE(loop.run(inside.start(1s)).has_value());
  EXPECT_EQ(loop.run(inside.submit_one(Create{"/a", "1"}))->path, "/a");
  EXPECT_EQ(server.dump().at("/root/a").data, "1");
  EXPECT_THAT(loop.run(inside.submit_one(GetChildren{"/"}))->children, ElementsAre("a"));
  const Outcome multi = loop.run(inside.submit_one(Multi{{Create{"/b"}, SetData{"/a", "2"}}}));
  EXPECT_EQ(multi->multi[0].path, "/b");
  inside.watch_path("/a", {[this](const WatchEvent& event) { events.push_back(event); }});
  loop.run(inside.submit_one(GetData{"/a", true}));
  one(SetData{"/root/a", "3"});
  loop.pass(1s);
  EXPECT_THAT(events, ElementsAre(WatchEvent{EventType::kDataChanged, "/a"}));
  loop.run(inside.stop());
}

TEST_F(ClientTest, StartFailsWhenNobodyAnswers) {
  server.set_available(false);
  Client late(connector, config(), loop.clock, loop.executor());
  EXPECT_EQ(loop.run(late.start(6s)).error(), Error::kConnectionLoss);
  loop.run(late.stop());
}

// Each seed is one history of lost messages: nothing is lost for good and nothing is done out of
// order.
TEST_F(ClientTest, WritesSurviveAnUnreliableConnection) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    testing::SeededRandom dice(seed);
    model::ModelServer shaky(loop.executor(), loop.clock, dice);
    model::ModelConnector to_shaky(shaky, loop.clock);
    Client writer(to_shaky, config(), loop.clock, loop.executor());
    shaky.set_faults({.max_delay = 20ms, .lose_request_one_in = 10, .lose_reply_one_in = 10});
    ASSERT_TRUE(loop.run(writer.start(10s)).has_value());
    std::vector<Request> requests{Create{"/a"}};
    for (int i = 0; i < 40; ++i) requests.push_back(SetData{"/a", std::to_string(i)});
    const auto outcomes = loop.run(writer.submit(requests));
    for (std::size_t i = 1; i < outcomes.size(); ++i) EXPECT_TRUE(outcomes[i].has_value());
    EXPECT_EQ(shaky.dump().at("/a").data, "39");
    loop.run(writer.stop());
  }
}

}  // namespace
}  // namespace barnabas::zk
