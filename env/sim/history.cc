#include "env/sim/history.h"

#include <fmt/core.h>

namespace barnabas::env::sim {

std::uint64_t fnv(std::uint64_t hash, std::string_view bytes) {
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

void History::add(Instant now, std::string_view line) {
  std::int64_t us = now.time_since_epoch().count() / 1000;
  lines_.push_back(fmt::format("{}.{:06} {}", us / 1000000, us % 1000000, line));
  hash_ = fnv(hash_, lines_.back());
  hash_ = fnv(hash_, "\n");
}

std::string History::text() const {
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

}  // namespace barnabas::env::sim
