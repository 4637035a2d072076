#include "protocol/records/record_input.h"

#include <algorithm>

namespace barnabas::records {

namespace {

constexpr std::size_t kSmallestWindow = 1024;
constexpr std::size_t kFirstWindow = 64 * 1024;
constexpr std::size_t kUsualRatio = 4;

}  // namespace

RecordInput::RecordInput(std::unique_ptr<Decompressor> decompressor, std::size_t compressed_size,
                         std::uint64_t limit)
    : decompressor_(std::move(decompressor)),
      window_size_(std::clamp(compressed_size * kUsualRatio, kSmallestWindow, kFirstWindow)),
      left_(limit) {
  window_ = std::make_unique_for_overwrite<std::byte[]>(window_size_);
  at_ = end_ = window_.get();
}

// Moves what is ready to the front, into a window twice as large if that is not enough.
void RecordInput::make_room(std::size_t n) {
  const std::size_t kept = ready();
  if (kept == window_size_ && n > window_size_) {
    const std::size_t larger = std::min(n, window_size_ * 2);
    auto window = std::make_unique_for_overwrite<std::byte[]>(larger);
    std::copy(at_, end_, window.get());
    window_ = std::move(window);
    window_size_ = larger;
  } else {
    std::copy(at_, end_, window_.get());
  }
  at_ = window_.get();
  end_ = at_ + kept;
}

bool RecordInput::fill(std::size_t n) {
  if (!decompressor_ || fault_) return false;
  while (ready() < n) {
    if (end_ == window_.get() + window_size_ || ready() == 0) make_room(n);
    const auto used = static_cast<std::size_t>(end_ - window_.get());
    const auto produced = decompressor_->read({window_.get() + used, window_size_ - used});
    if (!produced) {
      fault_ = fault_of(produced.error());
      return false;
    }
    if (*produced == 0) return false;
    if (*produced > left_) {
      fault_ =
          RecordFault{RecordFault::Kind::kTooLarge, "The batch is too large when decompressed"};
      return false;
    }
    left_ -= *produced;
    end_ += *produced;
  }
  return true;
}

bool RecordInput::skip(std::size_t n) {
  while (n > ready()) {
    n -= ready();
    consume(ready());
    if (!want(1)) return false;
  }
  consume(n);
  return true;
}

const std::byte* parse_long_varint(const std::byte* at, const std::byte* end, std::size_t max,
                                   std::int64_t& value) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < max; ++i) {
    if (at == end) return nullptr;
    const auto b = static_cast<std::uint8_t>(*at++);
    v |= static_cast<std::uint64_t>(b & 0x7f) << (7 * i);
    if (b < 0x80) {
      // A 5-byte varint is an int: bits beyond the 32nd fall away, as they do in Java.
      value = un_zig_zag(max == kMaxVarint ? v & 0xffffffffu : v);
      return at;
    }
  }
  return nullptr;
}

RecordFault fault_of(CodecError error) {
  switch (error) {
    case CodecError::kMalformed:
      return {RecordFault::Kind::kUndecodable, "Failed to decompress record stream"};
  }
  return {};
}

}  // namespace barnabas::records
