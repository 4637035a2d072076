#include "protocol/writer.h"

#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "env/check.h"

namespace barnabas::protocol {
namespace {

using Kind = EncodeError::Kind;

constexpr std::size_t kMaxString = std::numeric_limits<std::int16_t>::max();
constexpr std::uint64_t kMaxLength = std::numeric_limits<std::int32_t>::max();

std::string_view text_of(Kind kind) {
  switch (kind) {
    case Kind::kVersion: return "the version cannot carry this";
    case Kind::kNull: return "null in a field that is not nullable";
    case Kind::kTooLong: return "too long for the wire";
  }
  return "";
}

struct Varint {
  std::array<std::byte, 10> bytes;
  std::size_t size = 0;
  env::Bytes span() const { return env::Bytes(bytes).first(size); }
};

Varint encode_varint(std::uint64_t value) {
  Varint out;
  for (; value >= 0x80; value >>= 7) {
    out.bytes[out.size++] = static_cast<std::byte>(value | 0x80);
  }
  out.bytes[out.size++] = static_cast<std::byte>(value);
  return out;
}

}  // namespace

std::string to_string(const EncodeError& error) {
  std::string text(text_of(error.kind));
  if (!error.field.empty()) text += ": " + std::string(error.field);
  return text;
}

void Writer::fail(Kind kind, std::string_view field) {
  if (!error_) error_ = EncodeError{kind, field};
}

void Writer::float64(double value) { int64(std::bit_cast<std::int64_t>(value)); }

void Writer::uuid(const Uuid& id) { raw(std::as_bytes(std::span(id.bytes))); }

void Writer::unsigned_varint(std::uint32_t value) { raw(encode_varint(value).span()); }

void Writer::varint(std::int32_t value) {
  unsigned_varint(static_cast<std::uint32_t>(value) << 1 ^ static_cast<std::uint32_t>(value >> 31));
}

void Writer::varlong(std::int64_t value) {
  const auto zigzag =
      static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  raw(encode_varint(zigzag).span());
}

void Writer::length(Lengths lengths, std::uint64_t length) {
  if (length > kMaxLength) fail(Kind::kTooLong, "");
  if (lengths == Lengths::kFixed) return int32(static_cast<std::int32_t>(length));
  unsigned_varint(static_cast<std::uint32_t>(length) + 1);
}

void Writer::string(Lengths lengths, std::string_view text) {
  if (text.size() > kMaxString) return fail(Kind::kTooLong, "");
  if (lengths == Lengths::kFixed) {
    int16(static_cast<std::int16_t>(text.size()));
  } else {
    unsigned_varint(static_cast<std::uint32_t>(text.size()) + 1);
  }
  raw(std::as_bytes(std::span(text)));
}

void Writer::nullable_string(Lengths lengths, const std::optional<std::string>& text) {
  if (text) return string(lengths, *text);
  if (lengths == Lengths::kFixed) return int16(-1);
  unsigned_varint(0);
}

void Writer::bytes(Lengths lengths, env::Bytes bytes) {
  length(lengths, bytes.size());
  raw(bytes);
}

void Writer::nullable_bytes(Lengths lengths, const std::optional<std::vector<std::byte>>& value) {
  if (value) return bytes(lengths, *value);
  null_array(lengths);
}

void Writer::nullable_records(Lengths lengths, const Records& records) {
  if (records.is_null()) return null_array(lengths);
  length(lengths, records.size());
  if (records.is_view()) return raw(records.view());
  for (const auto& piece : records.pieces()) {
    if (const auto* memory = std::get_if<env::Bytes>(&piece)) {
      raw(*memory);
    } else {
      splices_.push_back({buffer_.size(), std::get<env::FileSlice>(piece)});
    }
  }
}

void Writer::array_count(Lengths lengths, std::size_t count) { length(lengths, count); }

void Writer::null_array(Lengths lengths) {
  if (lengths == Lengths::kFixed) return int32(-1);
  unsigned_varint(0);
}

std::size_t Writer::begin_tagged(std::uint32_t tag) {
  unsigned_varint(tag);
  return buffer_.size();
}

void Writer::end_tagged(std::size_t begin) {
  BB_CHECK(splices_.empty() ||
           splices_.back().position <= begin);  // no message has records in a tag
  const auto size = encode_varint(buffer_.size() - begin);
  const auto at = buffer_.begin() + static_cast<std::ptrdiff_t>(begin);
  buffer_.insert(at, size.span().begin(), size.span().end());
}

void Writer::patch_int32(std::size_t position, std::int32_t value) {
  BB_CHECK(position + sizeof value <= buffer_.size());
  env::store_be(buffer_.data() + position, value);
}

std::expected<Encoded, EncodeError> Writer::take() {
  Encoded out{std::exchange(buffer_, {}), std::exchange(splices_, {})};
  if (const auto error = std::exchange(error_, {})) return std::unexpected(*error);
  out.size = out.bytes.size();
  for (const auto& splice : out.splices) out.size += splice.slice.length;
  return out;
}

}  // namespace barnabas::protocol
