#include "env/spawn.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "env/posix/posix_clock.h"
#include "env/posix/runtime.h"

namespace barnabas::env {
namespace {

using namespace std::chrono_literals;

class SpawnTest : public testing::Test {
 protected:
  SpawnTest() { runtime_.start(); }

  void close_and_wait(Gate* gate) {
    gate->close();
    runtime_.block_on(gate->wait());
  }

  PosixClock clock_;
  Runtime runtime_{2};
};

Task<void> wait_and_count(Signal signal, std::atomic<int>* count) {
  co_await signal.wait();
  ++*count;
}

Task<void> count_now(std::atomic<int>* count) {
  ++*count;
  co_return;
}

Task<void> wait_until_and_tell(Signal signal, Clock* clock, Duration delay,
                               std::optional<bool>* result) {
  Instant deadline = clock->now() + delay;
  bool set = co_await signal.wait_until(*clock, deadline);
  *result = set;
}

TEST_F(SpawnTest, AGateWaitsForEveryTaskInside) {
  Gate gate;
  std::vector<Signal> signals(10);
  std::atomic<int> ended = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(gate.spawn(runtime_.executor(i % 2), wait_and_count(signals[i], &ended)));
  }
  EXPECT_EQ(gate.inside(), 10u);
  for (const Signal& signal : signals) signal.set();
  close_and_wait(&gate);
  EXPECT_EQ(ended, 10);
  EXPECT_EQ(gate.inside(), 0u);
}

TEST_F(SpawnTest, AClosedGateLetsNothingIn) {
  Gate gate;
  close_and_wait(&gate);
  std::atomic<int> ended = 0;
  EXPECT_FALSE(gate.spawn(runtime_.executor(0), count_now(&ended)));
  EXPECT_EQ(ended, 0);
}

Task<void> spawn_inside(Gate* gate, Executor executor, std::atomic<int>* count, int* seen) {
  gate->spawn(executor, count_now(count));
  *seen = *count;
  co_return;
}

// A task may be spawned under a lock that it takes itself; so it must not start inside spawn().
TEST_F(SpawnTest, ATaskNeverStartsInsideSpawn) {
  Gate gate;
  std::atomic<int> ended = 0;
  int seen = -1;
  runtime_.block_on(spawn_inside(&gate, runtime_.executor(0), &ended, &seen));
  close_and_wait(&gate);
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(ended, 1);
}

TEST_F(SpawnTest, ASignalSetBeforeTheWaitIsNotLost) {
  Signal signal;
  signal.set();
  std::atomic<int> ended = 0;
  runtime_.block_on(wait_and_count(signal, &ended));
  EXPECT_EQ(ended, 1);
}

// set() races with the coroutine's falling asleep on another thread: a lost wake-up hangs this
// test.
TEST_F(SpawnTest, ASignalSetWhileTheWaiterFallsAsleepIsNotLost) {
  Gate gate;
  std::atomic<int> ended = 0;
  constexpr int kRounds = 5000;
  for (int i = 0; i < kRounds; ++i) {
    Signal signal;
    gate.spawn(runtime_.executor(i % 2), wait_and_count(signal, &ended));
    signal.set();
  }
  close_and_wait(&gate);
  EXPECT_EQ(ended, kRounds);
}

// Several threads set one signal, as an answer, a timeout and a shutdown may: one wake-up.
TEST_F(SpawnTest, ManySettersWakeTheWaiterOnce) {
  std::atomic<int> ended = 0;
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    Gate gate;
    Signal signal;
    gate.spawn(runtime_.executor(0), wait_and_count(signal, &ended));
    std::vector<std::thread> setters;
    for (int i = 0; i < 3; ++i) setters.emplace_back([signal] { signal.set(); });
    for (std::thread& setter : setters) setter.join();
    close_and_wait(&gate);
  }
  EXPECT_EQ(ended, kRounds);
}

TEST_F(SpawnTest, ADeadlineEndsTheWait) {
  std::optional<bool> result;
  runtime_.block_on(wait_until_and_tell(Signal(), &clock_, 1ms, &result));
  EXPECT_EQ(result, false);
}

TEST_F(SpawnTest, ASignalBeatsItsDeadline) {
  Gate gate;
  Signal signal;
  std::optional<bool> result;
  gate.spawn(runtime_.executor(0), wait_until_and_tell(signal, &clock_, 1h, &result));
  signal.set();
  close_and_wait(&gate);
  EXPECT_EQ(result, true);
}

// set() and the deadline arrive together: whoever wins, the waiter resumes exactly once.
TEST_F(SpawnTest, ASignalAndItsDeadlineMayRace) {
  Gate gate;
  constexpr int kRounds = 2000;
  std::vector<std::optional<bool>> results(kRounds);
  for (int i = 0; i < kRounds; ++i) {
    Signal signal;
    Duration delay = std::chrono::microseconds(i % 50);
    gate.spawn(runtime_.executor(i % 2), wait_until_and_tell(signal, &clock_, delay, &results[i]));
    signal.set();
  }
  close_and_wait(&gate);
  for (const std::optional<bool>& result : results) EXPECT_TRUE(result.has_value());
}

TEST_F(SpawnTest, AnExpiredSignalCanBeWaitedForAgain) {
  Signal signal;
  std::optional<bool> first;
  std::optional<bool> second;
  runtime_.block_on(wait_until_and_tell(signal, &clock_, 1ms, &first));
  Gate gate;
  gate.spawn(runtime_.executor(1), wait_until_and_tell(signal, &clock_, 1h, &second));
  signal.set();
  close_and_wait(&gate);
  EXPECT_EQ(first, false);
  EXPECT_EQ(second, true);
}

TEST_F(SpawnTest, SleepLastsAtLeastItsDelay) {
  Instant before = clock_.now();
  runtime_.block_on(sleep_for(clock_, 3ms));
  EXPECT_GE(clock_.now() - before, 3ms);
}

// A loop returns from run() when no timer is left on it: nothing can run once the count is read.
TEST(TimerTest, ACancelledTimerDoesNotRun) {
  boost::asio::io_context loop;
  PosixClock clock;
  int ran = 0;
  std::unique_ptr<Timer> destroyed = clock.after(loop.get_executor(), 1ms, [&] { ++ran; });
  std::unique_ptr<Timer> cancelled = clock.after(loop.get_executor(), 1ms, [&] { ++ran; });
  std::unique_ptr<Timer> kept = clock.after(loop.get_executor(), 1ms, [&] { ran += 100; });
  cancelled->cancel();
  destroyed.reset();
  loop.run();
  EXPECT_EQ(ran, 100);
}

// Both are due when the loop first looks; cancelling does not reach into what it has queued.
TEST(TimerTest, ATimerThatIsDueCanStillBeCancelled) {
  boost::asio::io_context loop;
  PosixClock clock;
  int ran = 0;
  std::unique_ptr<Timer> second;
  std::unique_ptr<Timer> first = clock.after(loop.get_executor(), 0ms, [&] {
    ++ran;
    second->cancel();
  });
  second = clock.after(loop.get_executor(), 0ms, [&] {
    ++ran;
    first->cancel();
  });
  loop.run();
  EXPECT_EQ(ran, 1);
}

// What waits for a cancelled timer is dropped at once, and does not keep its loop from ending.
TEST(TimerTest, ACancelledTimerLeavesNothingOnItsLoop) {
  boost::asio::io_context loop;
  PosixClock clock;
  std::unique_ptr<Timer> timer = clock.after(loop.get_executor(), 1h, [] {});
  timer->cancel();
  loop.poll();
  EXPECT_TRUE(loop.stopped());
}

struct Flag {
  explicit Flag(std::atomic<int>* c) : count(c) {}
  ~Flag() { ++*count; }
  std::atomic<int>* count;
};

Task<void> hold_and_wait(std::shared_ptr<Flag> flag, Signal never) {
  co_await never.wait();
  flag->count->store(-1000);
}

Task<void> hold_and_sleep(std::shared_ptr<Flag> flag, Clock* clock) {
  co_await sleep_for(*clock, 1h);
  flag->count->store(-1000);
}

// Whatever still waits when the loops end is unwound: its locals are destroyed, it does not go on.
TEST(ShutdownTest, CoroutinesThatWaitAreUnwoundWithTheirLoop) {
  std::atomic<int> unwound = 0;
  PosixClock clock;
  Gate gate;
  Signal never;
  std::unique_ptr<Timer> outlives;
  {
    Runtime runtime(2);
    gate.spawn(runtime.executor(0), hold_and_wait(std::make_shared<Flag>(&unwound), never));
    gate.spawn(runtime.executor(0), hold_and_sleep(std::make_shared<Flag>(&unwound), &clock));
    for (int i = 0; i < 8; ++i) {
      gate.spawn(runtime.executor(i % 2),
                 hold_and_wait(std::make_shared<Flag>(&unwound), Signal()));
    }
    outlives = clock.after(runtime.executor(0), 1h, [] {});
    runtime.start();
    std::atomic<int> turns = 0;
    runtime.block_on(count_now(&turns));
    EXPECT_EQ(unwound, 0);
  }
  EXPECT_EQ(unwound, 10);
  EXPECT_EQ(gate.inside(), 0u);
  never.set();  // nobody there any more
}

}  // namespace
}  // namespace barnabas::env
