// One record batch as it lies in a buffer or a file, of any magic (0, 1, 2), without looking at its
// records.
//
// Owns        nothing: a view of bytes that somebody else keeps.
// Does not    decompress, parse records, or check the CRC unless asked.
// Threading   a value.
// Invariants  made only by next_batch, so the bytes are exactly one batch with a whole header.
// Kafka       DefaultRecordBatch, AbstractLegacyRecordBatch, ByteBufferLogInputStream. Differs:
//             base_offset() of a compressed magic 0/1 message is its last offset (finding the first
//             needs decompression: first_record_offset in record_reader.h).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "protocol/records/bytes.h"
#include "protocol/types.h"

namespace barnabas::records {

inline constexpr std::size_t kLogOverhead = 12;        // base offset and length, before every batch
inline constexpr std::size_t kMagicOffset = 16;        // in all magics
inline constexpr std::size_t kBatchOverhead = 61;      // a magic 2 batch without records
inline constexpr std::size_t kMinRecordOverhead = 14;  // a magic 0 message without key and value
inline constexpr std::size_t kMessageOverheadV1 = 22;
inline constexpr std::int8_t kCurrentMagic = 2;

// Where the fields of a magic 2 batch lie.
struct FieldOf {
  static constexpr std::size_t kBaseOffset = 0, kLength = 8, kLeaderEpoch = 12, kMagic = 16,
                               kCrc = 17, kAttributes = 21, kLastOffsetDelta = 23,
                               kBaseTimestamp = 27, kMaxTimestamp = 35, kProducerId = 43,
                               kProducerEpoch = 51, kBaseSequence = 53, kCount = 57;
};

enum class Codec : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
std::string_view name(Codec codec);  // "none", "gzip", "snappy", "lz4", "zstd"

enum class TimestampType : std::uint8_t { kCreateTime, kLogAppendTime };

// Bits of a batch's attributes.
inline constexpr std::uint16_t kCodecMask = 0x07, kLogAppendTimeBit = 0x08,
                               kTransactionalBit = 0x10, kControlBit = 0x20,
                               kDeleteHorizonBit = 0x40;

// base + delta as sequences count: after 2147483647 comes 0. -1 stays -1.
Sequence advance(Sequence base, std::int32_t delta);

// The fields of a magic 2 batch, by value.
struct BatchHeader {
  Offset base_offset{0};
  std::int32_t length = 0;  // of all that follows this field
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::int8_t magic = kCurrentMagic;
  std::uint32_t crc = 0;
  std::uint16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  Timestamp base_timestamp = kNoTimestamp;
  Timestamp max_timestamp = kNoTimestamp;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  std::int32_t count = 0;

  static BatchHeader parse(std::span<const std::byte, kBatchOverhead> bytes);
  void write(std::span<std::byte, kBatchOverhead> into) const;
  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

class BatchView {
 public:
  Bytes bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }  // whole, with base offset and length field
  std::int8_t magic() const { return at<std::int8_t>(kMagicOffset); }
  bool is_legacy() const { return magic() < 2; }

  Offset base_offset() const { return Offset(at<std::int64_t>(0)); }
  Offset last_offset() const;
  Offset next_offset() const { return Offset(wrapping_add(last_offset().value, std::int64_t{1})); }
  std::int32_t last_offset_delta() const;  // 0 in magic 0/1
  LeaderEpoch leader_epoch() const;        // kNoLeaderEpoch in magic 0/1

  std::uint16_t attributes() const;
  std::uint8_t codec_id() const { return attributes() & kCodecMask; }  // 0..7
  std::optional<Codec> codec() const;                                  // nothing for ids 5..7
  bool is_compressed() const { return codec_id() != 0; }
  TimestampType timestamp_type() const;
  bool is_transactional() const { return !is_legacy() && (attributes() & kTransactionalBit) != 0; }
  bool is_control() const { return !is_legacy() && (attributes() & kControlBit) != 0; }
  std::optional<Timestamp> delete_horizon() const;

  Timestamp base_timestamp() const;  // magic 1: of the message; 0: none
  Timestamp max_timestamp() const;
  ProducerId producer_id() const;
  bool has_producer_id() const { return producer_id().value > kNoProducerId.value; }
  ProducerEpoch producer_epoch() const;
  Sequence base_sequence() const;
  Sequence last_sequence() const;
  std::optional<std::int32_t> count() const;  // nothing for a compressed message of magic 0/1

  std::uint32_t crc() const;  // as stored
  std::uint32_t computed_crc() const;
  bool crc_valid() const { return crc() == computed_crc(); }

  BatchHeader header() const;  // magic 2 only
  Bytes payload() const;       // after the header; magic 2 only

 protected:
  friend std::expected<BatchView, struct BatchError> next_batch(Bytes buffer);
  explicit BatchView(Bytes bytes) : bytes_(bytes) {}
  template <class T>
  T at(std::size_t position) const {
    return load_be<T>(bytes_.data() + position);
  }

  Bytes bytes_;
};

// A batch whose header may be changed in place. Setters keep the CRC right.
class MutableBatch : public BatchView {
 public:
  // `batch` must be a view into `buffer`.
  MutableBatch(BatchView batch, MutableBytes buffer);

  void set_base_offset(Offset offset);
  void set_last_offset(Offset offset);       // moves the base: last = base + delta
  void set_leader_epoch(LeaderEpoch epoch);  // magic 2 only
  // Sets type and time if either differs, dropping attribute bits without a meaning, with a new
  // CRC. Not for magic 0.
  void set_max_timestamp(TimestampType type, Timestamp timestamp);

 private:
  template <class T>
  void put(std::size_t position, T v) {
    store_be(start_ + position, v);
  }

  std::byte* start_;
};

// Why there is no batch at the start of a buffer.
struct BatchError {
  enum class Kind {
    kShort,     // not all here yet: end of what was read, or of the file
    kTooSmall,  // the length field is below the smallest message
    kBadMagic,
    kCutHeader,  // the length field leaves no room for this magic's header
  };
  Kind kind = Kind::kShort;
  std::int64_t value = 0;  // the offending number

  bool is_short() const { return kind == Kind::kShort; }
  std::string message() const;  // Kafka's text (CorruptRecordException)
  friend bool operator==(const BatchError&, const BatchError&) = default;
};

// The batch at the start of `buffer`, with Kafka's order of checks: 12 bytes there, length >= 14,
// 17 bytes there, magic known, all there.
std::expected<BatchView, BatchError> next_batch(Bytes buffer);

// Size of the batch at the start of `buffer` from its first 17 bytes; the rest need not be there.
std::expected<std::size_t, BatchError> next_batch_size(Bytes buffer);

}  // namespace barnabas::records
