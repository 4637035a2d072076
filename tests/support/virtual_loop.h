// One thread and a clock that moves only when nothing else is left to do.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "env/clock.h"
#include "env/random.h"

namespace barnabas::testing {

class VirtualClock : public env::Clock {
 public:
  env::Instant now() const override { return now_; }
  env::WallTime wall() const override {
    return std::chrono::duration_cast<env::WallTime>(now_.time_since_epoch());
  }
  std::unique_ptr<env::Timer> after(env::Executor executor, env::Duration delay,
                                    std::move_only_function<void()> fn) override {
    const auto alarm = std::make_shared<Alarm>(Alarm{std::move(executor), std::move(fn)});
    alarms_.emplace(now_ + delay, alarm);
    return std::make_unique<Handle>(alarm);
  }
  // Moves to the next timer and posts it; false if there is none before `limit`.
  bool advance(env::Instant limit) {
    while (!alarms_.empty() && !alarms_.begin()->second->fn) alarms_.erase(alarms_.begin());
    if (alarms_.empty() || alarms_.begin()->first > limit) {
      now_ = std::max(now_, limit);
      return false;
    }
    const auto next = alarms_.extract(alarms_.begin());
    now_ = std::max(now_, next.key());
    boost::asio::post(next.mapped()->executor, [alarm = next.mapped()] {
      if (auto fn = std::exchange(alarm->fn, nullptr)) fn();
    });
    return true;
  }

 private:
  struct Alarm {
    env::Executor executor;
    std::move_only_function<void()> fn;
  };
  struct Handle : env::Timer {
    explicit Handle(std::shared_ptr<Alarm> a) : alarm(std::move(a)) {}
    ~Handle() override { alarm->fn = nullptr; }
    void cancel() override { alarm->fn = nullptr; }
    std::shared_ptr<Alarm> alarm;
  };

  env::Instant now_{};
  std::multimap<env::Instant, std::shared_ptr<Alarm>> alarms_;
};

class SeededRandom : public env::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }

 private:
  std::uint64_t state_;
};

class VirtualLoop {
 public:
  // Runs `task` to its end, or gives up after an hour of virtual time.
  template <class T>
  T run(env::Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    start(keep(std::move(task), result));
    const env::Instant limit = clock.now() + std::chrono::hours(1);
    do {
      poll();
    } while (!result->has_value() && clock.advance(limit));
    if (!result->has_value()) throw std::runtime_error("the task never ended");
    return std::move(**result);
  }
  void run(env::Task<void> task) { run(with_value(std::move(task))); }
  void start(env::Task<void> task) {
    boost::asio::co_spawn(context, std::move(task), [](std::exception_ptr e) {
      if (e) std::rethrow_exception(e);
    });
  }
  void pass(env::Duration duration) {
    const env::Instant limit = clock.now() + duration;
    do {
      poll();
    } while (clock.advance(limit));
  }
  void poll() {
    context.restart();
    context.poll();
  }
  env::Executor executor() { return context.get_executor(); }

  boost::asio::io_context context{1};
  VirtualClock clock;

 private:
  template <class T>
  static env::Task<void> keep(env::Task<T> task, std::shared_ptr<std::optional<T>> result) {
    T value = co_await std::move(task);
    result->emplace(std::move(value));
  }
  static env::Task<bool> with_value(env::Task<void> task) {
    co_await std::move(task);
    co_return true;
  }
};

}  // namespace barnabas::testing
