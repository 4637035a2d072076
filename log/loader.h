// Brings a partition's directory into memory, repairing what a crash left.
//
// Owns        nothing after load(): the parts go into the PartitionLog.
// Does not    decide (recovery.h), choose what a directory is, or report progress (LogManager).
// Threading   one loader per directory; different ones in parallel on disk threads.
// Kafka       LogLoader, LogSegment.recover. Differs: segments are recovered in one pass that also
//             rebuilds producer state and epochs (3.9 only adds later epochs: what a power failure
//             has put back passes for what the leader has); a bad index of an older segment costs a
//             scan of that segment alone and leaves the snapshots (what-users-suffer-from 7);
//             unreadable epochs are rebuilt from the batches' headers; a gap between segments ends
//             the log unless it is compacted.
#pragma once

#include <set>
#include <string>

#include "log/partition_log.h"
#include "log/recovery.h"

namespace barnabas::log {

struct LoadTask {
  std::string directory;
  TopicPartition tp;
  std::shared_ptr<const LogConfig> config;
  bool clean = false;        // the log directory has a clean-shutdown marker
  Offset recovery_point{0};  // as checkpointed, 0 if it is not
  Offset log_start{0};       // as checkpointed, 0 if it is not
  Offset cleaned_to{0};      // as the cleaner's checkpoint has it: before it there may be gaps
};

class Loader {
 public:
  Loader(LogContext& context, LoadTask task);
  // An I/O error (or a partition.metadata of another version): the log directory cannot be served.
  std::expected<LoadedLog, std::string> load();
  std::size_t recovered_segments() const { return recovered_; }

 private:
  using Step = std::expected<void, std::string>;

  Step clean_up();
  Step finish_swaps(const std::vector<std::string>& swaps);
  Step open_segments();
  Step check_segment(const SegmentList::Ptr& segment, bool just_sealed);
  Step recover();
  // Rebuilds indexes, producers and epochs of one segment from its batches; false if it was cut
  // short.
  std::expected<bool, std::string> rebuild(Segment& segment, ProducerStore& producers, bool epochs);
  std::expected<bool, std::string> leads_to(const Segment& segment, Offset next_base) const;
  Step drop_from(std::size_t index);
  Step settle_range();
  Step load_epochs();
  Step read_epochs(const Segment& segment);
  Step load_metadata();
  Step activate_last();
  std::expected<std::vector<std::string>, std::string> names() const;
  std::string at(std::string_view name) const;
  Step io(const env::IoResult<void>& done, std::string_view what) const;

  LogContext& context_;
  const LoadTask task_;
  LoadedLog out_;
  LeaderEpochCache epochs_;  // as they will be; the file is written once, at the end
  std::size_t recovered_ = 0;
  bool dense_ = false;  // the segment rebuilt last has every offset from its base to its end
};

}  // namespace barnabas::log
