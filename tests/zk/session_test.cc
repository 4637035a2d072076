// What a session promises, over the in-memory model and over a real server: they cannot drift
// apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "env/log.h"
#include "tests/zk/backend.h"
#include "zk/client.h"

namespace barnabas::zk {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ConformanceTest : public ::testing::TestWithParam<BackendKind> {
 protected:
  // A session with all it was told.
  struct Told {
    std::unique_ptr<Session> session;
    std::vector<State> states;
    std::vector<WatchEvent> events;
  };

  void SetUp() override {
    backend = make_backend(GetParam());
    a = open();
    b = open();
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    root = "/" + std::string(test->name());
    std::ranges::replace(root, '/', '_');
    root = "/" + root.substr(1);
    ASSERT_TRUE(run(Create{root}).has_value());
  }
  void TearDown() override {
    for (auto* told : {&a, &b}) {
      if (*told) close(**told);
    }
  }

  std::unique_ptr<Told> open(const std::string& chroot = "") {
    auto told = std::make_unique<Told>();
    SessionEvents events;
    events.on_state = [t = told.get()](State state) { t->states.push_back(state); };
    events.on_watch = [t = told.get()](WatchEvent event) { t->events.push_back(std::move(event)); };
    told->session = backend->connector().open({backend->hosts() + chroot, 10s, 10},
                                              backend->executor(), std::move(events));
    const bool connected =
        backend->until([&] { return told->session->state() == State::kConnected; });
    EXPECT_TRUE(connected);
    return told;
  }
  void close(Told& told) {
    bool closed = false;
    boost::asio::co_spawn(backend->executor(), told.session->close(),
                          [&](std::exception_ptr) { closed = true; });
    ASSERT_TRUE(backend->until([&] { return closed; }));
  }

  Outcome run(Request request, Told* by = nullptr) {
    std::optional<Outcome> outcome;
    Session& session = by != nullptr ? *by->session : *a->session;
    session.submit(std::move(request), [&](Outcome o) { outcome = std::move(o); });
    EXPECT_TRUE(backend->until([&] { return outcome.has_value(); }));
    return outcome.value_or(std::unexpected(Failure{Error::kOperationTimeout}));
  }
  Reply ok(Request request, Told* by = nullptr) {
    const Outcome outcome = run(std::move(request), by);
    EXPECT_TRUE(outcome.has_value()) << name(outcome.error().error);
    return outcome.value_or(Reply{});
  }
  Failure failure(Request request) {
    const Outcome outcome = run(std::move(request));
    EXPECT_FALSE(outcome.has_value());
    return outcome.has_value() ? Failure{} : outcome.error();
  }
  Error error(Request request) { return failure(std::move(request)).error; }
  std::string at(const std::string& name) const { return root + name; }
  Stat stat(const std::string& name) { return ok(Exists{at(name)}).stat; }

  std::unique_ptr<Backend> backend;
  std::unique_ptr<Told> a;
  std::unique_ptr<Told> b;
  std::string root;
};

TEST_P(ConformanceTest, ANewNodeComesWithItsStat) {
  const Reply reply = ok(Create{at("/n"), "data"});
  EXPECT_EQ(reply.path, at("/n"));
  EXPECT_EQ(reply.stat, stat("/n"));
  EXPECT_EQ(reply.stat.czxid, reply.stat.mzxid);
  EXPECT_EQ(reply.stat.czxid, reply.stat.pzxid);
  EXPECT_EQ(reply.stat.ctime_ms, reply.stat.mtime_ms);
  EXPECT_EQ(reply.stat.version, 0);
  EXPECT_EQ(reply.stat.cversion, 0);
  EXPECT_EQ(reply.stat.data_length, 4);
  EXPECT_EQ(reply.stat.ephemeral_owner, 0);
}

TEST_P(ConformanceTest, AnEphemeralNodeIsItsSessions) {
  EXPECT_NE(a->session->id(), 0);
  EXPECT_EQ(ok(Create{at("/e"), {}, CreateMode::kEphemeral}).stat.ephemeral_owner,
            a->session->id());
  EXPECT_EQ(error(Create{at("/e/child")}), Error::kNoChildrenForEphemerals);
  close(*a);
  a = open();
  EXPECT_EQ(error(Exists{at("/e")}), Error::kNoNode);
}

TEST_P(ConformanceTest, SequenceNumbersCountCreationsAlone) {
  const auto sequential = CreateMode::kPersistentSequential;
  EXPECT_EQ(ok(Create{at("/n_"), {}, sequential}).path, at("/n_0000000000"));
  ok(Delete{at("/n_0000000000")});
  EXPECT_EQ(ok(Create{at("/m_"), {}, sequential}).path, at("/m_0000000001"));
  ok(Create{at("/plain")});
  EXPECT_EQ(error(Create{at("/plain")}), Error::kNodeExists);
  EXPECT_EQ(ok(Create{at("/"), {}, CreateMode::kEphemeralSequential}).path, at("/0000000003"));
  EXPECT_EQ(stat("").cversion, 5);
  EXPECT_EQ(stat("").num_children, 3);
}

TEST_P(ConformanceTest, NullAndEmptyDataStayApart) {
  ok(Create{at("/null"), std::nullopt});
  ok(Create{at("/empty"), ""});
  EXPECT_EQ(ok(GetData{at("/null")}).data, std::nullopt);
  EXPECT_EQ(ok(GetData{at("/empty")}).data, "");
  ok(SetData{at("/empty"), std::nullopt});
  EXPECT_EQ(ok(GetData{at("/empty")}).data, std::nullopt);
  EXPECT_EQ(stat("/empty").data_length, 0);
}

TEST_P(ConformanceTest, ANodeIsOpenToAll) {
  ok(Create{at("/n")});
  const Reply reply = ok(GetAcl{at("/n")});
  EXPECT_THAT(reply.acl, ElementsAre(Acl{Acl::kAll, "world", "anyone"}));
  EXPECT_EQ(reply.stat, stat("/n"));
  EXPECT_EQ(error(GetAcl{at("/nope")}), Error::kNoNode);
}

TEST_P(ConformanceTest, SyncDoesNotAskForTheNode) {
  ok(Sync{at("/nope")});
  ok(Sync{at("")});
}

TEST_P(ConformanceTest, VersionsGuardWrites) {
  const std::int64_t czxid = ok(Create{at("/n"), "0"}).stat.czxid;
  const Stat changed = ok(SetData{at("/n"), "11", 0}).stat;
  EXPECT_EQ(changed.version, 1);
  EXPECT_EQ(changed.czxid, czxid);
  EXPECT_GT(changed.mzxid, czxid);
  EXPECT_EQ(changed.data_length, 2);
  EXPECT_EQ(error(SetData{at("/n"), "2", 0}), Error::kBadVersion);
  EXPECT_EQ(ok(SetData{at("/n"), "2"}).stat.version, 2);
  EXPECT_EQ(error(Delete{at("/n"), 1}), Error::kBadVersion);
  ok(Delete{at("/n"), 2});
  EXPECT_EQ(error(SetData{at("/n"), "3"}), Error::kNoNode);
}

TEST_P(ConformanceTest, ErrorsHaveTheirCodes) {
  ok(Create{at("/n")});
  ok(Create{at("/n/c")});
  EXPECT_EQ(error(Delete{at("/n")}), Error::kNotEmpty);
  EXPECT_EQ(error(Delete{at("/none")}), Error::kNoNode);
  EXPECT_EQ(error(Create{at("/none/c")}), Error::kNoNode);
  EXPECT_EQ(error(Exists{at("/none")}), Error::kNoNode);
  EXPECT_EQ(error(GetData{at("/none")}), Error::kNoNode);
  EXPECT_EQ(error(GetChildren{at("/none")}), Error::kNoNode);
  EXPECT_EQ(error(GetData{"relative"}), Error::kBadArguments);
  EXPECT_EQ(error(Create{at("/n/")}), Error::kBadArguments);
}

TEST_P(ConformanceTest, EveryWriteTakesAZxidEvenAFailedOne) {
  const std::int64_t first = ok(Create{at("/1")}).stat.czxid;
  error(Create{at("/1")});
  error(SetData{at("/1"), "x", 9});
  ok(Exists{at("/1")});
  EXPECT_EQ(ok(Create{at("/2")}).stat.czxid, first + 3);
}

TEST_P(ConformanceTest, ChildrenCarryTheStatOfTheirParent) {
  ok(Create{at("/x")});
  ok(Create{at("/y")});
  ok(Create{at("/y/z")});
  const Reply reply = ok(GetChildren{root});
  EXPECT_THAT(reply.children, UnorderedElementsAre("x", "y"));
  EXPECT_EQ(reply.stat, stat(""));
  EXPECT_EQ(reply.stat.pzxid, stat("/y").czxid);
  EXPECT_THAT(ok(GetChildren{at("/x")}).children, IsEmpty());
}

// The election: the broker epoch and the fence are in its replies.
TEST_P(ConformanceTest, AMultiGivesPathsAndStats) {
  ok(Create{at("/epoch"), "0"});
  const Reply reply = ok(Multi{
      {Check{at("/epoch"), 0}, Create{at("/c"), "me", CreateMode::kEphemeral},
       SetData{at("/epoch"), "1", 0}, Create{at("/s_"), {}, CreateMode::kPersistentSequential},
       SetData{at("/c"), "me again", 0}}});
  ASSERT_EQ(reply.multi.size(), 5u);
  EXPECT_EQ(reply.multi[1].path, at("/c"));
  EXPECT_EQ(reply.multi[2].stat, stat("/epoch"));
  EXPECT_EQ(reply.multi[2].stat.version, 1);
  EXPECT_EQ(reply.multi[3].path, at("/s_0000000002"));
  EXPECT_EQ(reply.multi[4].stat.version, 1);
  EXPECT_EQ(reply.multi[4].stat.czxid, stat("/epoch").mzxid);
  EXPECT_EQ(reply.multi[4].stat.ephemeral_owner, a->session->id());
}

TEST_P(ConformanceTest, AFailedMultiNamesItsOpAndLeavesNothing) {
  ok(Create{at("/n"), "0"});
  const Failure later = failure(
      Multi{{Create{at("/m")}, SetData{at("/n"), "1"}, Check{at("/n"), 7}, Create{at("/o")}}});
  EXPECT_EQ(later.error, Error::kBadVersion);
  EXPECT_EQ(later.failed_op, 2);
  EXPECT_EQ(ok(GetData{at("/n")}).data, "0");
  EXPECT_EQ(error(Exists{at("/m")}), Error::kNoNode);

  const Failure first = failure(Multi{{Create{at("/n")}, SetData{at("/n"), "1"}}});
  EXPECT_EQ(first.error, Error::kNodeExists);
  EXPECT_EQ(first.failed_op, 0);
  const Failure fenced = failure(Multi{{Check{at("/n"), 0}, Delete{at("/none")}}});
  EXPECT_EQ(fenced.error, Error::kNoNode);
  EXPECT_EQ(fenced.failed_op, 1);
  EXPECT_EQ(stat("").cversion, 1);
}

TEST_P(ConformanceTest, ADataWatchGoesOffOnceAndBeforeTheReplyThatShowsTheChange) {
  ok(Create{at("/n"), "0"});
  ok(GetData{at("/n"), true});
  ok(SetData{at("/n"), "1"}, b.get());
  ok(SetData{at("/n"), "2"}, b.get());
  while (ok(GetData{at("/n")}).data != "2") {
  }
  EXPECT_THAT(a->events, ElementsAre(WatchEvent{EventType::kDataChanged, at("/n")}));
  EXPECT_THAT(b->events, IsEmpty());
}

TEST_P(ConformanceTest, ASessionHearsOfItsOwnWriteBeforeItsReply) {
  ok(Create{at("/n"), "0"});
  ok(GetData{at("/n"), true});
  ok(SetData{at("/n"), "1"});
  EXPECT_EQ(a->events.size(), 1u);
}

TEST_P(ConformanceTest, AnExistsWatchHearsOfCreationChangeAndEnd) {
  EXPECT_EQ(error(Exists{at("/n"), true}), Error::kNoNode);
  EXPECT_EQ(error(GetData{at("/o"), true}), Error::kNoNode);
  ok(Create{at("/o")});
  ok(Create{at("/n")});
  EXPECT_THAT(a->events, ElementsAre(WatchEvent{EventType::kCreated, at("/n")}));
  ok(Exists{at("/n"), true});
  ok(SetData{at("/n"), "1"});
  ok(Exists{at("/n"), true});
  ok(Delete{at("/n")});
  EXPECT_THAT(a->events, ElementsAre(WatchEvent{EventType::kCreated, at("/n")},
                                     WatchEvent{EventType::kDataChanged, at("/n")},
                                     WatchEvent{EventType::kDeleted, at("/n")}));
}

TEST_P(ConformanceTest, AChildWatchHearsOfChildrenAndOfTheNodesEnd) {
  ok(Create{at("/n")});
  ok(GetChildren{at("/n"), true});
  ok(SetData{at("/n"), "no matter"});
  ok(Create{at("/n/c")});
  ok(GetChildren{at("/n"), true});
  ok(SetData{at("/n/c"), "no matter"});
  ok(Delete{at("/n/c")});
  ok(GetChildren{at("/n"), true});
  ok(Delete{at("/n")});
  EXPECT_THAT(a->events, ElementsAre(WatchEvent{EventType::kChildrenChanged, at("/n")},
                                     WatchEvent{EventType::kChildrenChanged, at("/n")},
                                     WatchEvent{EventType::kDeleted, at("/n")}));
}

TEST_P(ConformanceTest, TwoWatchesOnANodeTellOfItsEndOnce) {
  ok(Create{at("/n")});
  ok(GetData{at("/n"), true});
  ok(GetChildren{at("/n"), true});
  ok(Delete{at("/n")}, b.get());
  while (run(Exists{at("/n")}).has_value()) {
  }
  EXPECT_THAT(a->events, ElementsAre(WatchEvent{EventType::kDeleted, at("/n")}));
}

TEST_P(ConformanceTest, AMultiFiresTheWatchesOfAllItsOps) {
  ok(Create{at("/n"), "0"});
  ok(GetData{at("/n"), true});
  ok(GetChildren{root, true});
  ok(Multi{{SetData{at("/n"), "1"}, Create{at("/m")}}});
  EXPECT_THAT(a->events, ElementsAre(WatchEvent{EventType::kDataChanged, at("/n")},
                                     WatchEvent{EventType::kChildrenChanged, root}));
}

// More requests than may be in flight: sent and answered in order.
TEST_P(ConformanceTest, RepliesComeInRequestOrder) {
  ok(Create{at("/n"), ""});
  std::vector<int> versions;
  for (int i = 0; i < 200; ++i) {
    a->session->submit(SetData{at("/n"), std::to_string(i), i},
                       [&](Outcome o) { versions.push_back(o ? o->stat.version : -1); });
  }
  ASSERT_TRUE(backend->until([&] { return versions.size() == 200; }));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(versions[static_cast<std::size_t>(i)], i + 1);
}

// A list of many topics is larger than ZooKeeper's default limit of 1 MiB.
TEST_P(ConformanceTest, RepliesMayBeLargerThanAMebibyte) {
  const std::string large(2u << 20, 'x');
  ok(Create{at("/large"), large});
  EXPECT_EQ(ok(GetData{at("/large")}).data, large);

  constexpr int kMultis = 20;
  constexpr int kOps = 500;
  ok(Create{at("/many")});
  int done = 0;
  for (int m = 0; m < kMultis; ++m) {
    Multi multi;
    for (int i = 0; i < kOps; ++i) {
      multi.ops.push_back(
          Create{at("/many/") + std::string(200, 'n') + std::to_string(m * kOps + i)});
    }
    a->session->submit(std::move(multi), [&](Outcome o) { done += o ? 1 : 0; });
  }
  ASSERT_TRUE(backend->until([&] { return done == kMultis; }));
  EXPECT_EQ(ok(GetChildren{at("/many")}).children.size(), static_cast<std::size_t>(kMultis * kOps));
}

TEST_P(ConformanceTest, ExpiryIsAnEventAndEndsEverything) {
  ok(Create{at("/e"), {}, CreateMode::kEphemeral});
  backend->expire(*a->session);
  ASSERT_TRUE(backend->until([&] { return a->session->state() == State::kExpired; }));
  EXPECT_EQ(a->states.back(), State::kExpired);
  EXPECT_EQ(error(GetData{root}), Error::kSessionExpired);
  EXPECT_FALSE(run(Exists{at("/e")}, b.get()).has_value());
}

TEST_P(ConformanceTest, RequestsInFlightEndWithTheSession) {
  std::vector<Error> errors;
  backend->expire(*a->session);
  for (int i = 0; i < 30; ++i) {
    a->session->submit(Exists{root},
                       [&](Outcome o) { errors.push_back(o ? Error{} : o.error().error); });
  }
  ASSERT_TRUE(backend->until([&] { return errors.size() == 30; }));
  ASSERT_TRUE(backend->until([&] { return a->session->state() == State::kExpired; }));
  for (const Error e : errors)
    EXPECT_THAT(e, AnyOf(Error::kSessionExpired, Error::kConnectionLoss));
}

TEST_P(ConformanceTest, ClosingEndsWhatIsInFlightAndIsSilentAfterwards) {
  ok(GetData{root, true});
  std::vector<Error> errors;
  for (int i = 0; i < 30; ++i) {
    a->session->submit(SetData{at("/none"), "x"},
                       [&](Outcome o) { errors.push_back(o ? Error{} : o.error().error); });
  }
  const auto states = a->states;
  close(*a);
  ASSERT_EQ(errors.size(), 30u);
  EXPECT_EQ(errors.back(), Error::kClosing);
  EXPECT_EQ(a->session->state(), State::kClosed);
  ok(SetData{root, "changed"}, b.get());
  EXPECT_EQ(error(Exists{root}), Error::kClosing);
  EXPECT_THAT(a->events, IsEmpty());
  EXPECT_EQ(a->states, states);
}

TEST_P(ConformanceTest, ASessionOutlivesItsConnection) {
  ok(Create{at("/n"), "0"});
  ok(Create{at("/e"), {}, CreateMode::kEphemeral});
  ok(GetData{at("/n"), true});
  const std::int64_t id = a->session->id();
  backend->bounce();
  ASSERT_TRUE(backend->until([&] { return a->states.size() == 3; }));
  EXPECT_THAT(a->states, ElementsAre(State::kConnected, State::kConnecting, State::kConnected));
  EXPECT_EQ(a->session->id(), id);
  EXPECT_EQ(stat("/e").ephemeral_owner, id);
  ASSERT_TRUE(backend->until([&] { return b->session->state() == State::kConnected; }));
  ok(SetData{at("/n"), "1"}, b.get());
  EXPECT_TRUE(backend->until([&] { return !a->events.empty(); }));
}

// What is submitted while there is no connection waits for it.
TEST_P(ConformanceTest, RequestsWaitForTheFirstConnection) {
  std::optional<Outcome> outcome;
  const auto session =
      backend->connector().open({backend->hosts(), 10s, 10}, backend->executor(), {});
  EXPECT_EQ(session->state(), State::kConnecting);
  session->submit(Exists{root}, [&](Outcome o) { outcome = std::move(o); });
  EXPECT_FALSE(outcome.has_value());
  ASSERT_TRUE(backend->until([&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->has_value());
}

TEST_P(ConformanceTest, AChrootIsInvisibleFromWithin) {
  auto inside = open(root);
  EXPECT_EQ(ok(Create{"/n", "1"}, inside.get()).path, "/n");
  EXPECT_EQ(ok(GetData{at("/n")}).data, "1");
  EXPECT_THAT(ok(GetChildren{"/"}, inside.get()).children, ElementsAre("n"));
  const Reply multi =
      ok(Multi{{Create{"/s_", {}, CreateMode::kPersistentSequential}, SetData{"/n", "2"}}},
         inside.get());
  EXPECT_EQ(multi.multi[0].path, "/s_0000000001");
  ok(GetData{"/n", true}, inside.get());
  ok(GetChildren{"/", true}, inside.get());
  ok(SetData{"/n", "3"}, inside.get());
  ok(Create{"/m"}, inside.get());
  EXPECT_THAT(inside->events, ElementsAre(WatchEvent{EventType::kDataChanged, "/n"},
                                          WatchEvent{EventType::kChildrenChanged, "/"}));
  close(*inside);
}

// A missing chroot shows as a missing node, on the first write.
TEST_P(ConformanceTest, AMissingChrootIsAMissingNode) {
  auto inside = open(root + "/none");
  EXPECT_EQ(run(Create{"/n"}, inside.get()).error().error, Error::kNoNode);
  close(*inside);
}

// The client above both: expiry, then a session of its own again.
TEST_P(ConformanceTest, AClientOpensItsNextSessionByItself) {
  Client client(backend->connector(), {backend->hosts(), 10s, 10}, backend->clock(),
                backend->executor());
  bool ended = false;
  const auto script = [](Client* c, std::string path) -> env::Task<void> {
    const auto started = co_await c->start(10s);
    EXPECT_TRUE(started.has_value());
    const auto made = co_await c->create_recursive(path + "/x/y/z", "data");
    EXPECT_TRUE(made.has_value());
    const auto gone = co_await c->delete_recursive(path + "/x");
    EXPECT_TRUE(gone.has_value());
    Request request = Exists{path + "/x"};
    const Outcome outcome = co_await c->submit_one(request);
    EXPECT_FALSE(outcome.has_value());
    co_await c->stop();
  };
  boost::asio::co_spawn(backend->executor(), script(&client, root),
                        [&](std::exception_ptr) { ended = true; });
  EXPECT_TRUE(backend->until([&] { return ended; }));
}

INSTANTIATE_TEST_SUITE_P(, ConformanceTest,
                         ::testing::Values(BackendKind::kModel, BackendKind::kServer),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace barnabas::zk

// The C client forgets its own records of what was in flight when a handle is closed.
extern "C" const char* __lsan_default_suppressions() { return "leak:libzookeeper_mt.so"; }

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  barnabas::env::set_log_level("root", barnabas::env::LogLevel::kError);
  return RUN_ALL_TESTS();
}
