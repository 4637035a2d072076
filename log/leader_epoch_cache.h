// Which leader epoch wrote which offsets of a log: (epoch, first offset) pairs.
//
// Owns        the pairs in memory; the owner writes them to leader-epoch-checkpoint when told they
//             changed.
// Does not    do I/O.
// Threading   none: lives under its log's mutex.
// Invariants  epochs and start offsets both strictly increase.
// Kafka       LeaderEpochFileCache (KIP-101, KIP-279). Differs: nothing.
#pragma once

#include <optional>
#include <vector>

#include "log/checkpoint.h"
#include "protocol/types.h"

namespace barnabas::log {

class LeaderEpochCache {
 public:
  LeaderEpochCache() = default;
  explicit LeaderEpochCache(std::vector<EpochEntry> entries);

  // True if something changed: the caller then writes the checkpoint. Later pairs that contradict
  // the new one go.
  bool assign(LeaderEpoch epoch, Offset start);
  bool truncate_from_end(Offset end);      // nothing at or beyond `end` is left
  bool truncate_from_start(Offset start);  // the pair that covers `start` now begins there
  bool clear();

  // Last offset + 1 of the given epoch, or of the greatest one below it; both -1 if the epoch is
  // unknown or beyond the latest.
  std::pair<LeaderEpoch, Offset> end_offset_for(LeaderEpoch epoch, Offset log_end) const;
  std::optional<LeaderEpoch> epoch_of(Offset offset) const;
  std::optional<LeaderEpoch> latest() const;
  const std::vector<EpochEntry>& entries() const { return entries_; }

 private:
  std::vector<EpochEntry> entries_;
};

}  // namespace barnabas::log
