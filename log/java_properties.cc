#include "log/java_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <vector>

#include "protocol/java_text.h"

namespace barnabas::log {
namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

// Takes one physical line (without its end) off the front.
std::string_view next_line(std::string_view& text) {
  const auto end = text.find_first_of("\r\n");
  const auto line = text.substr(0, end);
  if (end == std::string_view::npos) {
    text = {};
  } else {
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return line;
}

bool goes_on(std::string_view line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t b) { out.push_back(static_cast<char>(b)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc() || end != text.data() + 4) return std::nullopt;
  return code;
}

// What follows `\u`; two halves of a surrogate pair make one character. Advances `text`.
bool append_unicode(std::string& out, std::string_view& text) {
  const auto code = hex4(text);
  if (!code) return false;
  text.remove_prefix(4);
  if (*code >= 0xD800 && *code < 0xDC00 && text.starts_with("\\u")) {
    const auto low = hex4(text.substr(2));
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      text.remove_prefix(6);
      append_utf8(out, 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00));
      return true;
    }
  }
  append_utf8(out, *code);
  return true;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\' || text.empty()) {
      out.push_back(c);
      continue;
    }
    const char escaped = text.front();
    text.remove_prefix(1);
    switch (escaped) {
      case 't': out.push_back('\t'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 'f': out.push_back('\f'); break;
      case 'u':
        if (!append_unicode(out, text)) return std::nullopt;
        break;
      default: out.push_back(escaped);
    }
  }
  return out;
}

// Where the key of a logical line ends: the first separator that is not escaped.
std::size_t key_end(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || is_blank(line[i])) {
      return i;
    }
  }
  return line.size();
}

bool add_line(Properties& properties, std::string_view line) {
  const auto end = key_end(line);
  auto rest = skip_blanks(line.substr(end));
  if (rest.starts_with('=') || rest.starts_with(':')) rest = skip_blanks(rest.substr(1));
  auto key = unescape(line.substr(0, end));
  auto value = unescape(rest);
  if (!key || !value) return false;
  properties.insert_or_assign(std::move(*key), std::move(*value));
  return true;
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
    return protocol::java_spread(protocol::java_hash(key)) & (table - 1);
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

std::expected<Properties, std::string> parse_properties(std::string_view text) {
  Properties properties;
  int number = 0;
  while (!text.empty()) {
    std::string line(skip_blanks(next_line(text)));
    const int first = ++number;
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    while (goes_on(line)) {
      line.pop_back();
      if (text.empty()) break;
      line += skip_blanks(next_line(text));
      ++number;
    }
    if (line.empty()) continue;
    if (!add_line(properties, line)) {
      return std::unexpected(fmt::format("line {}: Malformed \\uxxxx encoding.", first));
    }
  }
  return properties;
}

std::string format_properties(const Properties& properties, std::int64_t wall_ms) {
  std::string text = "#\n#" + date_text(wall_ms) + "\n";
  for (const std::string& key : java_order(properties)) {
    text += escape(key, true) + '=' + escape(properties.at(key), false) + '\n';
  }
  return text;
}

}  // namespace barnabas::log
