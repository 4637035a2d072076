// The order in which Kafka's tools, which keep things in hash tables, come to print them.
//
// Kafka       java.util.HashMap, String.hashCode, common/TopicPartition.hashCode. Differs: a table
//             so full that Java turns a bucket into a tree is not imitated.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/java_text.h"
#include "protocol/types.h"

namespace barnabas::tools {

inline std::uint32_t java_hash(const std::string& text) { return protocol::java_hash(text); }
std::uint32_t java_hash(const TopicPartition& partition);
inline std::uint32_t java_hash(BrokerId broker) { return static_cast<std::uint32_t>(broker.value); }

inline constexpr std::size_t kJavaBuckets = 16;      // of a table made without a size in mind
inline constexpr std::size_t kBucketsToMeasure = 1;  // of one made for as many keys as it got

// Which bucket of a table that began with `buckets` and has grown to hold `size` keys.
std::uint32_t java_bucket(std::uint32_t hash, std::size_t size, std::size_t buckets);

// Keys (or what `key` makes of the items) must be distinct.
template <class Item, class Key = std::identity>
std::vector<Item> in_java_order(std::vector<Item> items, Key key = {},
                                std::size_t buckets = kJavaBuckets) {
  std::multimap<std::uint32_t, Item> by_bucket;
  for (Item& item : items) {
    const auto bucket = java_bucket(java_hash(std::invoke(key, item)), items.size(), buckets);
    by_bucket.emplace(bucket, std::move(item));
  }
  items.clear();
  for (auto& [bucket, item] : by_bucket) items.push_back(std::move(item));
  return items;
}

}  // namespace barnabas::tools
