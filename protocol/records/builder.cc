#include "protocol/records/builder.h"

#include <algorithm>
#include <cassert>

#include "protocol/records/crc32.h"
#include "protocol/records/crc32c.h"

namespace barnabas::records {

namespace {

std::int64_t length_of(std::optional<Bytes> field) {
  return field ? static_cast<std::int64_t>(field->size()) : -1;
}

void append_field(Buffer& out, std::optional<Bytes> field) {
  append_varint(out, length_of(field));
  if (field) append_bytes(out, *field);
}

std::size_t field_size(std::optional<Bytes> field) {
  return varint_size(length_of(field)) + (field ? field->size() : 0);
}

void append_legacy_field(Buffer& out, std::optional<Bytes> field) {
  append_be(out, static_cast<std::int32_t>(length_of(field)));
  if (field) append_bytes(out, *field);
}

std::uint16_t attributes_of(const BatchOptions& options) {
  std::uint16_t bits = static_cast<std::uint16_t>(options.compression.codec);
  if (options.timestamp_type == TimestampType::kLogAppendTime) bits |= kLogAppendTimeBit;
  if (options.transactional) bits |= kTransactionalBit;
  if (options.control) bits |= kControlBit;
  if (options.delete_horizon) bits |= kDeleteHorizonBit;
  return bits;
}

struct Message {
  std::int8_t magic;
  std::uint8_t attributes;
  Timestamp timestamp;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
};

// One message of magic 0 or 1, with its offset, length and CRC.
void append_message(Buffer& out, Offset offset, const Message& message) {
  const std::size_t start = out.size();
  append_be(out, offset.value);
  append_be(out, std::int32_t{0});   // length, below
  append_be(out, std::uint32_t{0});  // CRC, below
  append_be(out, message.magic);
  append_be(out, message.attributes);
  if (message.magic == 1) append_be(out, message.timestamp.value);
  append_legacy_field(out, message.key);
  append_legacy_field(out, message.value);
  const auto length = static_cast<std::int32_t>(out.size() - start - kLogOverhead);
  store_be(out.data() + start + FieldOf::kLength, length);
  const Bytes covered = Bytes(out).subspan(start + kMagicOffset);
  store_be(out.data() + start + kLogOverhead, crc32(covered));
}

}  // namespace

RecordBatchBuilder::RecordBatchBuilder(BatchOptions options)
    : options_(options), last_offset_(options.base_offset - 1) {
  assert(options_.magic >= 0 && options_.magic <= kCurrentMagic);
  assert(options_.magic == kCurrentMagic || options_.compression.codec != Codec::kZstd);
}

bool RecordBatchBuilder::is_stamped() const {
  return options_.timestamp_type == TimestampType::kLogAppendTime;
}

bool RecordBatchBuilder::is_wrapper() const {
  return options_.magic < kCurrentMagic && options_.compression.codec != Codec::kNone;
}

void RecordBatchBuilder::append(Timestamp timestamp, std::optional<Bytes> key,
                                std::optional<Bytes> value, std::span<const Header> headers) {
  append_with_offset(last_offset_ + 1, timestamp, key, value, headers);
}

void RecordBatchBuilder::append_with_offset(Offset offset, Timestamp timestamp,
                                            std::optional<Bytes> key, std::optional<Bytes> value,
                                            std::span<const Header> headers) {
  header_scratch_.clear();
  for (const Header& header : headers) {
    append_field(header_scratch_, as_bytes(header.key));
    append_field(header_scratch_, header.value);
  }
  append_encoded(offset, timestamp, key, value,
                 Headers(header_scratch_, static_cast<std::int32_t>(headers.size())));
}

void RecordBatchBuilder::append_with_offset(Offset offset, const Record& record) {
  append_encoded(offset, record.timestamp, record.key, record.value, record.headers);
}

void RecordBatchBuilder::append_encoded(Offset offset, Timestamp timestamp,
                                        std::optional<Bytes> key, std::optional<Bytes> value,
                                        const Headers& headers) {
  assert(offset > last_offset_);
  if (count_ == 0) base_timestamp_ = options_.delete_horizon.value_or(timestamp);
  if (options_.magic == kCurrentMagic) {
    append_v2(offset, timestamp, key, value, headers);
  } else {
    append_legacy(offset, timestamp, key, value);
  }
  last_offset_ = offset;
  max_timestamp_ = std::max(max_timestamp_, timestamp);
  ++count_;
}

void RecordBatchBuilder::append_v2(Offset offset, Timestamp timestamp, std::optional<Bytes> key,
                                   std::optional<Bytes> value, const Headers& headers) {
  const std::int64_t time_delta = wrapping_sub(timestamp.value, base_timestamp_.value);
  const std::int64_t offset_delta = offset - options_.base_offset;
  const std::size_t body = 1 + varint_size(time_delta) + varint_size(offset_delta) +
                           field_size(key) + field_size(value) + varint_size(headers.size()) +
                           headers.raw().size();
  append_varint(records_, static_cast<std::int64_t>(body));
  records_.push_back(std::byte{0});  // attributes: none are in use
  append_varint(records_, time_delta);
  append_varint(records_, offset_delta);
  append_field(records_, key);
  append_field(records_, value);
  append_varint(records_, headers.size());
  append_bytes(records_, headers.raw());
}

void RecordBatchBuilder::append_legacy(Offset offset, Timestamp timestamp, std::optional<Bytes> key,
                                       std::optional<Bytes> value) {
  const bool relative = is_wrapper() && options_.magic == 1;
  const Offset written = relative ? Offset(offset - options_.base_offset) : offset;
  const bool stamped = is_stamped() && options_.magic == 1;
  append_message(records_, written,
                 {.magic = options_.magic,
                  .attributes = static_cast<std::uint8_t>(stamped ? kLogAppendTimeBit : 0),
                  .timestamp = stamped && !is_wrapper() ? options_.log_append_time : timestamp,
                  .key = key,
                  .value = value});
}

std::size_t RecordBatchBuilder::size() const {
  if (options_.magic == kCurrentMagic) return kBatchOverhead + records_.size();
  if (!is_wrapper()) return records_.size();
  const std::size_t overhead = options_.magic == 1 ? kMessageOverheadV1 : kMinRecordOverhead;
  return kLogOverhead + overhead + records_.size();
}

Timestamp RecordBatchBuilder::max_timestamp() const {
  if (options_.magic == 0) return kNoTimestamp;
  return is_stamped() ? options_.log_append_time : max_timestamp_;
}

Offset RecordBatchBuilder::last_offset() const {
  return last_offset_override_.value_or(last_offset_);
}

Buffer RecordBatchBuilder::build() {
  if (options_.magic == kCurrentMagic) return build_v2();
  if (!is_wrapper() || count_ == 0) return std::move(records_);
  return build_wrapper();
}

Buffer RecordBatchBuilder::build_v2() {
  Buffer out(kBatchOverhead);
  const Bytes records = records_;
  if (count_ > 0) compress(options_.compression, options_.magic, records, out);
  const BatchHeader header{
      .base_offset = options_.base_offset,
      .length = static_cast<std::int32_t>(out.size() - kLogOverhead),
      .leader_epoch = options_.leader_epoch,
      .magic = options_.magic,
      .crc = 0,
      .attributes = attributes_of(options_),
      .last_offset_delta = static_cast<std::int32_t>(last_offset() - options_.base_offset),
      .base_timestamp =
          count_ > 0 ? base_timestamp_ : options_.delete_horizon.value_or(kNoTimestamp),
      .max_timestamp = max_timestamp(),
      .producer_id = options_.producer_id,
      .producer_epoch = options_.producer_epoch,
      .base_sequence = options_.base_sequence,
      .count = count_,
  };
  header.write(MutableBytes(out).first<kBatchOverhead>());
  store_be(out.data() + FieldOf::kCrc, crc32c(Bytes(out).subspan(FieldOf::kAttributes)));
  return out;
}

Buffer RecordBatchBuilder::build_wrapper() {
  Buffer payload;
  compress(options_.compression, options_.magic, records_, payload);
  const bool stamped = is_stamped() && options_.magic == 1;
  Buffer out;
  append_message(out, last_offset(),
                 {.magic = options_.magic,
                  .attributes = static_cast<std::uint8_t>(
                      static_cast<std::uint16_t>(options_.compression.codec) |
                      (stamped ? kLogAppendTimeBit : 0)),
                  .timestamp = max_timestamp(),
                  .key = std::nullopt,
                  .value = payload});
  return out;
}

}  // namespace barnabas::records
