// kafka-reassign-partitions: moves partitions between brokers and between log directories.
//
// Kafka       tools/reassign/ReassignPartitionsCommand. Differs: no Java stack on standard output;
//             --cancel also ends a reassignment that only adds replicas, which Kafka 3.9's tool
//             overlooks.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

// `random` chooses where a proposal begins.
int run_reassign_partitions(std::span<const std::string> words, const OpenClient& open,
                            const std::function<std::uint64_t()>& random, Console console);

}  // namespace barnabas::tools
