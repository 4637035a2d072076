// The fields of one magic 2 record, from bytes that lie together or from a stream.
#pragma once

#include <expected>

#include "protocol/records/batch.h"
#include "protocol/records/record.h"
#include "protocol/records/record_input.h"

namespace barnabas::records {

// What a batch says about all of its records.
struct BatchContext {
  Offset base_offset;
  Timestamp base_timestamp;
  Sequence base_sequence;
  std::optional<Timestamp> log_append_time;

  static BatchContext of(const BatchView& batch);
};

// Nothing if all is well, else Kafka's reason. Uses up the `body_size` bytes after the length.
using Parsed = std::expected<void, RecordFault>;

// The body lies ready in `input`.
Parsed parse_body(RecordInput& input, std::int32_t body_size, const BatchContext& context,
                  Record& record);
// The body may be larger than any window: key, value and headers are passed over.
Parsed parse_body_skipping(RecordInput& input, std::int32_t body_size, const BatchContext& context,
                           Record& record);

}  // namespace barnabas::records
