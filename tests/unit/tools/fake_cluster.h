// Three brokers (1, 2, 3 at ports 9001 to 9003; 1 is the controller) for tools that speak to
// brokers, and files for tools that read some.
#pragma once

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "protocol/messages/metadata.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/env/temp_dir.h"
#include "tests/unit/tools/fake_broker.h"
#include "tests/unit/tools/run_tool.h"
#include "tools/admin_client.h"

namespace barnabas::tools {

class FakeCluster {
 public:
  FakeCluster() {
    for (const auto port : kPorts) {
      network.on<protocol::MetadataRequest>(
          port, [this](const protocol::MetadataRequest& request) { return metadata(request); });
    }
  }

  static std::vector<BrokerId> ids(std::initializer_list<int> numbers) {
    std::vector<BrokerId> brokers;
    for (const int number : numbers) brokers.push_back(BrokerId(number));
    return brokers;
  }

  // Partitions 0, 1, ... with these replicas; the first one leads.
  void topic(const std::string& name, std::vector<std::vector<BrokerId>> replicas) {
    topics_[name] = std::move(replicas);
  }

  template <class Request, class Answer>
  void on_all(Answer answer) {
    for (const auto port : kPorts) network.on<Request>(port, answer);
  }

  OpenClient open() {
    return [this](std::string_view bootstrap, ClientUse use) -> std::expected<int, std::string> {
      AdminClient client({network, loop.clock, loop.executor()},
                         parse_bootstrap(bootstrap).value());
      return loop.run(use(&client));
    };
  }

  // `tool` is run with the words, this cluster and a console.
  template <class Tool>
  Ran run(Tool tool, std::string_view line) {
    return run_tool(
        line, [&](const auto& words, Console console) { return tool(words, open(), console); });
  }

  static constexpr std::array<std::uint16_t, 3> kPorts{9001, 9002, 9003};
  testing::VirtualLoop loop;
  FakeNetwork network;

 private:
  protocol::MetadataResponse metadata(const protocol::MetadataRequest& request) const {
    protocol::MetadataResponse response;
    response.controller_id = BrokerId(1);
    for (const auto port : kPorts) {
      response.brokers.push_back({BrokerId(port - 9000), "b", port, std::nullopt});
    }
    if (!request.topics) {
      for (const auto& [name, replicas] : topics_) add(response, name);
    } else {
      for (const auto& asked : *request.topics) add(response, asked.name.value_or(""));
    }
    return response;
  }

  void add(protocol::MetadataResponse& response, const std::string& name) const {
    auto& topic = response.topics.emplace_back();
    topic.name = name;
    const auto it = topics_.find(name);
    if (it == topics_.end()) {
      topic.error_code = ErrorCode::kUnknownTopicOrPartition;
      return;
    }
    for (const auto& replicas : it->second) {
      auto& partition = topic.partitions.emplace_back();
      partition.partition_index =
          PartitionIndex(static_cast<std::int32_t>(topic.partitions.size() - 1));
      partition.leader_id = replicas.front();
      partition.replica_nodes = replicas;
      partition.isr_nodes = replicas;
    }
  }

  std::map<std::string, std::vector<std::vector<BrokerId>>> topics_;
};

// A file of this process's own, since tests run side by side; its path.
inline std::string write_file(const std::string& name, const std::string& text) {
  static const env::TempDir directory;
  const auto path = directory / name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace barnabas::tools
