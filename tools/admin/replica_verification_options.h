// What the command line of kafka-replica-verification asks for.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "protocol/types.h"
#include "tools/json_file.h"
#include "tools/options.h"

namespace barnabas::tools {

struct VerificationOrder {
  std::string topics;  // a regular expression
  std::int32_t fetch_bytes = 1 << 20;
  Millis max_wait{1000};
  std::chrono::milliseconds report_interval{30000};
  Timestamp start{-1};  // where to begin: -1 the end, -2 the beginning, or a time
};

Options replica_verification_options();
Parsed<VerificationOrder> verification_order(const Arguments& arguments);

}  // namespace barnabas::tools
