#include "protocol/records/batch.h"

#include <cassert>

#include "protocol/records/crc32.h"
#include "protocol/records/crc32c.h"

namespace barnabas::records {

namespace {

// Where the fields of a magic 0/1 message lie, counted from the start of the batch.
constexpr std::size_t kLegacyCrc = 12, kLegacyAttributes = 17, kLegacyTimestamp = 18;
constexpr std::uint16_t kKnownAttributes = 0x7f;

constexpr std::size_t smallest_batch(std::int8_t magic) {
  if (magic == 2) return kBatchOverhead;
  return kLogOverhead + (magic == 1 ? kMessageOverheadV1 : kMinRecordOverhead);
}

std::unexpected<BatchError> fault(BatchError::Kind kind, std::int64_t value) {
  return std::unexpected(BatchError{kind, value});
}

}  // namespace

std::string_view name(Codec codec) {
  switch (codec) {
    case Codec::kNone: return "none";
    case Codec::kGzip: return "gzip";
    case Codec::kSnappy: return "snappy";
    case Codec::kLz4: return "lz4";
    case Codec::kZstd: return "zstd";
  }
  return "unknown";
}

Sequence advance(Sequence base, std::int32_t delta) {
  if (base == kNoSequence) return base;
  return Sequence(static_cast<std::int32_t>(
      (static_cast<std::uint32_t>(base.value) + static_cast<std::uint32_t>(delta)) & 0x7fffffffu));
}

BatchHeader BatchHeader::parse(std::span<const std::byte, kBatchOverhead> bytes) {
  const std::byte* p = bytes.data();
  return {
      .base_offset = Offset(load_be<std::int64_t>(p + FieldOf::kBaseOffset)),
      .length = load_be<std::int32_t>(p + FieldOf::kLength),
      .leader_epoch = LeaderEpoch(load_be<std::int32_t>(p + FieldOf::kLeaderEpoch)),
      .magic = load_be<std::int8_t>(p + FieldOf::kMagic),
      .crc = load_be<std::uint32_t>(p + FieldOf::kCrc),
      .attributes = load_be<std::uint16_t>(p + FieldOf::kAttributes),
      .last_offset_delta = load_be<std::int32_t>(p + FieldOf::kLastOffsetDelta),
      .base_timestamp = Timestamp(load_be<std::int64_t>(p + FieldOf::kBaseTimestamp)),
      .max_timestamp = Timestamp(load_be<std::int64_t>(p + FieldOf::kMaxTimestamp)),
      .producer_id = ProducerId(load_be<std::int64_t>(p + FieldOf::kProducerId)),
      .producer_epoch = ProducerEpoch(load_be<std::int16_t>(p + FieldOf::kProducerEpoch)),
      .base_sequence = Sequence(load_be<std::int32_t>(p + FieldOf::kBaseSequence)),
      .count = load_be<std::int32_t>(p + FieldOf::kCount),
  };
}

void BatchHeader::write(std::span<std::byte, kBatchOverhead> into) const {
  std::byte* p = into.data();
  store_be(p + FieldOf::kBaseOffset, base_offset.value);
  store_be(p + FieldOf::kLength, length);
  store_be(p + FieldOf::kLeaderEpoch, leader_epoch.value);
  store_be(p + FieldOf::kMagic, magic);
  store_be(p + FieldOf::kCrc, crc);
  store_be(p + FieldOf::kAttributes, attributes);
  store_be(p + FieldOf::kLastOffsetDelta, last_offset_delta);
  store_be(p + FieldOf::kBaseTimestamp, base_timestamp.value);
  store_be(p + FieldOf::kMaxTimestamp, max_timestamp.value);
  store_be(p + FieldOf::kProducerId, producer_id.value);
  store_be(p + FieldOf::kProducerEpoch, producer_epoch.value);
  store_be(p + FieldOf::kBaseSequence, base_sequence.value);
  store_be(p + FieldOf::kCount, count);
}

std::int32_t BatchView::last_offset_delta() const {
  return is_legacy() ? 0 : at<std::int32_t>(FieldOf::kLastOffsetDelta);
}

Offset BatchView::last_offset() const {
  return Offset(wrapping_add(base_offset().value, std::int64_t{last_offset_delta()}));
}

LeaderEpoch BatchView::leader_epoch() const {
  return is_legacy() ? kNoLeaderEpoch : LeaderEpoch(at<std::int32_t>(FieldOf::kLeaderEpoch));
}

std::uint16_t BatchView::attributes() const {
  return is_legacy() ? at<std::uint8_t>(kLegacyAttributes)
                     : at<std::uint16_t>(FieldOf::kAttributes);
}

std::optional<Codec> BatchView::codec() const {
  if (codec_id() > static_cast<std::uint8_t>(Codec::kZstd)) return std::nullopt;
  return static_cast<Codec>(codec_id());
}

TimestampType BatchView::timestamp_type() const {
  const bool stamped = magic() > 0 && (attributes() & kLogAppendTimeBit) != 0;
  return stamped ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
}

std::optional<Timestamp> BatchView::delete_horizon() const {
  if (is_legacy() || (attributes() & kDeleteHorizonBit) == 0) return std::nullopt;
  return base_timestamp();
}

Timestamp BatchView::base_timestamp() const {
  switch (magic()) {
    case 0: return kNoTimestamp;
    case 1: return Timestamp(at<std::int64_t>(kLegacyTimestamp));
    default: return Timestamp(at<std::int64_t>(FieldOf::kBaseTimestamp));
  }
}

Timestamp BatchView::max_timestamp() const {
  return is_legacy() ? base_timestamp() : Timestamp(at<std::int64_t>(FieldOf::kMaxTimestamp));
}

ProducerId BatchView::producer_id() const {
  return is_legacy() ? kNoProducerId : ProducerId(at<std::int64_t>(FieldOf::kProducerId));
}

ProducerEpoch BatchView::producer_epoch() const {
  return is_legacy() ? kNoProducerEpoch : ProducerEpoch(at<std::int16_t>(FieldOf::kProducerEpoch));
}

Sequence BatchView::base_sequence() const {
  return is_legacy() ? kNoSequence : Sequence(at<std::int32_t>(FieldOf::kBaseSequence));
}

Sequence BatchView::last_sequence() const { return advance(base_sequence(), last_offset_delta()); }

std::optional<std::int32_t> BatchView::count() const {
  if (!is_legacy()) return at<std::int32_t>(FieldOf::kCount);
  if (is_compressed()) return std::nullopt;
  return 1;
}

std::uint32_t BatchView::crc() const {
  return at<std::uint32_t>(is_legacy() ? kLegacyCrc : FieldOf::kCrc);
}

std::uint32_t BatchView::computed_crc() const {
  return is_legacy() ? crc32(bytes_.subspan(kMagicOffset))
                     : crc32c(bytes_.subspan(FieldOf::kAttributes));
}

BatchHeader BatchView::header() const {
  assert(!is_legacy());
  return BatchHeader::parse(bytes_.first<kBatchOverhead>());
}

Bytes BatchView::payload() const {
  assert(!is_legacy());
  return bytes_.subspan(kBatchOverhead);
}

MutableBatch::MutableBatch(BatchView batch, MutableBytes buffer)
    : BatchView(batch), start_(buffer.data() + (batch.bytes().data() - buffer.data())) {
  assert(start_ >= buffer.data() && start_ + size() <= buffer.data() + buffer.size());
}

void MutableBatch::set_base_offset(Offset offset) { put(FieldOf::kBaseOffset, offset.value); }

void MutableBatch::set_last_offset(Offset offset) {
  put(FieldOf::kBaseOffset, wrapping_sub(offset.value, std::int64_t{last_offset_delta()}));
}

void MutableBatch::set_leader_epoch(LeaderEpoch epoch) {
  assert(!is_legacy());
  put(FieldOf::kLeaderEpoch, epoch.value);
}

void MutableBatch::set_max_timestamp(TimestampType type, Timestamp timestamp) {
  assert(magic() > 0);
  if (timestamp_type() == type && max_timestamp() == timestamp) return;
  const std::uint16_t others = attributes() & kKnownAttributes & ~kLogAppendTimeBit;
  const std::uint16_t stamped = type == TimestampType::kLogAppendTime ? kLogAppendTimeBit : 0;
  const auto bits = static_cast<std::uint16_t>(others | stamped);
  if (is_legacy()) {
    put(kLegacyAttributes, static_cast<std::uint8_t>(bits));
    put(kLegacyTimestamp, timestamp.value);
    put(kLegacyCrc, computed_crc());
    return;
  }
  put(FieldOf::kAttributes, bits);
  put(FieldOf::kMaxTimestamp, timestamp.value);
  put(FieldOf::kCrc, computed_crc());
}

std::string BatchError::message() const {
  const std::string number = std::to_string(value);
  switch (kind) {
    case Kind::kShort: return "";
    case Kind::kTooSmall:
      return "Record size " + number + " is less than the minimum record overhead (14)";
    case Kind::kBadMagic: return "Invalid magic found in record: " + number;
    case Kind::kCutHeader:
      return "Record batch is corrupt (the size " + number + " is smaller than its header)";
  }
  return "";
}

std::expected<std::size_t, BatchError> next_batch_size(Bytes buffer) {
  using Kind = BatchError::Kind;
  if (buffer.size() < kLogOverhead) return fault(Kind::kShort, 0);
  const auto length = load_be<std::int32_t>(buffer.data() + FieldOf::kLength);
  if (length < static_cast<std::int32_t>(kMinRecordOverhead)) return fault(Kind::kTooSmall, length);
  if (buffer.size() <= kMagicOffset) return fault(Kind::kShort, 0);
  const auto magic = load_be<std::int8_t>(buffer.data() + kMagicOffset);
  if (magic < 0 || magic > kCurrentMagic) return fault(Kind::kBadMagic, magic);
  return static_cast<std::size_t>(length) + kLogOverhead;
}

std::expected<BatchView, BatchError> next_batch(Bytes buffer) {
  const auto size = next_batch_size(buffer);
  if (!size) return std::unexpected(size.error());
  if (*size > buffer.size()) return fault(BatchError::Kind::kShort, 0);
  const auto magic = load_be<std::int8_t>(buffer.data() + kMagicOffset);
  if (*size < smallest_batch(magic)) {
    return fault(BatchError::Kind::kCutHeader, static_cast<std::int64_t>(*size));
  }
  return BatchView(buffer.first(*size));
}

}  // namespace barnabas::records
