// The value of a `records` field: record batches on their way in (a view into the frame) or out
// (pieces to send).
//
// Owns        file handles (through env::FileSlice) and the list of pieces; no bytes of memory.
// Does not    look inside the batches (protocol/records does), copy them, or keep the frame alive.
// Threading   a value.
// Invariants  a view is null or one run of bytes that may be written to (base offset and leader
// epoch are set in
//             place); pieces are sent one after the other in their order.
// Kafka       BaseRecords / MemoryRecords / FileRecords. Null and empty are different values, as
// there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "env/files.h"

namespace barnabas {

class Records {
 public:
  // Memory must stay valid until the message is encoded (the Writer copies it); a slice until it is
  // sent.
  using Piece = std::variant<env::Bytes, env::FileSlice>;

  Records() = default;  // null
  explicit Records(env::MutableBytes view) : value_(view) {}
  explicit Records(env::FileSlice slice) : value_(Piece(std::move(slice))) {}
  explicit Records(std::vector<Piece> pieces) : value_(std::move(pieces)) {}
  static Records empty() { return Records(std::vector<Piece>{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_view() const { return std::holds_alternative<env::MutableBytes>(value_); }
  // Bytes on the wire; 0 for null.
  std::uint64_t size() const;
  // The bytes in the frame; empty when null, asserted not to be pieces.
  env::MutableBytes view() const;
  // Empty unless made of pieces.
  std::span<const Piece> pieces() const;

  // Null equals null; two in memory compare by content; slices by file, position and length.
  friend bool operator==(const Records& a, const Records& b);

 private:
  // One slice, the common answer to a fetch, needs no allocation.
  std::variant<std::monostate, env::MutableBytes, Piece, std::vector<Piece>> value_;
};

}  // namespace barnabas
