// kafka-e2e-latency: how long a record takes from its producer to its consumer.
//
// Kafka       tools/EndToEndLatency.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "env/clock.h"
#include "tools/console.h"

namespace barnabas::tools {

// Makes a topic of one partition, if it is not there; says so before it does. The exit code.
using EnsureTopic = std::function<int(const std::string& bootstrap, const std::string& topic)>;

int run_e2e_latency(std::span<const std::string> words, const env::Clock& clock,
                    const EnsureTopic& ensure_topic, Console console);

}  // namespace barnabas::tools
