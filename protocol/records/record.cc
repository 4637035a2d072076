#include "protocol/records/record.h"

namespace barnabas::records {

namespace {

// Unchecked: the reader has walked these bytes before.
std::int32_t read_size(const std::byte*& at) {
  std::uint64_t v = 0;
  for (int shift = 0;; shift += 7) {
    const auto b = static_cast<std::uint8_t>(*at++);
    v |= static_cast<std::uint64_t>(b & 0x7f) << shift;
    if (b < 0x80) return static_cast<std::int32_t>(un_zig_zag(v & 0xffffffffu));
  }
}

Bytes read_block(const std::byte*& at, std::int32_t size) {
  const Bytes block(at, static_cast<std::size_t>(size));
  at += size;
  return block;
}

}  // namespace

void Headers::iterator::read() {
  if (left_ <= 0) return;
  header_.key = as_text(read_block(at_, read_size(at_)));
  const std::int32_t size = read_size(at_);
  header_.value = size < 0 ? std::nullopt : std::optional(read_block(at_, size));
}

ErrorCode RecordFault::code() const {
  switch (kind) {
    case Kind::kInvalid: return ErrorCode::kInvalidRecord;
    case Kind::kCorrupt: return ErrorCode::kCorruptMessage;
    case Kind::kUndecodable: return ErrorCode::kUnknownServerError;
    case Kind::kTooLarge: return ErrorCode::kInvalidRecord;
  }
  return ErrorCode::kUnknownServerError;
}

}  // namespace barnabas::records
