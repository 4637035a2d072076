// zookeeper-shell: looks at znodes and changes them.
//
// Kafka       bin/zookeeper-shell.sh, ZooKeeper's ZooKeeperMain. Differs: no TLS; a server that
//             cannot be reached is tried for Shell::kPatience, not once.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/console.h"
#include "tools/shell/shell.h"

namespace barnabas::tools {

struct ShellStart {
  std::string server;
  env::Duration timeout = std::chrono::seconds(30);  // of the session
  std::vector<std::string> command;                  // empty: lines are read
};
// "h:p [-timeout ms] [command]", also "-server h:p ..." as ZooKeeper's own has it. Nothing: no
// server is named.
std::optional<ShellStart> parse_shell_start(std::span<const std::string> words);

using RunTask = std::function<void(env::Task<void>)>;  // to its end

int run_zookeeper_shell(std::span<const std::string> words, std::istream& in, ShellPorts ports,
                        const RunTask& run, Console console);

}  // namespace barnabas::tools
