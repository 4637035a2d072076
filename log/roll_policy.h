// When the active segment is closed and a new one begun: a pure rule.
//
// Kafka       LogSegment.shouldRoll, RollParams. Differs: nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "log/config.h"
#include "protocol/types.h"

namespace barnabas::log {

struct SegmentAge {
  std::uint64_t size = 0;
  Offset base;
  Timestamp created;  // wall clock
  std::optional<Timestamp>
      first_timestamp;         // largest of its first batch; none if the records carry none
  std::int64_t jitter_ms = 0;  // drawn once per segment, below segment.jitter.ms
  bool index_full = false;     // no room for another entry
};

struct NextAppend {
  std::uint64_t size = 0;
  Offset last_offset;
  Timestamp max_timestamp = kNoTimestamp;
};

bool should_roll(const SegmentAge& segment, const NextAppend& next, const LogConfig& config,
                 Timestamp now);
// No larger than segment.jitter.ms and segment.ms; `random` is any number.
std::int64_t roll_jitter(const LogConfig& config, std::uint64_t random);

}  // namespace barnabas::log
