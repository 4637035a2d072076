// Time as the broker sees it: a wall clock for record timestamps, a steady clock for timeouts,
// timers.
//
// Does not    block, ever. A timer that is destroyed is cancelled.
// Threading   now() and wall() from any thread; after() runs its function on the executor given.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "env/task.h"

namespace barnabas::env {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;  // never goes back
using WallTime = std::chrono::milliseconds;  // since the Unix epoch, UTC; may jump

// Destroying or cancelling it means: the function will not run, unless it has already started.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void cancel() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual WallTime wall() const = 0;
  virtual std::unique_ptr<Timer> after(Executor executor, Duration delay,
                                       std::move_only_function<void()> fn) = 0;
};

// Suspends the calling coroutine for `delay` on its own executor.
Task<void> sleep_for(Clock& clock, Duration delay);

}  // namespace barnabas::env
