#include "tools/groups/reset_plan.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <set>

#include "tools/java_order.h"

namespace barnabas::tools {
namespace {

// As Java splits: what is empty at the end is not there.
std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(at, begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  while (!words.empty() && words.back().empty()) words.pop_back();
  return words;
}

std::optional<PartitionIndex> parse_index(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int32_t index = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, index);
  if (error != std::errc() || end != last) return std::nullopt;
  return PartitionIndex(index);
}

std::vector<TopicPartition> keys(const PartitionOffsets& offsets) {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, offset] : offsets) partitions.push_back(partition);
  return partitions;
}

}  // namespace

std::expected<TopicScope, std::string> parse_topic_scope(const std::vector<std::string>& given) {
  TopicScope scope;
  for (const auto& word : given) {
    if (!word.contains(':')) {
      scope.topics.push_back(word);
      continue;
    }
    const auto parts = split(word, ':');
    if (parts.size() != 2) {
      return std::unexpected(
          fmt::format("Invalid topic arg '{}', expected topic name and partitions", word));
    }
    for (const auto& number : split(parts[1], ',')) {
      const auto index = parse_index(number);
      if (!index) {
        return std::unexpected(
            fmt::format("Invalid partition '{}' specified in topic arg '{}''", number, word));
      }
      scope.partitions.push_back({parts[0], *index});
    }
  }
  return scope;
}

std::expected<void, std::string> check_distinct(const std::vector<TopicPartition>& partitions) {
  std::set<TopicPartition> seen;
  for (const auto& partition : partitions) {
    if (!seen.insert(partition).second) {
      return std::unexpected("Duplicate key " + to_string(partition));
    }
  }
  return {};
}

std::expected<PartitionOffsets, std::string> shifted(const std::vector<TopicPartition>& partitions,
                                                     const PartitionOffsets& committed,
                                                     std::int64_t by) {
  PartitionOffsets offsets;
  for (const auto& partition : partitions) {
    const auto it = committed.find(partition);
    if (it == committed.end()) {
      return std::unexpected(
          fmt::format("Cannot shift offset for partition {} since there is no current committed "
                      "offset",
                      to_string(partition)));
    }
    // A sum that does not fit wraps around, as in Java.
    offsets[partition] = Offset(static_cast<std::int64_t>(
        static_cast<std::uint64_t>(it->second.value) + static_cast<std::uint64_t>(by)));
  }
  return offsets;
}

Confined confined(const PartitionOffsets& wanted, const PartitionOffsets& earliest,
                  const PartitionOffsets& latest) {
  Confined result;
  for (const auto& partition : in_java_order(keys(wanted))) {
    const Offset offset = wanted.at(partition);
    Offset& set = result.offsets[partition] = offset;
    const auto warn = [&](std::string_view where, Offset bound) {
      set = bound;
      result.warnings.push_back(fmt::format(
          "New offset ({}) is {} offset for topic partition {}. Value will be set to {}",
          offset.value, where, to_string(partition), bound.value));
    };
    if (offset > latest.at(partition)) {
      warn("higher than latest", latest.at(partition));
    } else if (offset < earliest.at(partition)) {
      warn("lower than earliest", earliest.at(partition));
    }
  }
  return result;
}

}  // namespace barnabas::tools
