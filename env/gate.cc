#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <utility>

#include "env/check.h"
#include "env/spawn.h"

namespace barnabas::env {

struct Gate::State {
  std::mutex mutex;
  bool closed = false;
  std::size_t inside = 0;
  Signal empty;

  bool enter() {
    std::lock_guard lock(mutex);
    if (closed) return false;
    ++inside;
    return true;
  }

  void leave() {
    std::unique_lock lock(mutex);
    BB_CHECK(inside > 0);
    bool last = --inside == 0 && closed;
    lock.unlock();
    if (last) empty.set();
  }
};

namespace {

// Runs `leave` when the coroutine that holds it has ended, also when it is unwound or never ran.
class Inside {
 public:
  explicit Inside(std::move_only_function<void()> leave) : leave_(std::move(leave)) {}
  Inside(Inside&& other) noexcept : leave_(std::exchange(other.leave_, nullptr)) {}
  ~Inside() {
    if (leave_) leave_();
  }

 private:
  std::move_only_function<void()> leave_;
};

Task<void> run_inside(Inside token, Task<void> task) {
  Inside inside = std::move(token);
  Task<void> running = std::move(task);  // gone before `inside` is
  co_await std::move(running);
}

void ended(std::exception_ptr error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "a task ended with an exception: %s\n", e.what());
  } catch (...) {
    std::fprintf(stderr, "a task ended with an unknown exception\n");
  }
  std::abort();
}

}  // namespace

Gate::Gate() : state_(std::make_shared<State>()) {}

Gate::~Gate() { BB_CHECK(inside() == 0); }

bool Gate::spawn(Executor executor, Task<void> task) {
  if (!state_->enter()) return false;
  Inside inside([state = state_] { state->leave(); });
  Task<void> guarded = run_inside(std::move(inside), std::move(task));
  // Posted, so that the task never starts inside the caller, who may hold a lock.
  boost::asio::post(executor, [executor, guarded = std::move(guarded)]() mutable {
    boost::asio::co_spawn(executor, std::move(guarded), ended);
  });
  return true;
}

void Gate::close() {
  std::unique_lock lock(state_->mutex);
  state_->closed = true;
  bool empty = state_->inside == 0;
  lock.unlock();
  if (empty) state_->empty.set();
}

Task<void> Gate::wait() {
  std::shared_ptr<State> state = state_;
  {
    std::lock_guard lock(state->mutex);
    BB_CHECK(state->closed);
  }
  Signal empty = state->empty;
  co_await empty.wait();
}

std::size_t Gate::inside() const {
  std::lock_guard lock(state_->mutex);
  return state_->inside;
}

}  // namespace barnabas::env
