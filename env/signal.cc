#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <utility>

#include "env/check.h"
#include "env/spawn.h"
#include "env/waiters.h"

namespace barnabas::env {

struct Signal::State : std::enable_shared_from_this<Signal::State> {
  mutable std::mutex mutex;
  bool set = false;
  bool expired = false;  // the deadline of the present wait has passed
  Executor executor;     // of the coroutine that waits
  Waiter waiter;

  // Puts the coroutine to sleep, or wakes it at once when set() came first.
  void sleep(Executor on, std::move_only_function<void()> resume) {
    Waiters& waiters = Waiters::of(on);
    {
      std::lock_guard lock(mutex);
      BB_CHECK(!waiter.listed);
      if (!set && !expired) {
        executor = std::move(on);
        waiters.join(&waiter, shared_from_this(), std::move(resume));
        return;
      }
    }
    boost::asio::post(on, std::move(resume));
  }

  void wake(bool State::* reason) {
    Executor on;
    {
      std::lock_guard lock(mutex);
      this->*reason = true;
      if (!waiter.listed) return;
      on = executor;
    }
    std::move_only_function<void()> resume = Waiters::of(on).take(&waiter);
    if (resume) boost::asio::post(on, std::move(resume));
  }
};

Signal::Signal() : state_(std::make_shared<State>()) {}

void Signal::set() const {
  std::shared_ptr<State> state = state_;  // the coroutine that wakes may destroy this Signal
  state->wake(&State::set);
}

bool Signal::is_set() const {
  std::lock_guard lock(state_->mutex);
  return state_->set;
}

Task<void> Signal::wait() const {
  std::shared_ptr<State> state = state_;
  Executor executor = co_await boost::asio::this_coro::executor;
  auto sleep = [state, executor](auto handler) {
    state->sleep(executor, [resume = std::move(handler)]() mutable { std::move(resume)(); });
  };
  auto token = boost::asio::use_awaitable;
  co_await boost::asio::async_initiate<decltype(token), void()>(sleep, token);
}

Task<bool> Signal::wait_until(Clock& clock, Instant deadline) const {
  std::shared_ptr<State> state = state_;
  Executor executor = co_await boost::asio::this_coro::executor;
  {
    std::lock_guard lock(state->mutex);
    if (state->set) co_return true;
    state->expired = false;
  }
  Duration left = deadline - clock.now();
  if (left <= Duration::zero()) co_return false;
  std::unique_ptr<Timer> timer =
      clock.after(executor, left, [state] { state->wake(&State::expired); });
  Signal again = *this;
  co_await again.wait();
  std::lock_guard lock(state->mutex);
  co_return state->set;
}

Task<void> sleep_for(Clock& clock, Duration delay) {
  Executor executor = co_await boost::asio::this_coro::executor;
  Signal passed;
  std::unique_ptr<Timer> timer = clock.after(executor, delay, [passed] { passed.set(); });
  co_await passed.wait();
}

}  // namespace barnabas::env
