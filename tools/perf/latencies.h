// What kafka-producer-perf-test knows of the records that were answered.
//
// Does not    print: gives lines of text.
// Kafka       tools/ProducerPerformance.Stats.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "env/clock.h"

namespace barnabas::tools {

class Latencies {
 public:
  Latencies(std::int64_t records, env::Instant begin);

  // A record that was sent at `sent` is there; a line, when one is due.
  std::optional<std::string> record(std::size_t bytes, env::Instant sent, env::Instant now);
  std::string total(env::Instant now);

 private:
  struct Sum {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
    std::int64_t total_ms = 0;
    std::int64_t max_ms = 0;
    void add(std::size_t size, std::int64_t ms);
  };

  std::int64_t percentile(double share) const;

  std::int64_t sampling_;  // every how many records' latency is kept
  env::Instant begin_;
  env::Instant window_begin_;
  Sum all_;
  Sum window_;
  std::vector<std::int64_t> kept_;
};

}  // namespace barnabas::tools
