#include "env/posix/posix_disk.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <set>
#include <thread>

#include "env/posix/posix_random.h"
#include "env/posix/runtime.h"
#include "env/spawn.h"

namespace barnabas::env {
namespace {

Task<void> run_one(Disk* disk, std::function<void()> work, std::atomic<int>* ended) {
  co_await disk->run(work);
  ++*ended;
}

Task<void> tell_threads(Disk* disk, std::thread::id* worker, std::thread::id* before,
                        std::thread::id* after) {
  *before = std::this_thread::get_id();
  auto work = [worker] { *worker = std::this_thread::get_id(); };
  co_await disk->run(work);
  *after = std::this_thread::get_id();
}

TEST(PosixDiskTest, WorksOnAThreadOfItsOwnAndResumesOnTheCallersLoop) {
  PosixDisk disk(1);
  Runtime runtime(1);
  runtime.start();
  std::thread::id worker;
  std::thread::id before;
  std::thread::id after;
  runtime.block_on(tell_threads(&disk, &worker, &before, &after));
  EXPECT_EQ(before, after);
  EXPECT_NE(worker, before);
  EXPECT_NE(worker, std::thread::id());
}

// With room for two and the only thread stuck, the others wait outside; none is dropped.
TEST(PosixDiskTest, AFullQueueMakesCallersWait) {
  PosixDisk disk(1, 2);
  Runtime runtime(1);
  runtime.start();
  Gate gate;
  std::binary_semaphore release(0);
  std::atomic<int> worked = 0;
  std::atomic<int> ended = 0;
  gate.spawn(runtime.executor(0), run_one(&disk, [&] { release.acquire(); }, &ended));
  for (int i = 0; i < 20; ++i) {
    gate.spawn(runtime.executor(0), run_one(&disk, [&] { ++worked; }, &ended));
  }
  release.release();
  gate.close();
  runtime.block_on(gate.wait());
  EXPECT_EQ(worked, 20);
  EXPECT_EQ(ended, 21);
}

TEST(PosixDiskTest, ManyLoopsShareTheThreads) {
  PosixDisk disk(3, 4);
  Runtime runtime(2);
  runtime.start();
  Gate gate;
  std::atomic<int> worked = 0;
  std::atomic<int> ended = 0;
  for (int i = 0; i < 2000; ++i) {
    gate.spawn(runtime.executor(i % 2), run_one(&disk, [&] { ++worked; }, &ended));
  }
  gate.close();
  runtime.block_on(gate.wait());
  EXPECT_EQ(worked, 2000);
  EXPECT_EQ(ended, 2000);
}

TEST(PosixRandomTest, DoesNotRepeat) {
  PosixRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.next());
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_EQ(random.below(0), 0u);
  EXPECT_EQ(random.below(1), 0u);
}

}  // namespace
}  // namespace barnabas::env
