#include "log/producer_snapshot.h"

#include "env/big_endian.h"
#include "protocol/records/crc32c.h"

namespace barnabas::log {
namespace {

constexpr std::int16_t kVersion = 1;
constexpr std::size_t kHead = 10;    // version, CRC, count
constexpr std::size_t kCrcFrom = 6;  // the CRC covers what follows it
constexpr std::size_t kEntryBytes = 46;

// Walks over the fields of one entry; T decides the width.
struct Cursor {
  std::byte* at;
  template <class T>
  void put(T value) {
    env::store_be(at, value);
    at += sizeof value;
  }
  template <class T>
  T get() {
    const T value = env::load_be<T>(at);
    at += sizeof value;
    return value;
  }
};

void format_entry(std::byte* at, const ProducerEntry& entry) {
  const BatchMetadata last = entry.last_batch() == nullptr ? BatchMetadata{} : *entry.last_batch();
  Cursor to{at};
  to.put(entry.id.value);
  to.put(entry.epoch.value);
  to.put(last.last_sequence.value);
  to.put(last.last_offset.value);
  to.put(last.offset_delta);
  to.put(entry.last_timestamp.value);
  to.put(entry.coordinator_epoch);
  to.put(entry.transaction_start.value_or(kNoOffset).value);
}

ProducerEntry parse_entry(const std::byte* at) {
  Cursor from{const_cast<std::byte*>(at)};
  ProducerEntry entry;
  BatchMetadata last;
  entry.id = ProducerId(from.get<std::int64_t>());
  entry.epoch = ProducerEpoch(from.get<std::int16_t>());
  last.last_sequence = Sequence(from.get<std::int32_t>());
  last.last_offset = Offset(from.get<std::int64_t>());
  last.offset_delta = from.get<std::int32_t>();
  last.timestamp = entry.last_timestamp = Timestamp(from.get<std::int64_t>());
  entry.coordinator_epoch = from.get<std::int32_t>();
  const Offset start(from.get<std::int64_t>());
  if (start >= Offset(0)) entry.transaction_start = start;
  if (last.last_offset >= Offset(0)) entry.add(last);
  return entry;
}

}  // namespace

std::vector<std::byte> format_snapshot(const std::vector<ProducerEntry>& producers) {
  std::vector<std::byte> content(kHead + producers.size() * kEntryBytes);
  env::store_be(content.data(), kVersion);
  env::store_be(content.data() + kCrcFrom, static_cast<std::int32_t>(producers.size()));
  for (std::size_t i = 0; i < producers.size(); ++i) {
    format_entry(content.data() + kHead + i * kEntryBytes, producers[i]);
  }
  env::store_be(content.data() + 2, records::crc32c(std::span(content).subspan(kCrcFrom)));
  return content;
}

std::expected<std::vector<ProducerEntry>, std::string> parse_snapshot(
    std::span<const std::byte> content) {
  if (content.size() < kHead) return std::unexpected("Snapshot is too short");
  const auto version = env::load_be<std::int16_t>(content.data());
  if (version != kVersion) {
    return std::unexpected("Snapshot contained an unknown file version " + std::to_string(version));
  }
  if (env::load_be<std::uint32_t>(content.data() + 2) !=
      records::crc32c(content.subspan(kCrcFrom))) {
    return std::unexpected("Snapshot is corrupt (CRC is no longer valid)");
  }
  const auto count = env::load_be<std::int32_t>(content.data() + kCrcFrom);
  if (count < 0 || content.size() != kHead + static_cast<std::size_t>(count) * kEntryBytes) {
    return std::unexpected("Snapshot has the wrong length for " + std::to_string(count) +
                           " producers");
  }
  std::vector<ProducerEntry> producers;
  producers.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) {
    producers.push_back(
        parse_entry(content.data() + kHead + static_cast<std::size_t>(i) * kEntryBytes));
  }
  return producers;
}

}  // namespace barnabas::log
