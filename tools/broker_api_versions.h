// kafka-broker-api-versions: what each broker of a cluster speaks, and what of it this client would
// use.
//
// Kafka       admin/BrokerApiVersionsCommand.
#pragma once

#include <span>
#include <string>

#include "env/task.h"
#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

// Prints one block per broker; the exit code.
env::Task<int> print_api_versions(AdminClient* client, Console console);
std::string show_api_versions(const protocol::ApiVersionsResponse& versions);

int run_broker_api_versions(std::span<const std::string> words, Console console);

}  // namespace barnabas::tools
