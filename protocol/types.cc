#include "protocol/types.h"

#include <cstring>
#include <string_view>

namespace barnabas {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kTextLength = 22;

}  // namespace

std::string to_string(const Uuid& id) {
  std::string text;
  text.reserve(kTextLength);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const auto byte : id.bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[pending >> (bits - 6) & 63];
  }
  text += kAlphabet[pending << (6 - bits) & 63];
  return text;
}

bool parse_uuid(std::string_view text, Uuid& out) {
  if (text.size() != kTextLength) return false;
  Uuid id;
  std::uint32_t pending = 0;
  int bits = 0;
  std::size_t filled = 0;
  for (const char c : text) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return false;
    pending = pending << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8 && filled < id.bytes.size()) {
      bits -= 8;
      id.bytes[filled++] = static_cast<std::uint8_t>(pending >> bits);
    }
  }
  out = id;
  return true;
}

std::string to_string(const TopicPartition& tp) {
  return tp.topic + '-' + std::to_string(tp.partition.value);
}

}  // namespace barnabas

std::size_t std::hash<barnabas::Uuid>::operator()(const barnabas::Uuid& id) const noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, id.bytes.data(), sizeof halves);
  return static_cast<std::size_t>(halves[0] ^ halves[1] * 0x9e3779b97f4a7c15u);
}
