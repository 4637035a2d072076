#include "env/sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "env/log.h"

namespace barnabas::env::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Frame frame_of(std::string_view text) {
  Bytes bytes = std::as_bytes(std::span(text));
  return Frame(bytes.begin(), bytes.end());
}

std::string text_of(const Frame& frame) {
  return std::string(reinterpret_cast<const char*>(frame.data()), frame.size());
}

using Words = std::vector<std::string>;

Task<void> call(Channel* channel, std::string request, Duration timeout, Words* said) {
  Frame frame = frame_of(request);
  IoResult<Frame> response = co_await channel->call(std::move(frame), timeout);
  said->push_back(response ? text_of(*response) : response.error().message());
}

Task<void> say_after(Clock* clock, Duration delay, std::string word, Words* said) {
  co_await sleep_for(*clock, delay);
  said->push_back(word);
}

Task<void> say_work(Disk* disk, std::string word, Words* said) {
  auto work = [said, word] { said->push_back(word); };
  co_await disk->run(work);
  said->push_back(word + " done");
}

Task<std::optional<Frame>> echo(Incoming incoming, Words* heard) {
  std::string text = text_of(incoming.frame);
  heard->push_back(text);
  if (text == "close") co_return std::nullopt;
  co_return frame_of("re " + text);
}

Task<std::optional<Frame>> echo_late(Incoming incoming, Clock* clock, Words* heard) {
  co_await sleep_for(*clock, 100ms);
  heard->push_back(text_of(incoming.frame));
  co_return frame_of("late");
}

std::string message(std::errc code) { return std::make_error_code(code).message(); }

class WorldTest : public testing::Test {
 protected:
  WorldTest() { serve(); }

  void serve() {
    server_ = &world_.start("server");
    server_->network().listen(9092, [this](Incoming in) { return echo(std::move(in), &heard_); });
    slow_clock_ = &server_->clock();
    server_->network().listen(
        9093, [this](Incoming in) { return echo_late(std::move(in), slow_clock_, &heard_); });
  }

  void send(const std::string& text, Duration timeout = 1s) {
    client_.spawn(call(channel_.get(), text, timeout, &said_));
  }

  World world_{7};
  Words heard_;
  Words said_;
  Node* server_ = nullptr;
  Clock* slow_clock_ = nullptr;
  Node& client_ = world_.start("client");
  std::unique_ptr<Channel> channel_ =
      client_.network().connect({"server", 9092}, client_.executor());
  std::unique_ptr<Channel> slow_ = client_.network().connect({"server", 9093}, client_.executor());
};

TEST_F(WorldTest, TimePassesOnlyWhenNothingCanRun) {
  Instant before = world_.now();
  for (Duration delay : {3h, 1h, 2h}) {
    client_.spawn(say_after(&client_.clock(), delay, std::to_string(delay / 1h), &said_));
  }
  world_.run_for(150min);
  EXPECT_THAT(said_, ElementsAre("1", "2"));
  EXPECT_EQ(world_.now() - before, 150min);
  EXPECT_TRUE(world_.run_until([this] { return said_.size() == 3; }, 1h));
  EXPECT_EQ(world_.now() - before, 3h);
}

TEST_F(WorldTest, RunningEndsAtItsLimit) {
  EXPECT_FALSE(world_.run_until([] { return false; }, 1min));
}

TEST_F(WorldTest, ACancelledTimerDoesNotRun) {
  std::unique_ptr<Timer> cancelled =
      client_.clock().after(client_.executor(), 1s, [this] { said_.push_back("cancelled"); });
  std::unique_ptr<Timer> kept =
      client_.clock().after(client_.executor(), 1s, [this] { said_.push_back("kept"); });
  cancelled->cancel();
  world_.run_for(2s);
  EXPECT_THAT(said_, ElementsAre("kept"));
}

TEST_F(WorldTest, RequestsOfOneConnectionArriveAndAreAnsweredInOrder) {
  Words expected;
  Words answers;
  for (int i = 0; i < 20; ++i) {
    send(std::to_string(i));
    expected.push_back(std::to_string(i));
    answers.push_back("re " + std::to_string(i));
  }
  world_.run_for(10s);
  EXPECT_EQ(heard_, expected);
  EXPECT_EQ(said_, answers);
}

TEST_F(WorldTest, AServerMayCloseTheConnectionAndTheNextCallOpensAnother) {
  send("close");
  world_.run_for(1s);
  send("again");
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre(message(std::errc::connection_reset), "re again"));
}

TEST_F(WorldTest, NobodyListeningIsRefused) {
  server_->network().stop_listening(9092);
  send("x");
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre(message(std::errc::connection_refused)));
}

// The answer's way is cut: the request takes effect though its caller sees a timeout.
TEST_F(WorldTest, ACutWayBackLosesOnlyTheAnswer) {
  send("first");
  world_.run_for(1s);
  world_.wire().cut("server", "client");
  send("second");
  world_.run_for(2s);
  EXPECT_THAT(heard_, ElementsAre("first", "second"));
  EXPECT_THAT(said_, ElementsAre("re first", message(std::errc::timed_out)));
}

TEST_F(WorldTest, FramesOnACutWayArriveWhenItIsHealed) {
  world_.wire().cut("client", "server");
  send("x", 1h);
  world_.run_for(1min);
  EXPECT_THAT(heard_, IsEmpty());
  world_.wire().heal("client", "server");
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre("re x"));
}

TEST_F(WorldTest, AnIsolatedNodeHearsAndSaysNothing) {
  world_.wire().isolate("server", {"client"});
  send("x");
  world_.run_for(1min);
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_THAT(said_, ElementsAre(message(std::errc::timed_out)));
  world_.wire().heal_all();
  send("y");
  world_.run_for(1min);
  EXPECT_EQ(said_.back(), "re y");
}

TEST_F(WorldTest, AResetLosesWhatIsInFlight) {
  client_.spawn(call(slow_.get(), "x", 1h, &said_));
  world_.run_for(50ms);
  world_.wire().reset("client", "server");
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre(message(std::errc::connection_reset)));
}

TEST_F(WorldTest, EveryFrameMayBeLostWithItsConnection) {
  WireOptions options;
  options.reset_per_thousand = 1000;
  world_.wire().set_options(options);
  send("x");
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre(message(std::errc::connection_reset)));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(WorldTest, AKilledServerResetsItsConnectionsAndRefusesNewOnes) {
  client_.spawn(call(slow_.get(), "x", 1h, &said_));
  world_.run_for(50ms);
  world_.crash("server", Crash::kProcess);
  world_.run_for(1s);
  client_.spawn(call(slow_.get(), "y", 1h, &said_));
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre(message(std::errc::connection_reset),
                                 message(std::errc::connection_refused)));
  EXPECT_THAT(heard_, IsEmpty());
}

// Nobody says that the power went: only a timeout tells. Once the machine is up again it says so.
TEST_F(WorldTest, AServerWithoutPowerIsSilentUntilItIsBack) {
  send("first");
  world_.run_for(1s);
  world_.crash("server", Crash::kPower);
  send("second", 30s);
  world_.run_for(20s);
  EXPECT_THAT(said_, ElementsAre("re first"));
  world_.run_for(20s);
  EXPECT_EQ(said_.back(), message(std::errc::timed_out));
  serve();
  send("third", 30s);
  world_.run_for(20s);
  EXPECT_EQ(said_.back(), "re third");
}

// The knock of a client that has lost its power meanwhile still arrives.
TEST_F(WorldTest, AServerServesAConnectionWhoseClientIsGone) {
  for (int i = 0; i < 20; ++i) {
    Node& client = world_.start("brief");
    std::unique_ptr<Channel> channel =
        client.network().connect({"server", 9092}, client.executor());
    client.spawn(call(channel.get(), "hello", 1s, &said_));
    world_.run_for(1us);
    world_.crash("brief", Crash::kPower);
    channel.reset();
    world_.run_for(1s);
  }
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_THAT(heard_, testing::SizeIs(testing::Lt(20)));
}

TEST_F(WorldTest, NothingOfADeadNodeRuns) {
  for (int i = 0; i < 10; ++i) {
    server_->spawn(say_after(&server_->clock(), 10ms, "slept", &said_));
    server_->spawn(say_work(&server_->disk(), "worked", &said_));
  }
  std::unique_ptr<Timer> timer =
      server_->clock().after(server_->executor(), 10ms, [this] { said_.push_back("timer"); });
  client_.spawn(call(slow_.get(), "x", 1s, &said_));
  world_.crash("server", Crash::kProcess);
  world_.run_for(10s);
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_THAT(said_, ElementsAre(message(std::errc::connection_refused)));
}

struct Keeper {
  ~Keeper() {
    words->push_back("destroyed");
    words->push_back(files->stat("/data/x").has_value() ? "files alive" : "files dead");
    channel->close();
  }
  Words* words;
  Files* files;
  std::unique_ptr<Channel> channel;
};

Task<void> hold(std::shared_ptr<Keeper> keeper, Signal never) {
  co_await never.wait();
  keeper->words->push_back("resumed");
}

Task<void> use(Keeper* keeper) {
  Frame request = frame_of("x");
  IoResult<Frame> response = co_await keeper->channel->call(std::move(request), 1h);
  keeper->words->push_back(response ? "answered" : "failed");
}

// The broker goes after its coroutines, and what its destructors do reaches no disk.
TEST_F(WorldTest, ACrashUnwindsCoroutinesAndThenDestroysWhatTheNodeKeeps) {
  Node& node = world_.start("victim");
  auto keeper = std::make_shared<Keeper>(&said_, &node.files(),
                                         node.network().connect({"server", 9093}, node.executor()));
  node.files().open("/data/x", OpenMode::kCreate).value();
  node.spawn(hold(keeper, Signal()));
  node.spawn(use(keeper.get()));
  node.keep(std::move(keeper));
  world_.run_for(50ms);
  world_.crash("victim", Crash::kProcess);
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre("destroyed", "files dead"));
  EXPECT_TRUE(world_.start("victim").files().stat("/data/x").has_value());
}

Task<void> crash_oneself(World* world, Words* said) {
  world->crash("victim", Crash::kProcess);
  said->push_back("to the end of the step");
  Signal never;
  co_await never.wait();
  said->push_back("not beyond");
}

TEST_F(WorldTest, ANodeThatAsksForItsOwnCrashDiesWhenItsStepHasEnded) {
  world_.start("victim").spawn(crash_oneself(&world_, &said_));
  world_.run_for(1s);
  EXPECT_THAT(said_, ElementsAre("to the end of the step"));
  EXPECT_EQ(world_.find("victim"), nullptr);
}

// A library that completes into a dead process's executor (a ZooKeeper model, say) must do no harm.
// As after SIGCONT: what fell due while it was stopped happens then, nothing is lost.
TEST_F(WorldTest, APausedNodeDoesNothingAndCatchesUpWhenItIsResumed) {
  server_->spawn(say_after(&server_->clock(), 100ms, "timer", &heard_));
  server_->spawn(say_work(&server_->disk(), "work", &heard_));
  world_.pause("server");
  send("hello");
  world_.run_for(500ms);
  EXPECT_THAT(heard_, IsEmpty());
  world_.resume("server");
  world_.run_for(500ms);
  EXPECT_THAT(heard_, testing::UnorderedElementsAre("timer", "work", "work done", "hello"));
  EXPECT_THAT(said_, ElementsAre("re hello"));
}

TEST_F(WorldTest, APausedNodeCanBeKilled) {
  server_->spawn(say_after(&server_->clock(), 100ms, "timer", &heard_));
  world_.pause("server");
  world_.run_for(500ms);
  world_.crash("server", Crash::kProcess);
  world_.resume("server");
  world_.run_for(500ms);
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(WorldTest, WakingAWaiterOfADeadNodeDoesNothing) {
  Node& node = world_.start("victim");
  Signal signal;
  auto wait = [](Signal s, Words* said) -> Task<void> {
    co_await s.wait();
    said->push_back("woken");
  };
  node.spawn(wait(signal, &said_));
  world_.run_for(1ms);
  world_.crash("victim", Crash::kProcess);
  signal.set();
  world_.run_for(1s);
  EXPECT_THAT(said_, IsEmpty());
}

TEST_F(WorldTest, EachVolumeIsADirectoryOfItsName) {
  Node& node = world_.start("two", {"d0", "d1"});
  EXPECT_TRUE(node.files().make_directories("/d0/t-0").has_value());
  EXPECT_FALSE(node.files().make_directories("/d2").has_value());
  EXPECT_THAT(node.files().list("/d0").value(), ElementsAre(DirectoryEntry{"t-0", true}));
  EXPECT_THAT(node.files().list("/d1/").value(), IsEmpty());
  EXPECT_EQ(node.files().rename("/d0/t-0", "/d1/t-0").error(), std::errc::cross_device_link);
  EXPECT_TRUE(replace_file(node.files(), "/d1/checkpoint", "x").has_value());
  EXPECT_EQ(read_file(node.files(), "/d1/checkpoint"), "x");
}

TEST_F(WorldTest, DiskWorkOvertakes) {
  for (int i = 0; i < 10; ++i) {
    client_.spawn(say_work(&client_.disk(), std::to_string(i), &said_));
  }
  world_.run_for(1s);
  EXPECT_EQ(said_.size(), 20u);
  EXPECT_FALSE(std::ranges::is_sorted(said_));
}

TEST_F(WorldTest, TheLogCanGoToTheHistory) {
  world_.capture_log();
  log_info("a.b", "hello {}", 1);
  EXPECT_THAT(world_.history().lines().back(), testing::HasSubstr("INFO hello 1 (a.b)"));
}

TEST_F(WorldTest, ANodesWallClockMayBeOff) {
  client_.clock().set_wall_offset(WallTime(-5000));
  EXPECT_EQ(world_.wall() - client_.clock().wall(), WallTime(5000));
  EXPECT_EQ(client_.clock().now(), server_->clock().now());
}

// A busy world with every kind of fault, all of it drawn from the seed.
std::string busy_history(std::uint64_t seed) {
  World world(seed);
  WireOptions options;
  options.reset_per_thousand = 20;
  world.wire().set_options(options);
  Words words;
  Node& client = world.start("client");
  std::unique_ptr<Channel> channel = client.network().connect({"server", 9092}, client.executor());
  for (int round = 0; round < 30; ++round) {
    if (world.find("server") == nullptr) {
      world.start("server").network().listen(
          9092, [&](Incoming in) { return echo(std::move(in), &words); });
    }
    Node* server = world.find("server");
    (void)replace_file(server->files(), "/data/f", std::to_string(round));
    for (int i = 0; i < 10; ++i) client.spawn(call(channel.get(), std::to_string(i), 1s, &words));
    server->spawn(say_work(&server->disk(), "work", &words));
    world.run_for(Duration(world.random().below(3'000'000)));
    if (world.random().chance(30)) world.crash("server", Crash::kPower);
    if (world.random().chance(30)) world.wire().cut("client", "server");
    if (world.random().chance(50)) world.wire().heal_all();
  }
  world.run_for(10s);
  for (const std::string& word : words) world.record(word);
  world.crash("server", Crash::kPower);
  IoResult<std::string> file = read_file(world.start("server").files(), "/data/f");
  world.record(file ? *file : "none");
  return world.history().text();
}

TEST(DeterminismTest, TheSameSeedGivesTheSameHistoryByteForByte) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(busy_history(seed), busy_history(seed)) << seed;
  }
}

TEST(DeterminismTest, AnotherSeedGivesAnotherHistory) {
  EXPECT_NE(busy_history(1), busy_history(2));
}

TEST(DeterminismTest, TheHashTellsHistoriesApart) {
  History a;
  History b;
  a.add(Instant(1s), "x");
  b.add(Instant(1s), "y");
  EXPECT_NE(a.hash(), b.hash());
  EXPECT_EQ(a.text(), "1.000000 x\n");
}

}  // namespace
}  // namespace barnabas::env::sim
