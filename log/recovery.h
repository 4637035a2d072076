// What loading a partition's directory has to do to its files: pure decisions over names and
// numbers.
//
// Kafka       LogLoader. Differs: a batch whose offsets do not follow those before it also ends
//             recovery (left-overs behind a truncation that a crash half undid would else come back
//             to life).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/file_name.h"
#include "protocol/records/batch.h"

namespace barnabas::log {

// What one valid `.swap` log file covers.
struct SwapRange {
  Offset base;
  Offset next;
};

struct CleanupPlan {
  std::vector<std::string> remove;  // *.deleted, *.cleaned, and swaps that were not finished
  std::vector<std::string> swaps;   // valid ones, to be renamed to their final name
};
// Step 1 and half of 2 of the facts (4.4): a swap counts only if no .cleaned with a base at or
// below its own is left, which would say that the swap was still being made.
CleanupPlan plan_cleanup(const std::vector<std::string>& names);

// Live segment files that the swaps replace.
std::vector<std::string> replaced_by(const std::vector<SwapRange>& swaps,
                                     const std::vector<std::string>& names);
std::string without_swap(const std::string& name);

struct LiveFiles {
  std::vector<Offset> segments;  // with a .log, in order
  std::vector<Offset> snapshots;
  std::vector<std::string> orphans;  // an index without its log: remove
};
LiveFiles live_files(const std::vector<std::string>& names);

// Index of the first segment to recover: the one that holds the recovery point.
std::size_t first_to_recover(const std::vector<Offset>& bases, Offset recovery_point);

// True if `batch` can stand at `next` (the offset behind the batch before) in a segment with this
// base.
bool continues(const records::BatchView& batch, Offset base, Offset next);

}  // namespace barnabas::log
