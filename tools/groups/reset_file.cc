#include "tools/groups/reset_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace barnabas::tools {
namespace {

constexpr std::array<std::string_view, 4> kColumns{"group", "topic", "partition", "offset"};
constexpr std::string_view kEmptyLine =
    "com.fasterxml.jackson.databind.exc.MismatchedInputException: No content to map due to "
    "end-of-input\n at [Source: (StringReader); line: UNKNOWN, column: UNKNOWN]";

struct Value {
  std::string text;
  std::size_t column;  // where it begins in its line, from 1
};

std::vector<Value> split_line(std::string_view line) {
  std::vector<Value> values;
  std::size_t at = 0;
  while (at <= line.size()) {
    const bool quoted = at < line.size() && line[at] == '"';
    const auto begin = quoted ? at + 1 : at;
    const auto end = std::min(quoted ? line.find('"', begin) : line.find(',', begin), line.size());
    values.push_back({std::string(line.substr(begin, end - begin)), at + 1});
    at = std::min(line.find(',', end), line.size()) + 1;
  }
  return values;
}

struct Row {
  std::string group;
  TopicPartition partition;
  Offset offset{0};
};

// The columns a line must have: all, or those from the topic on.
class LineReader {
 public:
  explicit LineReader(bool with_group)
      : columns_(std::span(kColumns).subspan(with_group ? 0 : 1)),
        class_(with_group ? "CsvRecordWithGroup" : "CsvRecordNoGroup") {}

  // Columns that are not there count as empty, empty numbers as 0.
  std::expected<Row, std::string> read(std::string_view line) const {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return std::unexpected(std::string(kEmptyLine));
    const auto values = split_line(line);
    if (values.size() > columns_.size()) return too_many(values);
    Row row;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto taken = take(row, columns_[i], values[i]);
      if (!taken) return std::unexpected(taken.error());
    }
    return row;
  }

 private:
  std::unexpected<std::string> too_many(const std::vector<Value>& values) const {
    const auto& first = values[columns_.size()];
    return std::unexpected(fmt::format(
        "com.fasterxml.jackson.dataformat.csv.CsvReadException: Too many entries: expected at most "
        "{} (value #{} ({} chars) \"{}\")\n at [Source: (StringReader); line: 1, column: {}]",
        columns_.size(), columns_.size(), first.text.size(), first.text, first.column));
  }

  std::expected<void, std::string> take(Row& row, std::string_view column,
                                        const Value& value) const {
    if (column == "group") {
      row.group = value.text;
    } else if (column == "topic") {
      row.partition.topic = value.text;
    } else if (column == "partition") {
      return take_number(row.partition.partition.value, "int", column, value);
    } else {
      return take_number(row.offset.value, "long", column, value);
    }
    return {};
  }

  template <class Int>
  std::expected<void, std::string> take_number(Int& number, std::string_view type,
                                               std::string_view column, const Value& value) const {
    std::string_view digits = value.text;
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    if (digits.empty()) return {};
    const char* last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, number);
    if (error == std::errc() && end == last) return {};
    return std::unexpected(fmt::format(
        "com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of "
        "type `{}` from String \"{}\": not a valid `{}` value\n at [Source: (StringReader); line: "
        "1, column: {}] (through reference chain: "
        "org.apache.kafka.tools.consumer.group.CsvUtils${}[\"{}\"])",
        type, value.text, type, value.column, class_, column));
  }

  std::span<const std::string_view> columns_;
  std::string_view class_;
};

// Without the empty ones at the end; a text of none is one empty line.
std::vector<std::string_view> lines_of(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// What is long, or holds a character that might mean something, is quoted.
std::string quoted(const std::string& text) {
  constexpr std::size_t kLong = 24;
  const bool plain = text.size() <= kLong && std::ranges::all_of(text, [](unsigned char c) {
                       return c > static_cast<unsigned char>(',');
                     });
  return plain ? text : '"' + text + '"';
}

}  // namespace

std::expected<ResetPlan, std::string> parse_reset_file(
    const std::string& text, const std::optional<std::string>& only_group) {
  const auto lines = lines_of(text);
  const bool without_group = only_group && LineReader(false).read(lines.front());
  const LineReader reader(!without_group);
  ResetPlan plan;
  for (const auto line : lines) {
    const auto row = reader.read(line);
    if (!row) return std::unexpected(row.error());
    plan[without_group ? *only_group : row->group][row->partition] = row->offset;
  }
  return plan;
}

std::string reset_file_line(const std::string& group, const TopicPartition& partition,
                            Offset offset) {
  return quoted(group) + ',' + reset_file_line(partition, offset);
}

std::string reset_file_line(const TopicPartition& partition, Offset offset) {
  return fmt::format("{},{},{}\n", quoted(partition.topic), partition.partition.value,
                     offset.value);
}

}  // namespace barnabas::tools
