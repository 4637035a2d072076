// The machine's network and ZooKeeper for a tool that runs one command and ends.
//
// Owns        one event loop on a thread of its own, while a command runs.
// Threading   from the main thread; blocks until the command has ended.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "env/task.h"
#include "tools/admin_client.h"
#include "tools/topics.h"

namespace barnabas::tools {

// A tool's output is its answer: what the clients have to say goes to the other stream, if it
// matters.
void log_to_stderr();

// An OpenClient for the machine's network. The error: a bad address.
std::expected<int, std::string> with_admin_client(std::string_view bootstrap, ClientUse use);

class ClusterAccess : public TopicServices {
 public:
  static constexpr env::Duration kZooKeeperTimeout = std::chrono::seconds(30);

  std::expected<int, std::string> with_brokers(std::string bootstrap, AdminConfig config,
                                               Use use) override;
  std::expected<int, std::string> with_zookeeper(std::string connect, Use use) override;
};

}  // namespace barnabas::tools
