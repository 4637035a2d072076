// The values that kafka-producer-perf-test sends.
//
// Kafka       tools/ProducerPerformance.readPayloadFile, generateRandomPayload.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "tools/console.h"
#include "tools/options.h"

namespace barnabas::tools {

// Makes the value of record n.
using Payloads = std::function<std::string(std::int64_t n)>;

// By --record-size, --payload-file or --payload-monotonic; the error is the text of an exception.
std::expected<Payloads, std::string> payloads_of(const Arguments& arguments, Console console);

}  // namespace barnabas::tools
