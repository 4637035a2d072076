#include "log/roll_policy.h"

#include <algorithm>
#include <limits>

namespace barnabas::log {
namespace {

bool too_old(const SegmentAge& segment, const NextAppend& next, const LogConfig& config,
             Timestamp now) {
  if (segment.size == 0) return false;
  const std::int64_t waited = segment.first_timestamp
                                  ? next.max_timestamp - *segment.first_timestamp
                                  : now - segment.created;
  return waited > config.segment_ms - segment.jitter_ms;
}

}  // namespace

bool should_roll(const SegmentAge& segment, const NextAppend& next, const LogConfig& config,
                 Timestamp now) {
  const auto limit = static_cast<std::uint64_t>(config.segment_bytes);
  if (segment.size > limit || next.size > limit - segment.size) return true;
  if (too_old(segment, next, config, now)) return true;
  const std::int64_t relative = next.last_offset - segment.base;
  return segment.index_full || relative < 0 || relative > std::numeric_limits<std::int32_t>::max();
}

std::int64_t roll_jitter(const LogConfig& config, std::uint64_t random) {
  const std::int64_t limit = std::min(config.segment_jitter_ms, config.segment_ms);
  return limit <= 0 ? 0 : static_cast<std::int64_t>(random % static_cast<std::uint64_t>(limit));
}

}  // namespace barnabas::log
