#include "zk/key_order.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace barnabas::zk {
namespace {

// java.lang.String.hashCode with its upper half folded in, as both maps do.
std::int32_t spread_hash(const std::string& text) {
  std::uint32_t hash = 0;
  for (const char c : text) hash = hash * 31 + static_cast<unsigned char>(c);
  return static_cast<std::int32_t>(hash ^ hash >> 16);
}

// Both maps start with 16 buckets and double when the count reaches three quarters of them.
std::uint32_t bucket_count(std::size_t keys) {
  std::uint32_t buckets = 16;
  while (keys >= buckets / 4 * 3) buckets *= 2;
  return buckets;
}

std::vector<std::size_t> order(const std::vector<std::string>& keys, bool sorted_buckets) {
  struct Entry {
    std::uint32_t bucket;
    std::int32_t hash;
    std::size_t index;
  };
  const std::uint32_t mask = bucket_count(keys.size()) - 1;
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::int32_t hash = spread_hash(keys[i]);
    entries.push_back({static_cast<std::uint32_t>(hash) & mask, sorted_buckets ? hash : 0, i});
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return std::tie(a.bucket, a.hash, a.index) < std::tie(b.bucket, b.hash, b.index);
  });
  std::vector<std::size_t> indexes;
  for (const Entry& entry : entries) indexes.push_back(entry.index);
  return indexes;
}

}  // namespace

std::vector<std::size_t> scala_map_order(const std::vector<std::string>& keys) {
  return order(keys, true);
}

std::vector<std::size_t> properties_order(const std::vector<std::string>& keys) {
  return order(keys, false);
}

}  // namespace barnabas::zk
