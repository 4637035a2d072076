// What kafka-consumer-perf-test has read, and the lines it prints of it.
//
// Kafka       tools/ConsumerPerformance.printConsumerProgress and its last line.
#pragma once

#include <cstdint>
#include <string>

#include "env/clock.h"

namespace barnabas::tools {

// One moment of a run.
struct Consumed {
  std::int64_t bytes = 0;
  std::int64_t records = 0;
  env::WallTime at{};
};

// The names of the columns.
std::string consumed_header(bool detailed);
// From the beginning to the end; `joining`: how long the group took.
std::string consumed_total(const Consumed& first, const Consumed& last, env::WallTime joining,
                           const std::string& date_format);
// From one report to the next.
std::string consumed_progress(const Consumed& before, const Consumed& now, env::WallTime joining,
                              const std::string& date_format);

}  // namespace barnabas::tools
