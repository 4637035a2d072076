#include "log/retention.h"

#include <limits>

namespace barnabas::log {
namespace {

bool goes(const SegmentFacts& segment, const LogConfig& config, Offset log_start, Timestamp now,
          RetentionReason reason, std::int64_t& surplus) {
  const auto size = static_cast<std::int64_t>(segment.size);
  switch (reason) {
    case RetentionReason::kTime:
      return config.remove && config.retention_ms >= 0 &&
             now - segment.newest > config.retention_ms;
    case RetentionReason::kSize:
      if (!config.remove || config.retention_bytes < 0 || surplus - size < 0) return false;
      surplus -= size;
      return true;
    case RetentionReason::kLogStart: return segment.next_base <= log_start;
  }
  return false;
}

}  // namespace

std::size_t segments_past_retention(std::span<const SegmentFacts> segments, const LogConfig& config,
                                    Offset high_watermark, Offset log_start, Timestamp now,
                                    RetentionReason reason) {
  std::int64_t surplus = -config.retention_bytes;
  for (const SegmentFacts& s : segments) surplus += static_cast<std::int64_t>(s.size);
  std::size_t count = 0;
  for (const SegmentFacts& segment : segments) {
    const bool active = count + 1 == segments.size();
    if (active && (segment.size == 0 || reason == RetentionReason::kLogStart)) break;
    if (segment.next_base > high_watermark) break;
    if (!goes(segment, config, log_start, now, reason, surplus)) break;
    ++count;
  }
  return count;
}

}  // namespace barnabas::log
