// How a step of kafka-reassign-partitions ends, and the words for it.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <string_view>

#include "tools/admin_client.h"
#include "tools/reassign/reassignment_file.h"

namespace barnabas::tools {

struct ReassignFailure {
  std::string text;
  bool foreseen = false;  // an answer rather than an accident: printed without "Error: "
};
template <class T = void>
using ReassignResult = std::expected<T, ReassignFailure>;
using ReassignError = std::unexpected<ReassignFailure>;

ReassignError accident(std::string text);
ReassignError answer(std::string text);
ReassignError accident(const AdminError& error);  // by the name of Kafka's exception
ReassignError not_found(std::string text);

inline std::string_view plural(std::size_t count) { return count == 1 ? "" : "s"; }
// A line for each, each after a line end.
std::string show_refused(const std::map<TopicPartition, std::string>& refused);

std::set<std::string> topics_of(const Assignments& assignments);
std::set<BrokerId> brokers_of(const Directories& directories);

}  // namespace barnabas::tools
