// kafka-producer-perf-test: how fast records get to a topic, and how long each takes.
//
// Kafka       tools/ProducerPerformance. Differs: there are no metrics of the client to print.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "env/clock.h"
#include "tools/client/producer.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_producer_perf(std::span<const std::string> words, const env::Clock& clock, Console console);

}  // namespace barnabas::tools
