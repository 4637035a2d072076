// Which segments retention takes: a pure rule over the segments, oldest first.
//
// Kafka       UnifiedLog.deleteOldSegments (time, then size, then log start). The active segment
//             goes only for time, when it holds something; a new one is rolled first then.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "log/config.h"
#include "protocol/types.h"

namespace barnabas::log {

struct SegmentFacts {
  Offset base;
  Offset next_base;  // the following segment's base; the log end for the active one
  std::uint64_t size = 0;
  Timestamp newest = kNoTimestamp;  // largest record timestamp, else the file's modification time
};

enum class RetentionReason { kTime, kSize, kLogStart };

// How many of the oldest segments may go. A segment goes whole or not at all, and only if
// everything in it lies below the high watermark.
std::size_t segments_past_retention(std::span<const SegmentFacts> segments, const LogConfig& config,
                                    Offset high_watermark, Offset log_start, Timestamp now,
                                    RetentionReason reason);

}  // namespace barnabas::log
