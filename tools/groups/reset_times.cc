#include "tools/groups/reset_times.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <regex>

namespace barnabas::tools {
namespace {

using Matched = std::match_results<std::string_view::const_iterator>;

std::string_view part(const Matched& matched, std::size_t number) {
  const auto& found = matched[number];
  return {found.first, found.second};
}

// Of digits alone, with a sign in front; nothing if it does not fit.
std::optional<std::int64_t> number(std::string_view digits) {
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// The offset from UTC that stands at the beginning: "Z", "+08", "+08:00".
std::optional<std::chrono::minutes> zone(std::string_view text) {
  static const std::regex kZone("^(Z|([+-])([0-9]{1,2})(?::([0-9]{2}))?)");
  Matched matched;
  if (!std::regex_search(text.begin(), text.end(), matched, kZone)) return std::nullopt;
  if (matched[1] == "Z") return std::chrono::minutes(0);
  const auto hours = number(part(matched, 3)).value_or(0);
  const auto minutes = matched[4].matched ? number(part(matched, 4)).value_or(0) : 0;
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes distance(hours * 60 + minutes);
  return matched[2] == "-" ? -distance : distance;
}

std::optional<env::WallTime> date_and_time(std::string_view text) {
  static const std::regex kForm(
      "^([0-9]{1,9})-([0-9]{1,9})-([0-9]{1,9})T([0-9]{1,9}):([0-9]{1,9}):([0-9]{1,9})"
      "\\.([0-9]{1,9})");
  Matched matched;
  if (!std::regex_search(text.begin(), text.end(), matched, kForm)) return std::nullopt;
  std::array<int, 7> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = static_cast<int>(number(part(matched, i + 1)).value_or(0));
  }
  const auto& [year, month, day, hour, minute, second, milli] = parts;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const bool fits = year < 10000 && month < 13 && day < 32 && date.ok() && hour < 24 &&
                    minute < 60 && second < 60 && milli < 1000;
  const auto distance = zone(text.substr(static_cast<std::size_t>(matched.length(0))));
  if (!fits || !distance) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) +
         std::chrono::milliseconds(milli) - *distance;
}

// Whether text follows the T, as Java's split() sees it: T's at the end do not count.
std::optional<std::string_view> after_t(std::string_view text) {
  while (text.ends_with('T')) text.remove_suffix(1);
  const auto t = text.find('T');
  if (t == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(t + 1);
  return rest.substr(0, rest.find('T'));
}

constexpr std::string_view kNoDuration = "Text cannot be parsed to a Duration";

struct Unit {
  std::size_t group;
  std::int64_t seconds;
  std::string_view name;
};
constexpr std::array<Unit, 4> kUnits{
    {{2, 86400, "days"}, {4, 3600, "hours"}, {5, 60, "minutes"}, {6, 1, "seconds"}}};

// The fraction of a second, in nanoseconds.
std::int64_t nanoseconds(std::string_view digits) {
  std::string nine(digits);
  nine.resize(9, '0');
  return number(nine).value_or(0);
}

}  // namespace

std::expected<env::WallTime, std::string> parse_datetime(std::string_view text) {
  const auto time_of_day = after_t(text);
  if (!time_of_day) {
    return std::unexpected(
        "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to "
        "ISO8601 format");
  }
  std::string with_zone(text);
  if (time_of_day->find_first_of("+-Z") == std::string_view::npos) with_zone += 'Z';
  const auto time = date_and_time(with_zone);
  if (time) return *time;
  return std::unexpected(
      fmt::format("java.text.ParseException: Unparseable date: \"{}\"", with_zone));
}

std::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text) {
  static const std::regex kForm(
      "([-+]?)P(?:([-+]?[0-9]+)D)?"
      "(T(?:([-+]?[0-9]+)H)?(?:([-+]?[0-9]+)M)?(?:([-+]?[0-9]+)(?:[.,]([0-9]{0,9}))?S)?)?",
      std::regex::icase);
  Matched matched;
  const bool has_form = std::regex_match(text.begin(), text.end(), matched, kForm);
  if (!has_form || part(matched, 3).size() == 1 || part(matched, 0).ends_with('P') ||
      part(matched, 0).ends_with('p')) {
    return std::unexpected(std::string(kNoDuration));
  }
  std::int64_t seconds = 0;
  for (const auto& unit : kUnits) {
    if (!matched[unit.group].matched) continue;
    const auto count = number(part(matched, unit.group));
    std::int64_t of_unit = 0;
    if (!count || __builtin_mul_overflow(*count, unit.seconds, &of_unit)) {
      return std::unexpected(fmt::format("{}: {}", kNoDuration, unit.name));
    }
    if (__builtin_add_overflow(seconds, of_unit, &seconds)) {
      return std::unexpected(fmt::format("{}: overflow", kNoDuration));
    }
  }
  constexpr std::int64_t kMostSeconds = INT64_MAX / 1'000'000;  // so that no sum goes over
  if (seconds > kMostSeconds || seconds < -kMostSeconds) {
    return std::unexpected("Instant exceeds minimum or maximum instant");
  }
  const bool seconds_negative = part(matched, 6).starts_with('-');
  const auto fraction = std::chrono::nanoseconds(nanoseconds(part(matched, 7)));
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(fraction);
  const auto whole = std::chrono::milliseconds(seconds * 1000);
  const auto sum = seconds_negative ? whole - milliseconds : whole + milliseconds;
  return part(matched, 1) == "-" ? -sum : sum;
}

}  // namespace barnabas::tools
