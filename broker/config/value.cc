#include "broker/config/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace barnabas::broker::config {
namespace {

constexpr auto kReleases = std::to_array<std::string_view>(
    {"0.8.0",      "0.8.1",      "0.8.2",      "0.9.0",      "0.10.0-IV0", "0.10.0-IV1",
     "0.10.1-IV0", "0.10.1-IV1", "0.10.1-IV2", "0.10.2-IV0", "0.11.0-IV0", "0.11.0-IV1",
     "0.11.0-IV2", "1.0-IV0",    "1.1-IV0",    "2.0-IV0",    "2.0-IV1",    "2.1-IV0",
     "2.1-IV1",    "2.1-IV2",    "2.2-IV0",    "2.2-IV1",    "2.3-IV0",    "2.3-IV1",
     "2.4-IV0",    "2.4-IV1",    "2.5-IV0",    "2.6-IV0",    "2.7-IV0",    "2.7-IV1",
     "2.7-IV2",    "2.8-IV0",    "2.8-IV1",    "3.0-IV0",    "3.0-IV1",    "3.1-IV0",
     "3.2-IV0",    "3.3-IV0",    "3.3-IV1",    "3.3-IV2",    "3.3-IV3",    "3.4-IV0",
     "3.5-IV0",    "3.5-IV1",    "3.5-IV2",    "3.6-IV0",    "3.6-IV1",    "3.6-IV2",
     "3.7-IV0",    "3.7-IV1",    "3.7-IV2",    "3.7-IV3",    "3.7-IV4",    "3.8-IV0",
     "3.9-IV0",    "4.0-IV0",    "4.0-IV1"});

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Java's parse functions take one sign, '+' included, and decimal digits.
template <class T>
std::optional<T> parse_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Double.parseDouble also takes a type suffix, NaN and Infinity.
std::optional<double> parse_double(std::string_view text) {
  bool negative = false;
  if (text.starts_with('+') || text.starts_with('-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::optional<double> number;
  if (text == "NaN") number = std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") number = std::numeric_limits<double>::infinity();
  if (!number && !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) {
    if (std::string_view("fFdD").contains(text.back())) text.remove_suffix(1);
    double parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error == std::errc() && end == text.data() + text.size()) number = parsed;
  }
  if (number && negative) number = -*number;
  return number;
}

template <class T>
std::expected<Value, ConfigError> number_or(std::string_view key, std::string_view text,
                                            std::optional<T> number, std::string_view type) {
  if (number) return Value(*number);
  return std::unexpected(invalid_value(key, text, fmt::format("Not a number of type {}", type)));
}

std::expected<Value, ConfigError> parse_boolean(std::string_view key, std::string_view text) {
  if (equal_ignoring_case(text, "true")) return Value(true);
  if (equal_ignoring_case(text, "false")) return Value(false);
  return std::unexpected(invalid_value(key, text, "Expected value to be either true or false"));
}

// Unlike split_csv, an empty item in the middle stays: that is Java's split with a limit of -1.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  while (true) {
    const auto comma = text.find(',');
    items.emplace_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::optional<double> as_number(const Value& value) {
  return std::visit(
      [](const auto& v) -> std::optional<double> {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(v)>>) {
          return static_cast<double>(v);
        } else {
          return std::nullopt;
        }
      },
      value);
}

std::string show_number(double bound) { return fmt::format("{}", bound); }

std::optional<std::string> range_fault(const Valid& valid, double number) {
  if (valid.low && number < *valid.low) {
    return fmt::format("Value must be at least {}", show_number(*valid.low));
  }
  if (valid.high && number > *valid.high) {
    return fmt::format("Value must be no more than {}", show_number(*valid.high));
  }
  return std::nullopt;
}

bool is_option(std::string_view options, std::string_view item, bool ignore_case) {
  for (const auto& option : split_csv(options)) {
    if (option == item || (ignore_case && equal_ignoring_case(option, item))) return true;
  }
  return false;
}

std::expected<void, ConfigError> check_option(std::string_view key, const Valid& valid,
                                              std::string_view item) {
  const bool ignore_case = valid.rule == Valid::Rule::kOneOfIgnoringCase;
  if (is_option(valid.options, item, ignore_case)) return {};
  return std::unexpected(
      invalid_value(key, item,
                    fmt::format("String must be one of{}: {}",
                                ignore_case ? " (case insensitive)" : "", valid.options)));
}

bool is_partition_and_broker(std::string_view item) {
  const auto colon = item.find(':');
  if (colon == std::string_view::npos) return false;
  const auto all_digits = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return all_digits(item.substr(0, colon)) && all_digits(item.substr(colon + 1));
}

std::expected<void, ConfigError> check_throttled(std::string_view key,
                                                 const std::vector<std::string>& items) {
  if (items.size() == 1 && items[0] == "*") return {};
  if (std::ranges::all_of(items, is_partition_and_broker)) return {};
  return std::unexpected(invalid_value(
      key, fmt::format("[{}]", fmt::join(items, ", ")),
      fmt::format("{} must be the literal '*' or a list of replicas in the following format: "
                  "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
                  key)));
}

}  // namespace

ConfigError invalid_value(std::string_view key, std::string_view value, std::string reason) {
  auto text = fmt::format("Invalid value {} for configuration {}: {}", value, key, reason);
  return ConfigError{ConfigError::Kind::kConfig, std::string(key), std::string(value),
                     std::move(reason), std::move(text)};
}

ConfigError config_error(std::string_view key, std::string text) {
  return ConfigError{ConfigError::Kind::kConfig, std::string(key), {}, text, text};
}

ConfigError requirement_failed(std::string_view key, std::string_view text) {
  return ConfigError{ConfigError::Kind::kIllegalArgument,
                     std::string(key),
                     {},
                     std::string(text),
                     fmt::format("requirement failed: {}", text)};
}

std::expected<Value, ConfigError> parse_value(std::string_view key, ConfigType type,
                                              std::string_view text) {
  text = trim(text);
  switch (type) {
    case ConfigType::kBoolean: return parse_boolean(key, text);
    case ConfigType::kShort:
      return number_or(key, text, parse_integer<std::int16_t>(text), "SHORT");
    case ConfigType::kInt: return number_or(key, text, parse_integer<std::int32_t>(text), "INT");
    case ConfigType::kLong: return number_or(key, text, parse_integer<std::int64_t>(text), "LONG");
    case ConfigType::kDouble: return number_or(key, text, parse_double(text), "DOUBLE");
    case ConfigType::kList: return Value(split_list(text));
    case ConfigType::kUnknown:
    case ConfigType::kString:
    case ConfigType::kClass:
    case ConfigType::kPassword: return Value(std::string(text));
  }
  std::unreachable();
}

std::expected<void, ConfigError> check_value(std::string_view key, const Valid& valid,
                                             const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return {};
  const auto refuse = [&](std::string reason) {
    return std::unexpected(invalid_value(key, show(value).value_or("null"), std::move(reason)));
  };
  const double number = as_number(value).value_or(0);
  const auto* text = std::get_if<std::string>(&value);
  const auto* items = std::get_if<std::vector<std::string>>(&value);
  switch (valid.rule) {
    case Valid::Rule::kAny: return {};
    case Valid::Rule::kRange:
      if (auto fault = range_fault(valid, number)) return refuse(std::move(*fault));
      return {};
    case Valid::Rule::kGzipLevel:
      if (number == -1 || (number >= 1 && number <= 9)) return {};
      return refuse("Value must be between 1 and 9 or equal to -1");
    case Valid::Rule::kPoolSize:
      if (number == -1 || number > 0) return {};
      return refuse("Value can be -1 or greater than 0");
    case Valid::Rule::kNonEmpty:
      if (text == nullptr || !text->empty()) return {};
      return refuse("String must be non-empty");
    case Valid::Rule::kVersion:
      if (text == nullptr || release_of(*text)) return {};
      return refuse(fmt::format("Version {} is not a valid version", *text));
    case Valid::Rule::kThrottled:
      if (items == nullptr) return {};
      return check_throttled(key, *items);
    case Valid::Rule::kOneOf:
    case Valid::Rule::kOneOfIgnoringCase:
      if (text != nullptr) return check_option(key, valid, *text);
      if (items == nullptr) return {};
      for (const auto& item : *items) {
        if (auto checked = check_option(key, valid, item); !checked) return checked;
      }
      return {};
  }
  std::unreachable();
}

std::optional<std::string> show(const Value& value) {
  struct Shower {
    std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
    std::optional<std::string> operator()(bool v) const { return v ? "true" : "false"; }
    std::optional<std::string> operator()(std::int16_t v) const { return std::to_string(v); }
    std::optional<std::string> operator()(std::int32_t v) const { return std::to_string(v); }
    std::optional<std::string> operator()(std::int64_t v) const { return std::to_string(v); }
    std::optional<std::string> operator()(double v) const { return show_double(v); }
    std::optional<std::string> operator()(const std::string& v) const { return v; }
    std::optional<std::string> operator()(const std::vector<std::string>& v) const {
      return fmt::format("{}", fmt::join(v, ","));
    }
  };
  return std::visit(Shower{}, value);
}

std::string show_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  const double size = std::abs(value);
  std::array<char, 512> buffer{};
  const auto format =
      size >= 1e-3 && size < 1e7 ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  std::string text(buffer.data(), end);
  const auto e = text.find('e');
  std::string exponent;
  if (e != std::string::npos) {
    int power = 0;
    const char* digits = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
    std::from_chars(digits, text.data() + text.size(), power);
    exponent = fmt::format("E{}", power);
    text.resize(e);
  }
  if (!text.contains('.')) text += ".0";
  return text + exponent;
}

std::optional<std::string_view> release_of(std::string_view version) {
  // 0.x releases have three numbers that matter, later ones two.
  int dots = version.starts_with("0.") ? 3 : 2;
  const auto end =
      std::ranges::find_if(version, [&dots](char c) { return c == '.' && --dots == 0; });
  const std::string_view wanted(version.begin(), end);
  std::optional<std::string_view> latest;
  for (const auto release : kReleases) {
    const bool same = release == wanted || release.substr(0, release.find('-')) == wanted;
    if (same) latest = release;
  }
  return latest;
}

std::vector<std::string> split_csv(std::string_view text) {
  auto items = split_list(text);
  std::erase_if(items, [](const std::string& item) { return item.empty(); });
  return items;
}

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace barnabas::broker::config
