// Builds one record batch (magic 2), or one message set of magic 0/1, in memory.
//
// Owns        the encoded records until build().
// Does not    limit the size: whoever appends does (size() tells).
// Threading   one thread at a time.
// Kafka       MemoryRecordsBuilder. Differs: compresses at build(), not while appending.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>

#include "protocol/records/batch.h"
#include "protocol/records/compression.h"
#include "protocol/records/record.h"

namespace barnabas::records {

struct BatchOptions {
  std::int8_t magic = kCurrentMagic;
  Compression compression = {};
  Offset base_offset{0};
  TimestampType timestamp_type = TimestampType::kCreateTime;
  Timestamp log_append_time = kNoTimestamp;  // the batch's time if timestamp_type says so
  ProducerId producer_id = kNoProducerId;    // this and the rest: magic 2 only
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::optional<Timestamp> delete_horizon = {};  // stands in place of the base timestamp (KIP-534)
};

class RecordBatchBuilder {
 public:
  explicit RecordBatchBuilder(BatchOptions options = {});

  // Offsets count up from base_offset. Headers are dropped below magic 2.
  void append(Timestamp timestamp, std::optional<Bytes> key, std::optional<Bytes> value,
              std::span<const Header> headers = {});
  // Offsets must rise. `record`'s own offset is not used.
  void append_with_offset(Offset offset, Timestamp timestamp, std::optional<Bytes> key,
                          std::optional<Bytes> value, std::span<const Header> headers = {});
  void append_with_offset(Offset offset, const Record& record);

  // What the header says although the records end earlier (compaction keeps the offsets of a
  // batch).
  void override_last_offset(Offset offset) { last_offset_override_ = offset; }

  std::int32_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::size_t size() const;         // of the batch so far, uncompressed
  Timestamp max_timestamp() const;  // what the batch will say; kNoTimestamp for magic 0
  Offset last_offset() const;

  // The whole batch. Without records: nothing for magic 0/1, a bare header for magic 2. The builder
  // is spent.
  Buffer build();

 private:
  void append_encoded(Offset offset, Timestamp timestamp, std::optional<Bytes> key,
                      std::optional<Bytes> value, const Headers& headers);
  void append_v2(Offset offset, Timestamp timestamp, std::optional<Bytes> key,
                 std::optional<Bytes> value, const Headers& headers);
  void append_legacy(Offset offset, Timestamp timestamp, std::optional<Bytes> key,
                     std::optional<Bytes> value);
  Buffer build_v2();
  Buffer build_wrapper();
  bool is_stamped() const;
  bool is_wrapper() const;  // compressed magic 0/1: messages inside a message

  BatchOptions options_;
  Buffer records_;
  Buffer header_scratch_;
  std::int32_t count_ = 0;
  Timestamp base_timestamp_ = kNoTimestamp;
  Timestamp max_timestamp_ = kNoTimestamp;
  Offset last_offset_;
  std::optional<Offset> last_offset_override_;
};

}  // namespace barnabas::records
