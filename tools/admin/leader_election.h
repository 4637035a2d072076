// kafka-leader-election: lets the controller elect leaders anew.
//
// Kafka       tools/LeaderElectionCommand.
#pragma once

#include <span>
#include <string>

#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_leader_election(std::span<const std::string> words, const OpenClient& open,
                        Console console);

}  // namespace barnabas::tools
