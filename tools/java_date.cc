#include "tools/java_date.h"

#include <fmt/format.h>

#include <ctime>
#include <optional>

namespace barnabas::tools {
namespace {

std::optional<int> value_of(char letter, std::size_t length, const std::tm& time, int ms) {
  switch (letter) {
    case 'y': return length == 2 ? time.tm_year % 100 : time.tm_year + 1900;
    case 'M': return time.tm_mon + 1;
    case 'd': return time.tm_mday;
    case 'H': return time.tm_hour;
    case 'm': return time.tm_min;
    case 's': return time.tm_sec;
    case 'S': return ms;
    default: return std::nullopt;
  }
}

}  // namespace

std::string java_date(std::string_view pattern, env::WallTime wall) {
  const auto seconds = static_cast<std::time_t>(wall.count() / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::string text;
  while (!pattern.empty()) {
    const char letter = pattern.front();
    const auto length = std::min(pattern.find_first_not_of(letter), pattern.size());
    const auto number = value_of(letter, length, local, static_cast<int>(wall.count() % 1000));
    text +=
        number ? fmt::format("{:0{}}", *number, length) : std::string(pattern.substr(0, length));
    pattern.remove_prefix(length);
  }
  return text;
}

}  // namespace barnabas::tools
