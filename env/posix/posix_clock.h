// The machine's clocks, and timers on the executor's own io_context.
#pragma once

#include <memory>

#include "env/clock.h"

namespace barnabas::env {

class PosixClock : public Clock {
 public:
  Instant now() const override;
  WallTime wall() const override;
  std::unique_ptr<Timer> after(Executor executor, Duration delay,
                               std::move_only_function<void()> fn) override;
};

}  // namespace barnabas::env
