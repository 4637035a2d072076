#include "protocol/records_field.h"

#include <algorithm>

#include "env/check.h"

namespace barnabas {
namespace {

bool same_piece(const Records::Piece& a, const Records::Piece& b) {
  if (a.index() != b.index()) return false;
  if (const auto* bytes = std::get_if<env::Bytes>(&a)) {
    return std::ranges::equal(*bytes, std::get<env::Bytes>(b));
  }
  const auto& x = std::get<env::FileSlice>(a);
  const auto& y = std::get<env::FileSlice>(b);
  return x.file == y.file && x.position == y.position && x.length == y.length;
}

std::uint64_t piece_size(const Records::Piece& piece) {
  if (const auto* bytes = std::get_if<env::Bytes>(&piece)) return bytes->size();
  return std::get<env::FileSlice>(piece).length;
}

// A view counts as one piece, so that what was sent and what arrived can be compared.
std::vector<Records::Piece> as_pieces(const Records& records) {
  if (records.is_view()) {
    if (records.view().empty()) return {};
    return {env::Bytes(records.view())};
  }
  return {records.pieces().begin(), records.pieces().end()};
}

}  // namespace

std::uint64_t Records::size() const {
  if (const auto* view = std::get_if<env::MutableBytes>(&value_)) return view->size();
  std::uint64_t total = 0;
  for (const auto& piece : pieces()) total += piece_size(piece);
  return total;
}

env::MutableBytes Records::view() const {
  if (is_null()) return {};
  BB_CHECK(is_view());
  return std::get<env::MutableBytes>(value_);
}

std::span<const Records::Piece> Records::pieces() const {
  if (const auto* piece = std::get_if<Piece>(&value_)) return {piece, 1};
  if (const auto* pieces = std::get_if<std::vector<Piece>>(&value_)) return *pieces;
  return {};
}

bool operator==(const Records& a, const Records& b) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null();
  return std::ranges::equal(as_pieces(a), as_pieces(b), same_piece);
}

}  // namespace barnabas
