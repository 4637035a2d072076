// What the configuration tells the group coordinator.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "broker/group/types.h"
#include "env/clock.h"
#include "protocol/records/batch.h"

namespace barnabas::broker::group {

struct OffsetsLogConfig {
  std::int16_t acks = -1;                           // offsets.commit.required.acks
  env::Duration timeout = std::chrono::seconds(5);  // offsets.commit.timeout.ms
  records::Codec codec = records::Codec::kNone;     // offsets.topic.compression.codec
};

struct ShardConfig {
  GroupConfig group;
  OffsetsLogConfig log;
  std::size_t max_metadata = 4096;                           // offset.metadata.max.bytes
  std::uint32_t load_piece = 5 << 20;                        // offsets.load.buffer.size
  std::chrono::milliseconds retention{};                     // offsets.retention.minutes
  env::Duration expiry_interval = std::chrono::minutes(10);  // offsets.retention.check.interval.ms
};

}  // namespace barnabas::broker::group
