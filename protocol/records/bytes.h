// Raw bytes as Kafka lays them out: big-endian numbers and zig-zag varints.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace barnabas::records {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;
using Buffer = std::vector<std::byte>;

template <std::integral T>
T load_be(const std::byte* at) {
  T v;
  std::memcpy(&v, at, sizeof v);
  if constexpr (sizeof(T) > 1) v = std::byteswap(v);
  return v;
}

template <std::integral T>
void store_be(std::byte* at, T v) {
  if constexpr (sizeof(T) > 1) v = std::byteswap(v);
  std::memcpy(at, &v, sizeof v);
}

template <std::integral T>
void append_be(Buffer& out, T v) {
  const std::size_t at = out.size();
  out.resize(at + sizeof v);
  store_be(out.data() + at, v);
}

inline void append_bytes(Buffer& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Addition that wraps, as Java's does: a peer's numbers may be anything.
template <std::signed_integral T>
constexpr T wrapping_add(T a, T b) {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
}
template <std::signed_integral T>
constexpr T wrapping_sub(T a, T b) {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
}

inline constexpr std::size_t kMaxVarint = 5;
inline constexpr std::size_t kMaxVarlong = 10;

constexpr std::uint64_t zig_zag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t un_zig_zag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

constexpr std::size_t varint_size(std::int64_t v) {
  return v == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(zig_zag(v))) + 6) / 7;
}

inline void append_varint(Buffer& out, std::int64_t v) {
  std::uint64_t rest = zig_zag(v);
  for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<std::byte>(rest | 0x80));
  out.push_back(static_cast<std::byte>(rest));
}

}  // namespace barnabas::records
