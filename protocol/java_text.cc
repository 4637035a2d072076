#include "protocol/java_text.h"

namespace barnabas::protocol {
namespace {

// Calls f(unit) for each UTF-16 unit of well-formed UTF-8.
template <class F>
void for_each_utf16_unit(std::string_view text, F f) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint32_t code = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
    }
    i += length;
    if (code < 0x10000) {
      f(code);
    } else {
      f(0xd800 + ((code - 0x10000) >> 10));
      f(0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
}

}  // namespace

std::uint32_t java_hash(std::string_view text) {
  std::uint32_t hash = 0;
  for_each_utf16_unit(text, [&](std::uint32_t unit) { hash = hash * 31 + unit; });
  return hash;
}

std::size_t java_length(std::string_view text) {
  std::size_t length = 0;
  for_each_utf16_unit(text, [&](std::uint32_t) { ++length; });
  return length;
}

}  // namespace barnabas::protocol
