// kafka-server-stop: asks the brokers of this machine to end.
//
// Kafka       bin/kafka-server-stop.sh. Differs: it finds processes by the program they run, not by
//             a search in the
//             text of ps; only ours, never a JVM's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/console.h"

namespace barnabas::tools {

// Ids of the processes below `proc` ("/proc") that run kafka-server-start, smallest first.
std::vector<int> find_servers(const std::string& proc);

// `signal` is a name without SIG ("TERM") or a number; `send` gives false if the process is not
// ours to signal.
int run_server_stop(const std::string& proc, const std::string& signal,
                    const std::function<bool(int pid, int signal)>& send, Console console);

}  // namespace barnabas::tools
