#include "log/checkpoint.h"

#include <charconv>
#include <optional>

namespace barnabas::log {
namespace {

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

std::string malformed(std::string_view line, const std::string& path) {
  return "Malformed line in checkpoint file [" + path + "]: " + std::string(line);
}

// The lines after the two of the head.
std::expected<std::vector<std::string_view>, std::string> body(std::string_view text,
                                                               const std::string& path) {
  std::vector<std::string_view> lines = split(text, '\n');
  if (lines.size() < 2) {
    if (lines.empty() || number<int>(lines[0]) == 0) return std::vector<std::string_view>{};
    return std::unexpected(malformed(lines[0], path));
  }
  const auto version = number<int>(lines[0]);
  if (!version) return std::unexpected(malformed(lines[0], path));
  if (*version != 0) {
    return std::unexpected("Unrecognized version of the checkpoint file [" + path +
                           "]: " + std::to_string(*version));
  }
  const auto expected = number<std::size_t>(lines[1]);
  if (!expected) return std::unexpected(malformed(lines[1], path));
  lines.erase(lines.begin(), lines.begin() + 2);
  if (lines.size() != *expected) {
    return std::unexpected("Expected [" + std::to_string(*expected) +
                           "] entries in checkpoint file [" + path + "], but found only [" +
                           std::to_string(lines.size()) + "]");
  }
  return lines;
}

std::string head(std::size_t count) { return "0\n" + std::to_string(count) + "\n"; }

}  // namespace

std::string format_offset_checkpoint(const OffsetCheckpoint& offsets) {
  std::string text = head(offsets.size());
  for (const auto& [tp, offset] : offsets) {
    text += tp.topic + ' ' + std::to_string(tp.partition.value) + ' ' +
            std::to_string(offset.value) + '\n';
  }
  return text;
}

std::expected<OffsetCheckpoint, std::string> parse_offset_checkpoint(std::string_view text,
                                                                     const std::string& path) {
  const auto lines = body(text, path);
  if (!lines) return std::unexpected(lines.error());
  OffsetCheckpoint offsets;
  for (const std::string_view line : *lines) {
    const auto parts = words(line);
    if (parts.size() != 3) return std::unexpected(malformed(line, path));
    const auto partition = number<std::int32_t>(parts[1]);
    const auto offset = number<std::int64_t>(parts[2]);
    if (!partition || !offset) return std::unexpected(malformed(line, path));
    offsets[TopicPartition{std::string(parts[0]), PartitionIndex(*partition)}] = Offset(*offset);
  }
  return offsets;
}

std::string format_epoch_checkpoint(const std::vector<EpochEntry>& entries) {
  std::string text = head(entries.size());
  for (const EpochEntry& e : entries) {
    text += std::to_string(e.epoch.value) + ' ' + std::to_string(e.start.value) + '\n';
  }
  return text;
}

std::expected<std::vector<EpochEntry>, std::string> parse_epoch_checkpoint(
    std::string_view text, const std::string& path) {
  const auto lines = body(text, path);
  if (!lines) return std::unexpected(lines.error());
  std::vector<EpochEntry> entries;
  for (const std::string_view line : *lines) {
    const auto parts = words(line);
    if (parts.size() != 2) return std::unexpected(malformed(line, path));
    const auto epoch = number<std::int32_t>(parts[0]);
    const auto start = number<std::int64_t>(parts[1]);
    if (!epoch || !start) return std::unexpected(malformed(line, path));
    entries.push_back({LeaderEpoch(*epoch), Offset(*start)});
  }
  return entries;
}

std::expected<OffsetCheckpoint, std::string> read_offset_checkpoint(env::Files& files,
                                                                    const std::string& path) {
  const auto text = env::read_file(files, path);
  if (!text && text.error() == std::errc::no_such_file_or_directory) return OffsetCheckpoint{};
  if (!text) return std::unexpected(path + ": " + text.error().message());
  return parse_offset_checkpoint(*text, path);
}

}  // namespace barnabas::log
