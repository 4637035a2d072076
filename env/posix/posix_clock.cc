#include "env/posix/posix_clock.h"

#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <optional>
#include <utility>

namespace barnabas::env {

namespace {

// Shared by the Timer and the pending wait. The steady_timer goes with the wait, so that a Timer
// that outlives its io_context does not touch it.
struct Alarm {
  std::mutex mutex;
  std::move_only_function<void()> fn;
  std::optional<boost::asio::steady_timer> timer;

  void fire() {
    std::unique_lock lock(mutex);
    std::move_only_function<void()> run = std::exchange(fn, nullptr);
    lock.unlock();
    if (run) run();
  }

  void cancel() {
    std::move_only_function<void()> dropped;  // destroyed unlocked: it may own anything
    std::lock_guard lock(mutex);
    dropped = std::exchange(fn, nullptr);
    if (dropped && timer) timer->cancel();
  }
};

class Expiry {
 public:
  explicit Expiry(std::shared_ptr<Alarm> alarm) : alarm_(std::move(alarm)) {}
  Expiry(Expiry&&) = default;
  Expiry(const Expiry&) = delete;
  ~Expiry() {
    if (!alarm_) return;
    std::optional<boost::asio::steady_timer> dropped;
    std::lock_guard lock(alarm_->mutex);
    dropped = std::move(alarm_->timer);
    alarm_->timer.reset();
  }
  void operator()(boost::system::error_code error) {
    if (!error) alarm_->fire();
  }

 private:
  std::shared_ptr<Alarm> alarm_;
};

class PosixTimer : public Timer {
 public:
  explicit PosixTimer(std::shared_ptr<Alarm> alarm) : alarm_(std::move(alarm)) {}
  ~PosixTimer() override { alarm_->cancel(); }
  void cancel() override { alarm_->cancel(); }

 private:
  std::shared_ptr<Alarm> alarm_;
};

// A delay of years means "never": kept where adding it to now cannot overflow.
constexpr Duration kLongest = std::chrono::hours(24 * 365 * 10);

}  // namespace

Instant PosixClock::now() const { return std::chrono::steady_clock::now(); }

WallTime PosixClock::wall() const {
  return std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
}

std::unique_ptr<Timer> PosixClock::after(Executor executor, Duration delay,
                                         std::move_only_function<void()> fn) {
  std::shared_ptr<Alarm> alarm = std::make_shared<Alarm>();
  alarm->fn = std::move(fn);
  std::lock_guard lock(alarm->mutex);
  alarm->timer.emplace(executor, std::min(delay, kLongest));
  alarm->timer->async_wait(Expiry(alarm));
  return std::make_unique<PosixTimer>(alarm);
}

}  // namespace barnabas::env
