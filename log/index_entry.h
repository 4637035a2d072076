// The entries of Kafka's three indexes as they stand in the files, big-endian.
//
// For the indexes themselves and for tools that print them.
// Kafka       OffsetIndex (8 bytes), TimeIndex (12 bytes), AbortedTxn (34 bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "env/big_endian.h"
#include "protocol/types.h"

namespace barnabas::log {

// "The append that ends with offset base + relative_offset starts at `position` of the log file."
struct OffsetEntry {
  static constexpr std::size_t kSize = 8;
  std::int32_t relative_offset = 0;
  std::int32_t position = 0;
  friend bool operator==(const OffsetEntry&, const OffsetEntry&) = default;

  static OffsetEntry parse(const std::byte* at) {
    return {env::load_be<std::int32_t>(at), env::load_be<std::int32_t>(at + 4)};
  }
  void format(std::byte* at) const {
    env::store_be(at, relative_offset);
    env::store_be(at + 4, position);
  }
};

// "Up to the append that ends with base + relative_offset no record is younger than `timestamp`."
struct TimeEntry {
  static constexpr std::size_t kSize = 12;
  std::int64_t timestamp = -1;
  std::int32_t relative_offset = 0;
  friend bool operator==(const TimeEntry&, const TimeEntry&) = default;

  static TimeEntry parse(const std::byte* at) {
    return {env::load_be<std::int64_t>(at), env::load_be<std::int32_t>(at + 8)};
  }
  void format(std::byte* at) const {
    env::store_be(at, timestamp);
    env::store_be(at + 8, relative_offset);
  }
};

// One aborted transaction; offsets are absolute. `last` is the abort marker's.
struct AbortedEntry {
  static constexpr std::size_t kSize = 34;
  std::int16_t version = 0;
  ProducerId producer_id = kNoProducerId;
  Offset first;
  Offset last;
  Offset last_stable;
  friend bool operator==(const AbortedEntry&, const AbortedEntry&) = default;

  static AbortedEntry parse(const std::byte* at) {
    return {env::load_be<std::int16_t>(at), ProducerId(env::load_be<std::int64_t>(at + 2)),
            Offset(env::load_be<std::int64_t>(at + 10)),
            Offset(env::load_be<std::int64_t>(at + 18)),
            Offset(env::load_be<std::int64_t>(at + 26))};
  }
  void format(std::byte* at) const {
    env::store_be(at, version);
    env::store_be(at + 2, producer_id.value);
    env::store_be(at + 10, first.value);
    env::store_be(at + 18, last.value);
    env::store_be(at + 26, last_stable.value);
  }
};

// All whole entries of a file's content.
template <class Entry>
std::vector<Entry> parse_entries(std::span<const std::byte> content) {
  std::vector<Entry> entries;
  entries.reserve(content.size() / Entry::kSize);
  for (std::size_t at = 0; at + Entry::kSize <= content.size(); at += Entry::kSize) {
    entries.push_back(Entry::parse(content.data() + at));
  }
  return entries;
}

template <class Entry>
std::vector<std::byte> format_entries(std::span<const Entry> entries) {
  std::vector<std::byte> content(entries.size() * Entry::kSize);
  for (std::size_t i = 0; i < entries.size(); ++i)
    entries[i].format(content.data() + i * Entry::kSize);
  return content;
}

}  // namespace barnabas::log
