// The bytes of a batch's records as a stream: the batch itself, or what a decompressor makes of it.
//
// Owns        the window that decompressed bytes pass through. It grows only as bytes
//             arrive, never because a length field says so.
// Does not    know records.
// Threading   one thread at a time.
// Invariants  at_ <= end_; at most `limit` bytes come out of the decompressor.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "protocol/records/compression.h"
#include "protocol/records/record.h"

namespace barnabas::records {

class RecordInput {
 public:
  explicit RecordInput(Bytes plain) : at_(plain.data()), end_(at_ + plain.size()) {}
  RecordInput(std::unique_ptr<Decompressor> decompressor, std::size_t compressed_size,
              std::uint64_t limit);

  // True if `n` bytes lie ready at data(). False at the end of the stream or after a fault.
  bool want(std::size_t n) { return ready() >= n || fill(n); }
  const std::byte* data() const { return at_; }
  std::size_t ready() const { return static_cast<std::size_t>(end_ - at_); }
  void consume(std::size_t n) { at_ += n; }  // n <= ready()
  // Passes over bytes without keeping them. False if there are fewer.
  bool skip(std::size_t n);

  const std::optional<RecordFault>& fault() const { return fault_; }

 private:
  bool fill(std::size_t n);
  void make_room(std::size_t n);

  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  std::unique_ptr<Decompressor> decompressor_;
  std::unique_ptr<std::byte[]> window_;
  std::size_t window_size_ = 0;
  std::uint64_t left_ = 0;
  std::optional<RecordFault> fault_;
};

const std::byte* parse_long_varint(const std::byte* at, const std::byte* end, std::size_t max,
                                   std::int64_t& value);

// One varint or varlong at `at`; null if it is longer than `max` (5 or 10) bytes or runs past
// `end`. A leader reads five and more of them for every record it appends, and nearly all have one
// or two bytes: those are read in place.
inline const std::byte* parse_varint(const std::byte* at, const std::byte* end, std::size_t max,
                                     std::int64_t& value) {
  if (end - at >= 2) {
    const auto first = static_cast<std::uint64_t>(at[0]),
               second = static_cast<std::uint64_t>(at[1]);
    if (first < 0x80) {
      value = un_zig_zag(first);
      return at + 1;
    }
    if (second < 0x80) {
      value = un_zig_zag((first & 0x7f) | second << 7);
      return at + 2;
    }
  }
  return parse_long_varint(at, end, max, value);
}

RecordFault fault_of(CodecError error);

}  // namespace barnabas::records
