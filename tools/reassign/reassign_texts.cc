#include "tools/reassign/reassign_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/broker_list.h"

namespace barnabas::tools {
namespace {

std::string show_status(const TopicPartition& partition, const PartitionStatus& status) {
  const auto name = to_string(partition);
  if (!status.done) return fmt::format("Reassignment of partition {} is still in progress.", name);
  if (status.current == status.target) {
    return fmt::format("Reassignment of partition {} is completed.", name);
  }
  return fmt::format(
      "There is no active reassignment of partition {}, but replica set is {} rather than {}.",
      name, join(status.current), join(status.target));
}

std::string show_place(const ReplicaOf& replica, const std::string& target,
                       const ReplicaPlace* place) {
  const auto where =
      fmt::format("Partition {} on broker {}", to_string(replica.partition), replica.broker.value);
  if (place == nullptr) {
    return fmt::format(
        "Partition {} is not found in any live log dir on broker {}. There is "
        "likely an offline log directory on the broker.",
        to_string(replica.partition), replica.broker.value);
  }
  if (!place->current) {
    return fmt::format("Partition {} cannot be found in any live log directory on broker {}.",
                       to_string(replica.partition), replica.broker.value);
  }
  if (place->future) {
    if (*place->future == target) {
      return fmt::format("Reassignment of replica {} is still in progress.", to_string(replica));
    }
    return fmt::format("{} is being moved to log dir {} instead of {}.", where, *place->future,
                       target);
  }
  if (*place->current == target) {
    return fmt::format("Reassignment of replica {} completed successfully.", to_string(replica));
  }
  return fmt::format("{} is not being moved from log dir {} to {}.", where, *place->current,
                     target);
}

}  // namespace

std::string show_statuses(const PartitionStatuses& statuses) {
  std::string text = "Status of partition reassignment:";
  for (const auto& [partition, status] : statuses) text += '\n' + show_status(partition, status);
  return text;
}

std::string show_places(const Directories& targets, const ReplicaPlaces& places) {
  std::vector<std::string> lines;
  for (const auto& [replica, target] : targets) {
    const auto it = places.find(replica);
    lines.push_back(show_place(replica, target, it == places.end() ? nullptr : &it->second));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string show_ongoing(const OngoingMoves& ongoing) {
  if (ongoing.empty()) return "No partition reassignments found.";
  std::string text = "Current partition reassignments:";
  for (const auto& [partition, move] : ongoing) {
    text += fmt::format("\n{}: replicas: {}.", to_string(partition), join(move.replicas));
    if (!move.adding.empty()) text += fmt::format(" adding: {}.", join(move.adding));
    if (!move.removing.empty()) text += fmt::format(" removing: {}.", join(move.removing));
  }
  return text;
}

}  // namespace barnabas::tools
