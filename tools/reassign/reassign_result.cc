#include "tools/reassign/reassign_result.h"

#include <fmt/format.h>

#include "tools/java_errors.h"

namespace barnabas::tools {

ReassignError accident(std::string text) { return ReassignError({std::move(text)}); }

ReassignError answer(std::string text) { return ReassignError({std::move(text), true}); }

ReassignError accident(const AdminError& error) {
  return accident(exception_text(error.code, error.text));
}

ReassignError not_found(std::string text) {
  return accident(exception_text(ErrorCode::kUnknownTopicOrPartition, std::move(text)));
}

std::string show_refused(const std::map<TopicPartition, std::string>& refused) {
  std::string lines;
  for (const auto& [partition, text] : refused) {
    lines += fmt::format("\n{}: {}", to_string(partition), text);
  }
  return lines;
}

std::set<std::string> topics_of(const Assignments& assignments) {
  std::set<std::string> topics;
  for (const auto& [partition, replicas] : assignments) topics.insert(partition.topic);
  return topics;
}

std::set<BrokerId> brokers_of(const Directories& directories) {
  std::set<BrokerId> brokers;
  for (const auto& [replica, directory] : directories) brokers.insert(replica.broker);
  return brokers;
}

}  // namespace barnabas::tools
