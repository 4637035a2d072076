#include "env/posix/posix_disk.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "env/check.h"
#include "env/spawn.h"

namespace barnabas::env {

namespace {

struct Piece {
  std::move_only_function<void()> work;
  Signal done;
};

}  // namespace

struct PosixDisk::Queue {
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<Piece> pieces;
  std::deque<Signal> waiting_for_room;
  std::size_t max = 0;
  bool stopping = false;

  // False, and `room` listed, when the queue is full.
  bool push(Piece* piece, const Signal& room) {
    std::lock_guard lock(mutex);
    if (pieces.size() >= max) {
      waiting_for_room.push_back(room);
      return false;
    }
    pieces.push_back(std::move(*piece));
    filled.notify_one();
    return true;
  }

  std::optional<Piece> pop() {
    std::optional<Signal> room;
    std::unique_lock lock(mutex);
    filled.wait(lock, [this] { return stopping || !pieces.empty(); });
    if (pieces.empty()) return std::nullopt;
    Piece piece = std::move(pieces.front());
    pieces.pop_front();
    if (!waiting_for_room.empty()) {
      room = waiting_for_room.front();
      waiting_for_room.pop_front();
    }
    lock.unlock();
    if (room) room->set();
    return piece;
  }

  void serve() {
    ::pthread_setname_np(::pthread_self(), "barnabas-disk");
    while (std::optional<Piece> piece = pop()) {
      piece->work();
      piece->work = nullptr;  // what it holds is gone before the caller goes on
      piece->done.set();
    }
  }
};

struct PosixDisk::Threads {
  std::vector<std::thread> list;
};

PosixDisk::PosixDisk(std::size_t threads, std::size_t max_queued)
    : queue_(std::make_shared<Queue>()), threads_(std::make_unique<Threads>()) {
  BB_CHECK(threads > 0 && max_queued > 0);
  queue_->max = max_queued;
  for (std::size_t i = 0; i < threads; ++i) {
    threads_->list.emplace_back([queue = queue_] { queue->serve(); });
  }
}

PosixDisk::~PosixDisk() {
  {
    std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
  }
  queue_->filled.notify_all();
  for (std::thread& thread : threads_->list) thread.join();
}

Task<void> PosixDisk::run(std::move_only_function<void()> work) {
  std::shared_ptr<Queue> queue = queue_;
  Piece piece{std::move(work), Signal()};
  Signal done = piece.done;
  while (true) {
    Signal room;
    if (queue->push(&piece, room)) break;
    co_await room.wait();
  }
  co_await done.wait();
}

}  // namespace barnabas::env
