// kafka-get-offsets: where the logs of partitions end, begin, or were at some time.
//
// Kafka       tools/GetOffsetShell.
#pragma once

#include <span>
#include <string>

#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_get_offsets(std::span<const std::string> words, const OpenClient& open, Console console);

}  // namespace barnabas::tools
