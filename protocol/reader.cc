#include "protocol/reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "env/check.h"
#include "protocol/utf8.h"

namespace barnabas::protocol {
namespace {

using Kind = DecodeError::Kind;

constexpr std::int64_t kMaxString = std::numeric_limits<std::int16_t>::max();

std::string_view text_of(Kind kind) {
  switch (kind) {
    case Kind::kTruncated: return "a field reaches past the end of the message";
    case Kind::kNull: return "null in a field that is not nullable";
    case Kind::kCount: return "an array claims more elements than its bytes can hold";
    case Kind::kVarint: return "a varint is too long";
    case Kind::kLength: return "a string is longer than 32767 bytes";
    case Kind::kUnsupportedVersion: return "the message has no such version";
  }
  return "";
}

std::string_view as_text(env::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string to_string(const DecodeError& error) {
  return std::string(text_of(error.kind)) + " (at byte " + std::to_string(error.position) + ")";
}

void Reader::fail(Kind kind) {
  if (!error_) error_ = DecodeError{kind, position_};
}

double Reader::float64() { return std::bit_cast<double>(int64()); }

Uuid Reader::uuid() {
  Uuid id;
  const auto from = view(id.bytes.size());
  if (!from.empty()) std::memcpy(id.bytes.data(), from.data(), from.size());
  return id;
}

std::uint32_t Reader::unsigned_varint() {
  std::uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(int8());
    value |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  fail(Kind::kVarint);
  return 0;
}

std::int32_t Reader::varint() {
  const auto raw = unsigned_varint();
  return static_cast<std::int32_t>(raw >> 1 ^ (0u - (raw & 1)));
}

std::int64_t Reader::varlong() {
  std::uint64_t raw = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(int8());
    raw |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return static_cast<std::int64_t>(raw >> 1 ^ (0u - (raw & 1)));
  }
  fail(Kind::kVarint);
  return 0;
}

env::Bytes Reader::view(std::size_t length) {
  if (error_ || length > remaining()) {
    fail(Kind::kTruncated);
    return {};
  }
  const env::Bytes bytes(data_ + position_, length);
  position_ += length;
  return bytes;
}

std::int64_t Reader::string_length(Lengths lengths) {
  if (lengths == Lengths::kFixed) return int16();
  const auto length = static_cast<std::int64_t>(static_cast<std::int32_t>(unsigned_varint())) - 1;
  if (length > kMaxString) fail(Kind::kLength);
  return length;
}

std::int64_t Reader::bytes_length(Lengths lengths) {
  if (lengths == Lengths::kFixed) return int32();
  return static_cast<std::int64_t>(static_cast<std::int32_t>(unsigned_varint())) - 1;
}

std::string Reader::string(Lengths lengths) {
  auto text = nullable_string(lengths);
  if (!text) {
    fail(Kind::kNull);
    return {};
  }
  return *std::move(text);
}

std::optional<std::string> Reader::nullable_string(Lengths lengths) {
  const auto length = string_length(lengths);
  if (error_ || length < 0) return std::nullopt;
  return lenient_utf8(as_text(view(static_cast<std::size_t>(length))));
}

std::vector<std::byte> Reader::bytes(Lengths lengths) {
  auto bytes = nullable_bytes(lengths);
  if (!bytes) {
    fail(Kind::kNull);
    return {};
  }
  return *std::move(bytes);
}

std::optional<std::vector<std::byte>> Reader::nullable_bytes(Lengths lengths) {
  const auto length = bytes_length(lengths);
  if (error_ || length < 0) return std::nullopt;
  const auto from = view(static_cast<std::size_t>(length));
  return std::vector<std::byte>(from.begin(), from.end());
}

Records Reader::records(Lengths lengths) {
  auto records = nullable_records(lengths);
  if (records.is_null()) fail(Kind::kNull);
  return records;
}

Records Reader::nullable_records(Lengths lengths) {
  BB_CHECK(writable_);
  const auto length = bytes_length(lengths);
  if (error_ || length < 0) return {};
  const auto from = view(static_cast<std::size_t>(length));
  // The frame was given as writable bytes (asserted above), so giving it back as such is sound.
  return Records(env::MutableBytes(const_cast<std::byte*>(from.data()), from.size()));
}

std::int32_t Reader::array_count(Lengths lengths, std::size_t min_element) {
  const auto count = bytes_length(lengths);
  if (error_ || count < 0) return -1;
  if (static_cast<std::uint64_t>(count) > remaining() / std::max<std::size_t>(min_element, 1)) {
    fail(Kind::kCount);
    return 0;
  }
  return static_cast<std::int32_t>(count);
}

}  // namespace barnabas::protocol
