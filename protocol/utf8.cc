#include "protocol/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace barnabas::protocol {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint8_t at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

bool is_continuation(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    if (word & 0x8080808080808080u) break;
  }
  while (i < text.size() && at(text, i) < 0x80) ++i;
  return i;
}

struct Step {
  std::size_t length;  // bytes used
  bool valid;          // false: these bytes become one U+FFFD
};

// The second byte's range excludes overlong forms and code points past U+10FFFF.
bool second_byte_fits(std::uint8_t lead, std::uint8_t second) {
  if (!is_continuation(second)) return false;
  if (lead == 0xE0) return second >= 0xA0;
  if (lead == 0xF0) return second >= 0x90;
  if (lead == 0xF4) return second <= 0x8F;
  return true;
}

std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

Step step(std::string_view text) {
  const auto lead = at(text, 0);
  const auto wanted = sequence_length(lead);
  if (wanted == 0) return {1, false};
  for (std::size_t i = 1; i < wanted; ++i) {
    if (i >= text.size()) return {i, false};
    const auto byte = at(text, i);
    const bool fits = i == 1 ? second_byte_fits(lead, byte) : is_continuation(byte);
    if (!fits) return {i, false};
  }
  const bool surrogate = lead == 0xED && at(text, 1) >= 0xA0;
  return {wanted, !surrogate};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (text.remove_prefix(ascii_prefix(text)); !text.empty();) {
    const auto [length, valid] = step(text);
    if (!valid) return false;
    text.remove_prefix(length);
    text.remove_prefix(ascii_prefix(text));
  }
  return true;
}

std::string lenient_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + kReplacement.size());
  while (!text.empty()) {
    const auto [length, valid] = step(text);
    out += valid ? text.substr(0, length) : kReplacement;
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace barnabas::protocol
