#include "tools/console/default_formatter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "tools/console/properties.h"

namespace barnabas::tools {
namespace {

std::string time_of(const ClientRecord& record) {
  if (record.timestamp.value < 0) return "NO_TIMESTAMP";
  return fmt::format("{}:{}", record.log_append_time ? "LogAppendTime" : "CreateTime",
                     record.timestamp.value);
}

}  // namespace

DefaultFormatter::DefaultFormatter(const log::Properties& properties)
    : timestamp_(is_true(properties, "print.timestamp")),
      partition_(is_true(properties, "print.partition")),
      offset_(is_true(properties, "print.offset")),
      headers_(is_true(properties, "print.headers")),
      key_(is_true(properties, "print.key")),
      value_(is_true(properties, "print.value", true)),
      key_separator_(text_of(properties, "key.separator", "\t")),
      line_separator_(text_of(properties, "line.separator", "\n")),
      headers_separator_(text_of(properties, "headers.separator", ",")),
      null_literal_(text_of(properties, "null.literal", "null")),
      key_deserializer_(deserializer(text_of(properties, "key.deserializer", ""))),
      value_deserializer_(deserializer(text_of(properties, "value.deserializer", ""))),
      headers_deserializer_(deserializer(text_of(properties, "headers.deserializer", ""))) {}

std::expected<std::string, std::string> DefaultFormatter::format(const ClientRecord& record) const {
  std::vector<std::string> columns;
  if (timestamp_) columns.push_back(time_of(record));
  if (partition_) columns.push_back(fmt::format("Partition:{}", record.partition.value));
  if (offset_) columns.push_back(fmt::format("Offset:{}", record.offset.value));
  if (headers_) {
    auto text = headers(record);
    if (!text) return text;
    columns.push_back(std::move(*text));
  }
  if (key_) {
    auto text = field(record.key, key_deserializer_);
    if (!text) return text;
    columns.push_back(std::move(*text));
  }
  if (value_) {
    auto text = field(record.value, value_deserializer_);
    if (!text) return text;
    columns.push_back(std::move(*text));
  }
  if (columns.empty()) return "";
  return fmt::format("{}{}", fmt::join(columns, key_separator_), line_separator_);
}

DefaultFormatter::Text DefaultFormatter::field(const Field& field,
                                               const Deserializer& deserialize) const {
  return field ? deserialize(*field) : null_literal_;
}

DefaultFormatter::Text DefaultFormatter::headers(const ClientRecord& record) const {
  if (record.headers.empty()) return "NO_HEADERS";
  std::vector<std::string> all;
  for (const auto& [name, value] : record.headers) {
    const auto text = field(value, headers_deserializer_);
    if (!text) return text;
    all.push_back(fmt::format("{}:{}", name, *text));
  }
  return fmt::format("{}", fmt::join(all, headers_separator_));
}

}  // namespace barnabas::tools
