// Holds a sender to a rate of records a second.
//
// Does not    wait: says for how long to wait before the next record.
// Kafka       tools/ThroughputThrottler.
#pragma once

#include <chrono>
#include <cstdint>

#include "env/clock.h"

namespace barnabas::tools {

class Throttle {
 public:
  // Below zero: no limit.
  Throttle(double per_second, env::Instant begin) : per_second_(per_second), begin_(begin) {}

  env::Duration wait_after(std::int64_t sent, env::Instant now) const {
    if (per_second_ <= 0) return env::Duration::zero();
    const std::chrono::duration<double> due(static_cast<double>(sent) / per_second_);
    const auto at = begin_ + std::chrono::duration_cast<env::Duration>(due);
    return at > now ? at - now : env::Duration::zero();
  }

 private:
  double per_second_;
  env::Instant begin_;
};

}  // namespace barnabas::tools
