// kafka-consumer-perf-test: how fast the records of a topic are read.
//
// Kafka       tools/ConsumerPerformance. Differs: it ends with the very record asked for, not with
//             the poll that brings it; there are no metrics of the client to print.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "env/clock.h"
#include "tools/console.h"

namespace barnabas::tools {

// `random` below 100000 names the group of a consumer that has none.
int run_consumer_perf(std::span<const std::string> words, const env::Clock& clock,
                      const std::function<int()>& random, Console console);

}  // namespace barnabas::tools
