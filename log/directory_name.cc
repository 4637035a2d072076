#include "log/directory_name.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace barnabas::log {
namespace {

constexpr std::string_view kDelete = "-delete";
constexpr std::string_view kFuture = "-future";
constexpr std::string_view kStray = "-stray";
constexpr std::size_t kMaxName = 255;

std::string not_a_partition(std::string_view log_dir, std::string_view name) {
  std::string text = "Found directory ";
  text.append(log_dir).append("/").append(name).append(", '").append(name);
  text.append(
      "' is not in the form of topic-partition or topic-partition.uniqueId-delete (if marked for "
      "deletion).\n"
      "Kafka's log directories (and children) should only contain Kafka topic data.");
  return text;
}

DirectoryKind kind_of(std::string_view name) {
  if (name.ends_with(kDelete)) return DirectoryKind::kDelete;
  if (name.ends_with(kFuture)) return DirectoryKind::kFuture;
  if (name.ends_with(kStray)) return DirectoryKind::kStray;
  return DirectoryKind::kCurrent;
}

std::optional<TopicPartition> parse_topic_partition(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const std::string_view digits = name.substr(dash + 1);
  TopicPartition tp;
  tp.topic = std::string(name.substr(0, dash));
  auto& index = tp.partition.value;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || end != digits.data() + digits.size() || index < 0) return {};
  return tp;
}

std::string marked_name(const TopicPartition& tp, const Uuid& unique, std::string_view mark) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string tail = "-" + std::to_string(tp.partition.value) + ".";
  for (const std::uint8_t byte : unique.bytes) {
    tail += kHex[byte >> 4];
    tail += kHex[byte & 15];
  }
  tail += mark;
  return tp.topic.substr(0, std::min(tp.topic.size(), kMaxName - tail.size())) + tail;
}

}  // namespace

std::expected<PartitionDirectory, std::string> parse_partition_directory(std::string_view log_dir,
                                                                         std::string_view name) {
  const DirectoryKind kind = kind_of(name);
  std::string_view plain = name;
  if (kind != DirectoryKind::kCurrent) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return std::unexpected(not_a_partition(log_dir, name));
    plain = name.substr(0, dot);
  }
  auto tp = parse_topic_partition(plain);
  if (!tp) return std::unexpected(not_a_partition(log_dir, name));
  return PartitionDirectory{std::move(*tp), kind};
}

std::string delete_directory_name(const TopicPartition& tp, const Uuid& unique) {
  return marked_name(tp, unique, kDelete);
}

std::string stray_directory_name(const TopicPartition& tp, const Uuid& unique) {
  return marked_name(tp, unique, kStray);
}

std::string future_directory_name(const TopicPartition& tp, const Uuid& unique) {
  std::string name = marked_name(tp, unique, kFuture);
  return name.starts_with(tp.topic + "-") ? name : std::string();
}

bool is_future_directory(std::string_view path) { return path.ends_with(kFuture); }

std::string parent_directory(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

}  // namespace barnabas::log
