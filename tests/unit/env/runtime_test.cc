#include "env/posix/runtime.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <set>
#include <stdexcept>
#include <thread>

#include "env/spawn.h"

namespace barnabas::env {
namespace {

Task<void> tell_thread(std::thread::id* id) {
  *id = std::this_thread::get_id();
  co_return;
}

Task<void> wait_for(Signal signal) { co_await signal.wait(); }

Task<void> fail() {
  throw std::runtime_error("expected");
  co_return;
}

TEST(RuntimeTest, EachLoopHasAThreadOfItsOwn) {
  Runtime runtime(3);
  runtime.start();
  Gate gate;
  std::thread::id ids[3];
  for (std::size_t i = 0; i < 3; ++i) gate.spawn(runtime.executor(i), tell_thread(&ids[i]));
  gate.close();
  runtime.block_on(gate.wait());
  EXPECT_EQ((std::set<std::thread::id>{ids[0], ids[1], ids[2], std::this_thread::get_id()}).size(),
            4u);
}

TEST(RuntimeTest, BlockOnPassesAnExceptionOn) {
  Runtime runtime(1);
  runtime.start();
  EXPECT_THROW(runtime.block_on(fail()), std::runtime_error);
}

TEST(RuntimeTest, ASignalOfTheProcessReachesItsHandler) {
  Runtime runtime(1);
  runtime.start();
  Signal first;
  Signal second;
  int number = 0;
  {
    SignalHandler handler(runtime.executor(0), {SIGUSR1, SIGUSR2}, [&](int n) {
      number = n;
      (first.is_set() ? second : first).set();
    });
    ::raise(SIGUSR1);
    runtime.block_on(wait_for(first));
    EXPECT_EQ(number, SIGUSR1);
    ::raise(SIGUSR2);
    runtime.block_on(wait_for(second));
    EXPECT_EQ(number, SIGUSR2);
    runtime.stop();
  }
}

TEST(RuntimeTest, TheLimitOfOpenFilesIsRaisedToTheHardOne) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(raise_open_file_limit(), limit.rlim_max);
}

}  // namespace
}  // namespace barnabas::env
