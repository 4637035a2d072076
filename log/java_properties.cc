#include "log/java_properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

namespace barnabas::log {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

// One logical line: natural lines joined where they end in an odd number of backslashes.
std::string take_logical_line(std::string_view& text) {
  std::string line;
  for (;;) {
    const std::size_t end = text.find_first_of("\r\n");
    std::string_view natural = skip_blanks(text.substr(0, end));
    const bool comment = line.empty() && (natural.starts_with('#') || natural.starts_with('!'));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line += natural;
    const std::size_t last = line.find_last_not_of('\\');
    const std::size_t slashes = line.size() - (last == std::string::npos ? 0 : last + 1);
    if (comment || slashes % 2 == 0 || text.empty()) return comment ? std::string() : line;
    line.pop_back();
  }
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    unsigned code = 0;
    if (c == 'u' && i + 4 < text.size() &&
        std::from_chars(&text[i + 1], &text[i + 1] + 4, code, 16).ec == std::errc()) {
      append_utf8(out, code);
      i += 4;
    } else {
      out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
    }
  }
  return out;
}

std::size_t key_length(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || is_blank(line[i])) {
      return i;
    }
  }
  return line.size();
}

std::string escape(std::string_view text, bool key) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' || c == '=' || c == ':' || c == '#' || c == '!' || (c == ' ' && (key || i == 0)))
      out += '\\';
    if (c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      out += '\\';
      out += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : 'f';
    } else {
      out += c;
    }
  }
  return out;
}

// The order in which java.util.Properties (a ConcurrentHashMap) walks its keys.
std::vector<std::string> java_order(const Properties& properties) {
  std::size_t table = 16;
  while (properties.size() * 4 >= table * 3) table *= 2;
  const auto slot = [table](const std::string& key) {
    std::uint32_t hash = 0;
    for (const char c : key) hash = hash * 31 + static_cast<unsigned char>(c);
    return (hash ^ hash >> 16) & (table - 1);
  };
  std::vector<std::string> keys;
  for (const auto& [key, value] : properties) keys.push_back(key);
  std::ranges::sort(keys, {}, [&](const std::string& key) { return std::pair(slot(key), key); });
  return keys;
}

std::string two(unsigned n) {
  return {static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
}

// java.util.Date.toString in UTC: Sat Nov 21 06:27:42 UTC 2026
std::string date_text(std::int64_t wall_ms) {
  using namespace std::chrono;
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds at{floor<seconds>(milliseconds(wall_ms))};
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  return std::string(kDays[weekday(day).c_encoding()]) + ' ' + kMonths[unsigned(date.month()) - 1] +
         ' ' + two(unsigned(date.day())) + ' ' + two(static_cast<unsigned>(time.hours().count())) +
         ':' + two(static_cast<unsigned>(time.minutes().count())) + ':' +
         two(static_cast<unsigned>(time.seconds().count())) + " UTC " +
         std::to_string(int(date.year()));
}

}  // namespace

Properties parse_properties(std::string_view text) {
  Properties out;
  while (!text.empty()) {
    const std::string line = take_logical_line(text);
    if (line.empty()) continue;
    const std::size_t key_end = key_length(line);
    std::string_view value = skip_blanks(std::string_view(line).substr(key_end));
    if (value.starts_with('=') || value.starts_with(':')) value = skip_blanks(value.substr(1));
    out[unescape(std::string_view(line).substr(0, key_end))] = unescape(value);
  }
  return out;
}

std::string format_properties(const Properties& properties, std::int64_t wall_ms) {
  std::string text = "#\n#" + date_text(wall_ms) + "\n";
  for (const std::string& key : java_order(properties)) {
    text += escape(key, true) + '=' + escape(properties.at(key), false) + '\n';
  }
  return text;
}

}  // namespace barnabas::log
