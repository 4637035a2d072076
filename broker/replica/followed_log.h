// A local log as its fetcher sees it: what decides where to fetch next.
#pragma once

#include "protocol/types.h"

namespace barnabas::broker::replica {

struct FollowedLog {
  Offset log_start;
  Offset log_end;
  Offset high_watermark;
  LeaderEpoch latest_epoch = kNoLeaderEpoch;  // -1: no record in it has one
  friend bool operator==(const FollowedLog&, const FollowedLog&) = default;
};

// Whom a partition follows, and with what.
struct Following {
  BrokerId leader;
  LeaderEpoch leader_epoch;
  TopicId topic_id;  // zero if the log has none
  FollowedLog log;
};

// One partition's part of a fetch answer.
struct LeaderOffsets {
  Offset high_watermark;
  Offset log_start = kNoOffset;
};

}  // namespace barnabas::broker::replica
