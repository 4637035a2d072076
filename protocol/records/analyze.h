// The first look at records about to be appended: whole batches, sizes, CRCs, offsets. Not the
// records inside.
//
// Kafka       UnifiedLog.analyzeAndValidateRecords and ProduceRequest.validateRecords.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.h"
#include "protocol/records/batch.h"
#include "protocol/types.h"

namespace barnabas::records {

// Where a batch comes from decides what is checked (Kafka's AppendOrigin).
enum class Origin { kClient, kCoordinator, kReplication };

struct RecordError {
  std::int32_t batch_index = 0;
  std::string message;
  friend bool operator==(const RecordError&, const RecordError&) = default;
};

struct Rejected {
  ErrorCode error = ErrorCode::kNone;
  std::string message;       // for the log, and for the client if `tell_client`
  bool tell_client = false;  // Kafka sends the text of per-record errors only
  std::vector<RecordError> record_errors = {};
};

struct Analysis {
  std::size_t valid_bytes = 0;  // whole batches; what follows is dropped silently
  std::int32_t batch_count = 0;
  Offset first_offset = kNoOffset;  // unknown if the first batch is of magic 0/1
  Offset last_offset_of_first_batch = kNoOffset;
  Offset last_offset = kNoOffset;
  LeaderEpoch last_leader_epoch = kNoLeaderEpoch;
  Timestamp max_timestamp = kNoTimestamp;
  Offset offset_of_max_timestamp = kNoOffset;  // last offset of the first batch that has it
  Codec source_codec = Codec::kNone;           // of the last compressed batch
  bool offsets_monotonic = true;
};

// Batches larger than max_batch_bytes: kMessageTooLarge (no limit if nothing). Bad CRC, size or
// magic: kCorruptMessage. A client's magic 2 batch with a base offset other than 0: kInvalidRecord.
// Unknown codec: kUnknownServerError.
std::expected<Analysis, Rejected> analyze(Bytes records, const TopicPartition& partition,
                                          Origin origin,
                                          std::optional<std::int32_t> max_batch_bytes);

// What a produce request of `version` may carry, before the log is asked: from v3 exactly one batch
// of magic 2, from v7 zstd. Kafka answers with log_start_offset -1 here; and if the first batch is
// corrupt (tell_client is set) it fails every partition of the request, not only this one.
std::expected<void, Rejected> check_produce_records(Bytes records, std::int16_t version);

}  // namespace barnabas::records
