// kafka-log-dirs: what lies in the brokers' log directories.
//
// Kafka       tools/LogDirsCommand.
#pragma once

#include <set>
#include <span>
#include <string>

#include "protocol/messages/describe_log_dirs.h"
#include "tools/admin_client.h"
#include "tools/console.h"

namespace barnabas::tools {

int run_log_dirs(std::span<const std::string> words, const OpenClient& open, Console console);

struct BrokerLogDirs {
  BrokerId broker;
  protocol::DescribeLogDirsResponse answer;
};
// One line of JSON; without `topics`, of all of them.
std::string show_log_dirs(const std::vector<BrokerLogDirs>& brokers,
                          const std::set<std::string>& topics);

}  // namespace barnabas::tools
