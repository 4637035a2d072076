// Bytes a second over a sliding window of samples.
//
// Does not    know a limit, lock, or read the clock: `now` is an argument.
// Kafka       common/metrics/stats/SimpleRate over WindowedSum. Differs: nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "env/clock.h"

namespace barnabas::broker::quota {

struct RateWindow {
  int samples = 11;                                // ....quota.window.num
  env::Duration sample = std::chrono::seconds(1);  // ....quota.window.size.seconds
};

class ByteRate {
 public:
  explicit ByteRate(RateWindow window) : window_(window) {}

  void record(std::int64_t bytes, env::Instant now);
  // The sum of the samples that are not too old, over the time since the first of them, which
  // counts as one whole sample at least.
  double bytes_per_second(env::Instant now);

 private:
  struct Sample {
    env::Instant start;
    env::Instant last;
    std::int64_t bytes = 0;
  };

  Sample& present(env::Instant now);
  void forget_old(env::Instant now);

  const RateWindow window_;
  std::vector<Sample> samples_;
  std::size_t current_ = 0;
};

}  // namespace barnabas::broker::quota
