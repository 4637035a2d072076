#include "tools/console/line_reader.h"

#include <fmt/format.h>

#include <vector>

#include "tools/console/properties.h"

namespace barnabas::tools {
namespace {

std::unexpected<std::string> kafka_exception(std::string_view sentence) {
  return std::unexpected(fmt::format("org.apache.kafka.common.KafkaException: {}", sentence));
}

// As Java's String.split: what is empty at the end is dropped, but not the only piece.
std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto end = separator.empty() ? std::string_view::npos : text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + separator.size());
  }
  while (pieces.size() > 1 && pieces.back().empty()) pieces.pop_back();
  return pieces;
}

struct Named {
  std::string_view name;
  const std::string* value;
};

// The names of two separators that are the same.
std::optional<std::string> same(const std::vector<Named>& separators) {
  for (std::size_t i = 0; i < separators.size(); ++i) {
    for (std::size_t j = i + 1; j < separators.size(); ++j) {
      if (*separators[i].value == *separators[j].value) {
        return fmt::format("{} and {} may not be equal", separators[i].name, separators[j].name);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<LineReader, std::string> LineReader::make(std::string topic,
                                                        const log::Properties& properties) {
  LineReader reader;
  reader.topic_ = std::move(topic);
  reader.parses_key_ = is_true(properties, "parse.key");
  reader.parses_headers_ = is_true(properties, "parse.headers");
  reader.ignores_errors_ = is_true(properties, "ignore.error");
  reader.key_separator_ = text_of(properties, "key.separator", "\t");
  reader.headers_delimiter_ = text_of(properties, "headers.delimiter", "\t");
  reader.headers_separator_ = text_of(properties, "headers.separator", ",");
  reader.headers_key_separator_ = text_of(properties, "headers.key.separator", ":");
  if (const auto fault = same({{"headers.delimiter", &reader.headers_delimiter_},
                               {"headers.separator", &reader.headers_separator_},
                               {"headers.key.separator", &reader.headers_key_separator_}})) {
    return kafka_exception(*fault);
  }
  const auto marker = properties.find("null.marker");
  if (marker == properties.end()) return reader;
  reader.null_marker_ = marker->second;
  for (const auto& [name, value] :
       {Named{"key.separator", &reader.key_separator_},
        Named{"headers.separator", &reader.headers_separator_},
        Named{"headers.delimiter", &reader.headers_delimiter_},
        Named{"headers.key.separator", &reader.headers_key_separator_}}) {
    if (*value == *reader.null_marker_) {
      return kafka_exception(fmt::format("null.marker and {} may not be equal", name));
    }
  }
  return reader;
}

std::expected<std::optional<ClientRecord>, std::string> LineReader::next(
    std::istream& in, const std::function<void()>& prompt) {
  if (prompt) prompt();
  const auto line = read_line(in);
  if (!line) return std::nullopt;
  return parse(*line);
}

std::expected<ClientRecord, std::string> LineReader::parse(std::string_view line) {
  ++line_number_;
  auto rest = line;
  Part headers;
  if (parses_headers_) headers = take(&rest, line, headers_delimiter_, "headers delimiter");
  if (!headers) return std::unexpected(headers.error());
  Part key;
  if (parses_key_) key = take(&rest, line, key_separator_, "key separator");
  if (!key) return std::unexpected(key.error());
  ClientRecord record;
  record.topic = topic_;
  if (*key) record.key = unless_null(**key);
  record.value = unless_null(rest);
  if (*headers && unless_null(**headers)) {
    if (const auto added = add_headers(**headers, &record); !added) {
      return std::unexpected(added.error());
    }
  }
  return record;
}

LineReader::Part LineReader::take(std::string_view* line, std::string_view whole,
                                  const std::string& separator, std::string_view name) const {
  const auto end = line->find(separator);
  if (end == std::string_view::npos) {
    if (ignores_errors_) return std::nullopt;
    return kafka_exception(
        fmt::format("No {} found on line number {}: '{}'", name, line_number_, whole));
  }
  const auto part = line->substr(0, end);
  line->remove_prefix(end + separator.size());
  return part;
}

std::expected<void, std::string> LineReader::add_headers(std::string_view text,
                                                         ClientRecord* record) const {
  for (const auto pair : split(text, headers_separator_)) {
    if (auto added = add_header(pair, record); !added) return added;
  }
  return {};
}

std::expected<void, std::string> LineReader::add_header(std::string_view pair,
                                                        ClientRecord* record) const {
  const auto end = pair.find(headers_key_separator_);
  if (end == std::string_view::npos) {
    if (!ignores_errors_) {
      return kafka_exception(fmt::format(
          "No header key separator found in pair '{}' on line number {}", pair, line_number_));
    }
    record->headers.emplace_back(pair, std::nullopt);
    return {};
  }
  const auto name = pair.substr(0, end);
  if (!unless_null(name)) {
    return kafka_exception(
        fmt::format("Header keys should not be equal to the null marker '{}' as they can't be null",
                    *null_marker_));
  }
  record->headers.emplace_back(name, unless_null(pair.substr(end + headers_key_separator_.size())));
  return {};
}

Field LineReader::unless_null(std::string_view text) const {
  if (null_marker_ && text == *null_marker_) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> read_line(std::istream& in) {
  std::string line;
  for (auto c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (c == '\r' && in.peek() == '\n') in.get();
    if (c == '\n' || c == '\r') return line;
    line += static_cast<char>(c);
  }
  return line.empty() ? std::nullopt : std::optional(std::move(line));
}

}  // namespace barnabas::tools
