// One segment: a run of batches in N.log, its three indexes, and what is needed to roll it.
//
// Owns        the four files (through the shared set of open files); while active, the unwritten
//             index entries and the places of the last few appends.
// Does not    check or change batches, lock, fsync on its own, or know its neighbours.
// Threading   under its log's mutex, except that scanning a file handle taken from it needs no
//             lock.
// Invariants  size() is the end of the last whole batch; a sealed segment's files do not change.
// Kafka       LogSegment. Differs: last appends are remembered, so that a reader at the tail needs
//             neither index nor file to find its place.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "log/batch_scan.h"
#include "log/config.h"
#include "log/entry_index.h"
#include "log/file_name.h"
#include "log/log_context.h"
#include "log/roll_policy.h"
#include "log/transaction_index.h"

namespace barnabas::log {

// One append call's set of batches, for the indexes.
struct AppendedSet {
  std::uint64_t size = 0;
  Offset first_offset;
  Offset last_offset;
  Timestamp max_timestamp = kNoTimestamp;
  Offset offset_of_max = kNoOffset;
  Timestamp first_batch_timestamp = kNoTimestamp;
};

// Where to begin looking: no batch before `position` can be the one.
struct SearchHint {
  std::uint64_t position = 0;
  bool exact = false;  // the batch wanted begins here
};

class Segment {
 public:
  Segment(LogContext& context, const std::string& directory, Offset base);

  Offset base() const { return base_; }
  std::uint64_t size() const { return size_; }
  bool active() const { return active_; }

  // --- life: created or opened sealed, made active, sealed again
  env::IoResult<void> create(const LogConfig& config);  // new files, active
  env::IoResult<void> open_sealed();                    // the files as they stand on disk
  env::IoResult<void> activate(const LogConfig& config);
  // Forces the last time index entry in, trims the indexes and the log's reserved blocks.
  env::IoResult<void> seal();

  // --- appending (active only): write() the bytes, then note() each set in order.
  env::IoResult<void> write(std::span<const env::Bytes> pieces, std::uint64_t total,
                            const LogConfig& config);
  void note(const AppendedSet& set, const LogConfig& config);
  bool should_roll(const NextAppend& next, const LogConfig& config, Timestamp now);
  // Everything from `offset` on goes; answers the new size.
  env::IoResult<std::uint64_t> truncate_to(Offset offset);

  // --- looking up
  env::IoResult<SearchHint> hint(Offset target) const;
  // The first batch with last offset >= target, looked for from the hint on.
  env::IoResult<std::optional<BatchPlace>> find(Offset target) const;
  // Largest timestamp and where; from the time index, or from appends since.
  env::IoResult<TimeEntry> largest_timestamp() const;
  std::int64_t modified_ms() const;
  // First offset that can hold a record with timestamp >= `at`: from the time index.
  env::IoResult<Offset> time_hint(Timestamp at) const;
  env::IoResult<std::shared_ptr<env::File>> log_file() const { return log_.get(); }

  // --- rebuilding: begin_rebuild() forgets the indexes, note() takes batch by batch, cut() drops
  // the rest
  env::IoResult<std::uint64_t> begin_rebuild(const LogConfig& config);  // the log file's size
  env::IoResult<void> cut(std::uint64_t size);
  // What is wrong with the indexes as they stand on disk, if anything is (Kafka's sanityCheck).
  // `every_entry`: also that they rise throughout, for a segment sealed shortly before a crash.
  env::IoResult<std::optional<std::string>> index_fault(bool every_entry) const;
  // Behind the last batch; nothing if the file does not end in a whole batch.
  env::IoResult<std::optional<Offset>> next_offset() const;

  // --- files
  env::IoResult<void> flush();  // writes pending entries, syncs all files
  // The same in two steps, for syncing without the lock: writes, and adds the handles.
  env::IoResult<void> collect_for_sync(std::vector<std::shared_ptr<env::File>>& to);
  // Renames all files, .log first; the segment must have left its list.
  env::IoResult<void> add_suffix(std::string_view suffix);
  env::IoResult<void> remove_files();
  void moved_to(const std::string& directory);
  void close_files();

  OffsetIndex& offset_index() { return offset_index_; }
  TimeIndex& time_index() { return time_index_; }
  TransactionIndex& transactions() { return transactions_; }
  const TransactionIndex& transactions() const { return transactions_; }
  std::string path(FileKind kind) const;

 private:
  struct Recent {
    Offset first = kNoOffset;
    std::uint64_t position = 0;
  };
  static constexpr std::size_t kRecent = 16;

  env::IoResult<void> reset_indexes(const LogConfig& config);
  env::IoResult<bool> indexes_rise() const;
  void reserve(env::File& file, std::uint64_t end, const LogConfig& config);
  std::optional<Timestamp> first_timestamp();
  void forget_first_batch();
  void remember(Offset first, std::uint64_t position);
  void forget_recent();
  TimeEntry newest_entry() const;

  const std::shared_ptr<LogContext> shared_;
  LogContext& context_ = *shared_;
  const Offset base_;
  std::string directory_;
  std::string extra_suffix_;
  mutable LazyFile log_;
  OffsetIndex offset_index_;
  TimeIndex time_index_;
  TransactionIndex transactions_;
  bool active_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t reserved_ = 0;
  std::uint64_t bytes_since_entry_ = 0;
  Timestamp max_timestamp_ =
      kNoTimestamp;  // of appends since it became active, and of its time index
  Offset offset_of_max_;
  Timestamp created_ = kNoTimestamp;
  std::int64_t jitter_ms_ = 0;
  std::optional<Timestamp> first_timestamp_;  // of the first batch, if it carries one
  bool first_batch_known_ = false;
  std::unique_ptr<std::array<Recent, kRecent>> recent_;
  std::size_t next_recent_ = 0;
};

}  // namespace barnabas::log
