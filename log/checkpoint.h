// Kafka's checkpoint text: `0`, the number of lines, then the lines.
//
// Used for the four offset checkpoints of a log directory (`topic partition offset`) and for
// leader-epoch-checkpoint (`epoch startOffset`). An empty file is legal and means nothing.
// Does not    repair: a wrong version, count or line is an error text (Kafka's), and the caller
//             decides.
// Kafka       CheckpointFile, OffsetCheckpointFile, LeaderEpochCheckpointFile. Differs: our lines
//             are sorted.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "env/files.h"
#include "protocol/types.h"

namespace barnabas::log {

using OffsetCheckpoint = std::map<TopicPartition, Offset>;

inline constexpr std::string_view kRecoveryPointFile = "recovery-point-offset-checkpoint";
inline constexpr std::string_view kLogStartFile = "log-start-offset-checkpoint";
inline constexpr std::string_view kHighWatermarkFile = "replication-offset-checkpoint";
inline constexpr std::string_view kCleanerFile = "cleaner-offset-checkpoint";

struct EpochEntry {
  LeaderEpoch epoch;
  Offset start;
  friend bool operator==(const EpochEntry&, const EpochEntry&) = default;
};

std::string format_offset_checkpoint(const OffsetCheckpoint& offsets);
std::expected<OffsetCheckpoint, std::string> parse_offset_checkpoint(std::string_view text,
                                                                     const std::string& path);
std::string format_epoch_checkpoint(const std::vector<EpochEntry>& entries);
std::expected<std::vector<EpochEntry>, std::string> parse_epoch_checkpoint(std::string_view text,
                                                                           const std::string& path);

// A missing file reads as empty.
std::expected<OffsetCheckpoint, std::string> read_offset_checkpoint(env::Files& files,
                                                                    const std::string& path);

}  // namespace barnabas::log
