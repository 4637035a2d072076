// The second look at records about to be appended by a leader: the records themselves. Assigns
// offsets, leader epoch and times in place, or builds a new batch when the topic's codec, or an old
// magic, asks for it.
//
// Does not    check CRCs and sizes (analyze.h), sequences (producer state) or the new batch's size.
// Threading   a function.
// Kafka       LogValidator, with magic 2 as the only target (message.format.version is gone with
//             IBP 3.0). Differs: refuses a compressed record that is not as long as it says, which
//             Kafka lets in and every consumer then chokes on; keeps header keys that are not UTF-8
//             when it writes anew. Of several faults in one batch the first one found may differ.
#pragma once

#include <cstdint>
#include <expected>
#include <limits>

#include "protocol/records/analyze.h"
#include "protocol/records/compression.h"

namespace barnabas::records {

// What of a topic's configuration decides.
struct ValidationRules {
  bool compacted = false;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::int64_t before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t after_max_ms = std::numeric_limits<std::int64_t>::max();
  std::optional<Compression> compression = {};  // nothing: whatever the producer chose
};

struct Assignment {
  Offset first_offset{0};
  LeaderEpoch leader_epoch{0};
  Timestamp now{0};
};

struct Validated {
  Offset last_offset = kNoOffset;
  Timestamp max_timestamp = kNoTimestamp;
  Offset offset_of_max_timestamp = kNoOffset;  // last offset of the first batch that has it
  Timestamp log_append_time = kNoTimestamp;    // `now` if the topic stamps, else none
  std::optional<Buffer> rewritten = {};  // take these bytes; nothing: the input, changed in place
};

// `records`: the valid_bytes of `analysis`. On rejection the input may have been changed; it is not
// to be written.
std::expected<Validated, Rejected> validate_and_assign_offsets(
    MutableBytes records, const Analysis& analysis, const TopicPartition& partition, Origin origin,
    const ValidationRules& rules, const Assignment& assignment);

}  // namespace barnabas::records
