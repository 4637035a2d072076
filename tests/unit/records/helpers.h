// Batches as a client might send them, right or wrong, and the files that a real broker wrote.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "protocol/records/batch.h"
#include "protocol/records/builder.h"
#include "protocol/records/crc32c.h"
#include "protocol/records/record_reader.h"

namespace barnabas::records {

inline Buffer bytes_of(std::string_view text) {
  const Bytes b = as_bytes(text);
  return Buffer(b.begin(), b.end());
}

inline Buffer sample(const std::string& name) {
  std::ifstream in(std::filesystem::path(TEST_DATA) / "records" / name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  return bytes_of(text);
}

inline BatchView only_batch(const Buffer& buffer) {
  const auto batch = next_batch(buffer);
  EXPECT_TRUE(batch);
  EXPECT_EQ(batch->size(), buffer.size());
  return *batch;
}

inline std::vector<BatchView> batches_of(const Buffer& buffer) {
  std::vector<BatchView> batches;
  for (Bytes rest = buffer; !rest.empty();) {
    const auto batch = next_batch(rest);
    EXPECT_TRUE(batch);
    if (!batch) break;
    batches.push_back(*batch);
    rest = rest.subspan(batch->size());
  }
  return batches;
}

// A record, kept.
struct Kept {
  std::int64_t offset = 0;
  std::int64_t timestamp = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  friend bool operator==(const Kept&, const Kept&) = default;
  friend void PrintTo(const Kept& r, std::ostream* out) {
    *out << r.offset << "@" << r.timestamp << " " << r.key.value_or("null") << "="
         << r.value.value_or("null");
  }
};

inline std::optional<std::string> text_of(std::optional<Bytes> bytes) {
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

inline Kept kept(const Record& r) {
  return {r.offset.value, r.timestamp.value, text_of(r.key), text_of(r.value)};
}

inline std::vector<Kept> records_of(BatchView batch) {
  std::vector<Kept> records;
  const auto read = for_each_record(batch, [&](const Record& r) {
    records.push_back(kept(r));
    return true;
  });
  EXPECT_TRUE(read) << read.error().text;
  return records;
}

inline std::vector<Kept> all_records_of(const Buffer& buffer) {
  std::vector<Kept> records;
  for (const BatchView& batch : batches_of(buffer)) {
    for (Kept& r : records_of(batch)) records.push_back(std::move(r));
  }
  return records;
}

// What reading the whole batch ends with; nothing if well.
inline std::optional<RecordFault::Kind> fault_in(BatchView batch, ReadOptions options = {}) {
  const auto read = for_each_record(batch, [](const Record&) { return true; }, options);
  if (read) return std::nullopt;
  return read.error().kind;
}

// A magic 2 batch of one record per value, with anything in its header overruled.
struct Raw {
  std::vector<std::optional<std::string>> values = {"v"};
  std::vector<std::optional<std::string>> keys = {};
  Codec codec = Codec::kNone;
  std::vector<std::int64_t> offset_deltas = {};
  std::vector<std::int64_t> time_deltas = {};
  std::int64_t timestamp = 1'700'000'000'000;
  std::uint16_t attributes = 0;      // or-ed with the codec
  std::optional<int> codec_id = {};  // a codec that does not exist
  std::int64_t base_offset = 0;
  std::int32_t leader_epoch = -1;
  std::int8_t magic = 2;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  std::int32_t sequence = -1;
  std::optional<std::int32_t> count = {}, last_delta = {}, length = {};
  std::optional<std::int64_t> max_timestamp = {};
  std::optional<std::uint32_t> crc = {};
  std::optional<Buffer> payload = {};  // after compression
};

inline void append_raw_record(Buffer& out, std::int64_t delta, std::int64_t time_delta,
                              std::optional<std::string> key, std::optional<std::string> value) {
  Buffer body = {std::byte{0}};
  append_varint(body, time_delta);
  append_varint(body, delta);
  for (const auto& field : {key, value}) {
    append_varint(body, field ? static_cast<std::int64_t>(field->size()) : -1);
    if (field) append_bytes(body, as_bytes(*field));
  }
  append_varint(body, 0);
  append_varint(out, static_cast<std::int64_t>(body.size()));
  append_bytes(out, body);
}

inline Buffer raw_payload(const Raw& raw) {
  if (raw.payload) return *raw.payload;
  Buffer records, out;
  for (std::size_t i = 0; i < raw.values.size(); ++i) {
    append_raw_record(
        records, raw.offset_deltas.empty() ? static_cast<std::int64_t>(i) : raw.offset_deltas[i],
        raw.time_deltas.empty() ? 0 : raw.time_deltas[i],
        raw.keys.empty() ? std::nullopt : raw.keys[i], raw.values[i]);
  }
  compress({.codec = raw.codec}, 2, records, out);
  return out;
}

inline Buffer make(const Raw& raw) {
  const Buffer payload = raw_payload(raw);
  Buffer out(kBatchOverhead);
  append_bytes(out, payload);
  const auto n = static_cast<std::int32_t>(raw.values.size());
  const int codec = raw.codec_id.value_or(static_cast<int>(raw.codec));
  const BatchHeader header{
      .base_offset = Offset(raw.base_offset),
      .length = raw.length.value_or(static_cast<std::int32_t>(out.size() - kLogOverhead)),
      .leader_epoch = LeaderEpoch(raw.leader_epoch),
      .magic = raw.magic,
      .attributes = static_cast<std::uint16_t>(raw.attributes | codec),
      .last_offset_delta = raw.last_delta.value_or(n - 1),
      .base_timestamp = Timestamp(raw.timestamp),
      .max_timestamp = Timestamp(raw.max_timestamp.value_or(raw.timestamp)),
      .producer_id = ProducerId(raw.producer_id),
      .producer_epoch = ProducerEpoch(raw.producer_epoch),
      .base_sequence = Sequence(raw.sequence),
      .count = raw.count.value_or(n)};
  header.write(MutableBytes(out).first<kBatchOverhead>());
  const std::uint32_t crc = crc32c(Bytes(out).subspan(FieldOf::kAttributes));
  store_be(out.data() + FieldOf::kCrc, raw.crc.value_or(crc));
  return out;
}

}  // namespace barnabas::records
