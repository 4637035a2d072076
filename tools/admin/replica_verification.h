// kafka-replica-verification: compares the replicas of topics until it is stopped.
//
// Kafka       tools/ReplicaVerificationTool. Differs: one broker after the other is asked, and only
//             the first one waited for; brokers must be of Kafka 3.5 or newer (Fetch 15).
#pragma once

#include <span>
#include <string>

#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_replica_verification(std::span<const std::string> words, const OpenClient& open,
                             Console console);

}  // namespace barnabas::tools
