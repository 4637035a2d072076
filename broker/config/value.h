// A configuration value: its type, how its text is read, which values are allowed, how it is shown.
//
// Does not    know any key: the keys stand in table.h.
// Kafka       common/config/ConfigDef (parseType, validators, convertToString).
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace barnabas::broker::config {

// The numbers are those of DescribeConfigs.
enum class ConfigType : std::uint8_t {
  kUnknown = 0,
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
  kClass = 8,
  kPassword = 9,
};

using Value = std::variant<std::monostate, bool, std::int16_t, std::int32_t, std::int64_t, double,
                           std::string, std::vector<std::string>>;

// Why a configuration is refused. `text` is the whole sentence as Kafka prints and answers it.
struct ConfigError {
  // ConfigException, IllegalArgumentException, InvalidConfigurationException
  enum class Kind { kConfig, kIllegalArgument, kInvalidConfiguration };
  Kind kind = Kind::kConfig;
  std::string key;
  std::string value;
  std::string reason;
  std::string text;
};

// "Invalid value V for configuration K: REASON"
ConfigError invalid_value(std::string_view key, std::string_view value, std::string reason);
// A sentence of its own, about `key`.
ConfigError config_error(std::string_view key, std::string text);
// "requirement failed: TEXT"
ConfigError requirement_failed(std::string_view key, std::string_view text);

// What a value may be, beyond its type.
struct Valid {
  enum class Rule : std::uint8_t {
    kAny,
    kRange,
    kOneOf,
    kOneOfIgnoringCase,
    kVersion,
    kNonEmpty,
    kGzipLevel,
    kPoolSize,
    kThrottled,
  };
  Rule rule = Rule::kAny;
  std::optional<double> low{};
  std::optional<double> high{};
  std::string_view options{};  // "a, b, c"
};

std::expected<Value, ConfigError> parse_value(std::string_view key, ConfigType type,
                                              std::string_view text);
std::expected<void, ConfigError> check_value(std::string_view key, const Valid& valid,
                                             const Value& value);
// As DescribeConfigs shows it; nothing for null.
std::optional<std::string> show(const Value& value);

// Java's Double.toString.
std::string show_double(double value);

// "3.9" and "3.9.1" -> "3.9-IV0"; nothing for a release that does not exist.
std::optional<std::string_view> release_of(std::string_view version);

// "a , b,,c" -> a, b, c: no blanks, no empty items (Csv.parseCsvList).
std::vector<std::string> split_csv(std::string_view text);
std::string_view trim(std::string_view text);

template <class Range, class Item>
bool has(const Range& range, const Item& item) {
  return std::ranges::find(range, item) != std::ranges::end(range);
}

}  // namespace barnabas::broker::config
