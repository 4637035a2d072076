#include "tools/admin/partition_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/broker_list.h"

namespace barnabas::tools {
namespace {

// A comma stands for "or"; blanks and quotes around it do not count.
std::expected<std::regex, std::string> topic_pattern(std::string text) {
  std::erase(text, ' ');
  std::ranges::replace(text, ',', '|');
  try {
    return std::regex(text);
  } catch (const std::regex_error&) {
    return std::unexpected(text + " is an invalid regex.");
  }
}

std::int32_t number_or(const std::string& text, std::int32_t otherwise) {
  std::int32_t number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<std::int32_t> id_of(const std::string& word) {
  std::int32_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return id;
}

}  // namespace

std::expected<PartitionFilter::Rule, std::string> PartitionFilter::rule(const std::string& text) {
  static const std::regex form("([^:,]*)(?::(?:([0-9]*)-([0-9]*)|([0-9]+)))?");
  std::smatch parts;
  if (!std::regex_match(text, parts, form)) {
    return std::unexpected("Invalid rule specification: " + text);
  }
  auto topic = topic_pattern(parts[1].length() == 0 ? ".*" : parts[1].str());
  if (!topic) return std::unexpected(topic.error());
  Rule made{std::move(*topic)};
  if (parts[4].matched) {
    made.first = number_or(parts[4].str(), 0);
    made.end = made.first + 1;
  } else {
    made.first = number_or(parts[2].str(), made.first);
    made.end = number_or(parts[3].str(), made.end);
  }
  return made;
}

std::expected<PartitionFilter, std::string> PartitionFilter::of_rules(const std::string& text) {
  PartitionFilter filter;
  for (const auto& word : split_list(text)) {
    auto made = rule(word);
    if (!made) return std::unexpected(made.error());
    filter.rules_.push_back(std::move(*made));
  }
  return filter;
}

std::expected<PartitionFilter, std::string> PartitionFilter::of_topic(
    const std::optional<std::string>& pattern, const std::optional<std::string>& ids) {
  auto topic = topic_pattern(pattern.value_or(".*"));
  if (!topic) return std::unexpected(topic.error());
  PartitionFilter filter;
  if (!ids) {
    filter.rules_.push_back({std::move(*topic)});
    return filter;
  }
  for (const auto& word : split_list(*ids)) {
    const auto id = id_of(word);
    if (!id) {
      return std::unexpected(fmt::format(
          "--partitions expects a comma separated list of numeric partition ids, but received: {}",
          *ids));
    }
    filter.rules_.push_back({*topic, *id, *id + 1});
  }
  return filter;
}

bool PartitionFilter::matches(const TopicPartition& partition) const {
  const auto id = partition.partition.value;
  return std::ranges::any_of(rules_, [&](const Rule& rule) {
    return id >= rule.first && id < rule.end && std::regex_match(partition.topic, rule.topic);
  });
}

}  // namespace barnabas::tools
