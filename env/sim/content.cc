#include "env/sim/content.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace barnabas::env::sim {

std::size_t Content::read(std::uint64_t position, MutableBytes into) const {
  if (position >= live_.size()) return 0;
  std::size_t size = std::min<std::uint64_t>(into.size(), live_.size() - position);
  if (size > 0) std::memcpy(into.data(), live_.data() + position, size);
  return size;
}

void Content::write(std::uint64_t position, Bytes bytes) {
  if (bytes.empty()) return;
  if (position + bytes.size() > live_.size()) {
    live_.resize(position + bytes.size());
    sizes_.push_back(live_.size());
  }
  std::memcpy(live_.data() + position, bytes.data(), bytes.size());
  remember(position, bytes);
}

void Content::truncate(std::uint64_t size) {
  if (size < live_.size()) {
    std::vector<std::byte> zeros(live_.size() - size);
    remember(size, zeros);
  }
  if (size != live_.size()) sizes_.push_back(size);
  live_.resize(size);
}

void Content::remember(std::uint64_t position, Bytes bytes) {
  while (!bytes.empty()) {
    std::size_t part = std::min<std::uint64_t>(bytes.size(), kPage - position % kPage);
    unsynced_.push_back({position, {bytes.begin(), bytes.begin() + static_cast<long>(part)}});
    position += part;
    bytes = bytes.subspan(part);
  }
}

void Content::apply(const Piece& piece, std::size_t length, std::vector<std::byte>* to) {
  if (length == 0) return;
  if (to->size() < piece.position + length) to->resize(piece.position + length);
  std::memcpy(to->data() + piece.position, piece.bytes.data(), length);
}

void Content::sync() {
  for (const Piece& piece : unsynced_) apply(piece, piece.bytes.size(), &durable_);
  if (!sizes_.empty()) durable_.resize(sizes_.back());
  forget_unsynced();
}

void Content::forget_unsynced() {
  unsynced_.clear();
  sizes_.clear();
}

// How much of a piece made it to the device: up to a sector boundary inside it, or nothing.
std::size_t Content::torn_length(const Piece& piece, Prng& random) {
  std::uint64_t end = piece.position + piece.bytes.size();
  std::uint64_t first = piece.position / kSector + 1;
  std::uint64_t last = (end - 1) / kSector;
  if (first > last) return 0;
  std::uint64_t cut = (first + random.below(last - first + 1)) * kSector;
  return static_cast<std::size_t>(cut - piece.position);
}

void Content::settle(Prng& random) {
  std::map<std::uint64_t, std::vector<const Piece*>> pages;
  for (const Piece& piece : unsynced_) pages[piece.position / kPage].push_back(&piece);
  std::uint64_t size = durable_.size();
  if (!sizes_.empty() && random.chance(75)) {
    size = random.chance(60) ? sizes_.back() : sizes_[random.below(sizes_.size())];
  }
  for (const auto& [page, pieces] : pages) {
    std::size_t kept = pieces.size();
    if (random.chance(50)) kept = random.below(pieces.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) apply(*pieces[i], pieces[i]->bytes.size(), &durable_);
    if (kept < pieces.size() && random.chance(50)) {
      apply(*pieces[kept], torn_length(*pieces[kept], random), &durable_);
    }
  }
  durable_.resize(size);
  live_ = durable_;
  forget_unsynced();
}

}  // namespace barnabas::env::sim
