// What kafka-reassign-partitions says about moves. Pure.
#pragma once

#include <optional>
#include <string>

#include "tools/reassign/reassignment_file.h"
#include "tools/reassign/throttles.h"

namespace barnabas::tools {

struct PartitionStatus {
  Replicas current;
  Replicas target;
  bool done = false;
};
using PartitionStatuses = std::map<TopicPartition, PartitionStatus>;
std::string show_statuses(const PartitionStatuses& statuses);

// Where a replica lies on its broker.
struct ReplicaPlace {
  std::optional<std::string> current;
  std::optional<std::string> future;  // where it is on its way to
};
using ReplicaPlaces = std::map<ReplicaOf, ReplicaPlace>;
// Of each replica of `targets`, a line.
std::string show_places(const Directories& targets, const ReplicaPlaces& places);

std::string show_ongoing(const OngoingMoves& ongoing);
// "re-0,re-1"
template <class Map>
std::string join_keys(const Map& map) {
  std::string text;
  for (const auto& [key, value] : map) text += (text.empty() ? "" : ",") + to_string(key);
  return text;
}

}  // namespace barnabas::tools
