// The Log of one partition's directory (see log.h for what it promises).
//
// Owns        segments, producer state, leader epochs, partition.metadata and its Chores.
// Does not    load itself (loader.h), choose directories, or run its chores.
// Threading   a monitor: one mutex. Scans of log files and syncs happen outside it, on shared
//             handles.
// Invariants  segments never empty; log_start <= log_end; recovery_point <= log_end; an append is
//             either on disk as a whole and counted, or the log is failed.
// Errors      any I/O error fails the whole log directory (shared DirectoryHealth): no later write
//             can make a torn log look whole, and restart goes through recovery.
// Kafka       UnifiedLog and LocalLog.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "log/directory_name.h"
#include "log/epoch_store.h"
#include "log/log.h"
#include "log/log_context.h"
#include "log/producer_store.h"
#include "log/retention.h"
#include "log/segment_list.h"
#include "protocol/records/analyze.h"
#include "protocol/records/validate.h"

namespace barnabas::log {

// Shared by all logs of one log directory: whether it still serves.
struct DirectoryHealth {
  explicit DirectoryHealth(std::string p) : path(std::move(p)) {}
  const std::string path;
  std::atomic<bool> failed = false;
  // Set by the manager before there are logs: writes the directory's recovery points. A truncation
  // calls it, unlocked, so that what is appended next is not taken for flushed after a crash.
  std::function<void()> recovery_point_lowered;
};

// What loading a directory gives.
struct LoadedLog {
  SegmentList segments;
  std::unique_ptr<ProducerStore> producers;
  std::unique_ptr<EpochStore> epochs;
  TopicId topic_id;
  Offset log_start;
  Offset log_end;
  Offset recovery_point;
};

class PartitionLog final : public Log, public std::enable_shared_from_this<PartitionLog> {
 public:
  PartitionLog(LogContext& context, TopicPartition tp, std::string directory,
               std::shared_ptr<DirectoryHealth> health, std::shared_ptr<const LogConfig> config,
               LoadedLog loaded);

  const TopicPartition& topic_partition() const override { return tp_; }
  std::string directory() const override;
  TopicId topic_id() const override;
  Result<void> assign_topic_id(TopicId id) override;
  std::shared_ptr<const LogConfig> config() const override;
  void update_config(std::shared_ptr<const LogConfig> config) override;

  Offset log_start_offset() const override;
  Offset log_end_offset() const override;
  Offset recovery_point() const override;
  std::uint64_t size() const override;
  std::size_t segment_count() const override;
  Offset last_stable_offset(Offset high_watermark) const override;
  std::optional<LeaderEpoch> latest_epoch() const override;
  bool has_open_transaction(ProducerId id) const override;
  std::vector<ProducerEntry> active_producers() const override;

  std::vector<Appended> append_as_leader(std::span<Appendable> sets, LeaderEpoch epoch,
                                         Timestamp now) override;
  Result<Appended> append_as_follower(env::Bytes records, Timestamp now) override;

  Result<ReadSlice> read(Offset from, std::uint32_t max_bytes, bool min_one_batch,
                         Offset upper_bound) override;
  std::vector<AbortedTransaction> aborted_transactions(Offset from, Offset upper_bound) override;
  Result<TimestampAndOffset> offset_for_timestamp(Timestamp at) override;
  Result<TimestampAndOffset> offset_of_max_timestamp() override;
  Result<std::vector<SegmentStart>> segment_starts(Timestamp now) const override;
  EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const override;
  std::optional<LeaderEpoch> epoch_of_offset(Offset offset) const override;
  Result<void> assign_epoch_start(LeaderEpoch epoch, Offset start) override;

  Result<void> truncate_to(Offset offset) override;
  Result<void> truncate_fully_and_start_at(Offset offset) override;
  Result<bool> maybe_advance_log_start(Offset offset) override;

  Result<void> flush(Offset up_to) override;
  Result<void> write_behind(std::uint64_t bytes) override;
  Result<int> delete_old_segments(Offset high_watermark, Timestamp now) override;
  void expire_producers(Timestamp now) override;
  std::vector<Chore> take_chores(Timestamp now) override;

  // --- for LogManager
  Offset first_segment_base() const;
  bool is_future() const { return is_future_directory(directory()); }
  // Flushes everything, writes the snapshot at the log end, trims the indexes. The log is unusable
  // then.
  Result<void> close();
  // The directory is about to be renamed for deletion. From here on a flush or a removal under way
  // may find a name gone, which is then no failure of the disk.
  void leaves() { leaving_ = true; }
  // Renames the directory; everything goes on in the new place.
  Result<void> rename_to(const std::string& directory);
  // The directory was renamed for deletion: no more appends, files closed as readers let go of
  // them.
  void moved_for_deletion(const std::string& directory);

 private:
  // One append call's sets that wait for the single write.
  struct Staged {
    std::vector<env::Bytes> pieces;
    std::vector<AppendedSet> sets;
    std::vector<AbortedEntry> aborted;
    std::vector<records::Buffer> rewritten;  // keeps converted sets alive
    std::uint64_t bytes = 0;
    Offset next;
  };
  struct DueChore {
    Timestamp due;
    Chore run;
  };
  // A read, planned under the lock and carried out without it.
  struct ReadPlan {
    std::shared_ptr<env::File> file;
    Offset segment_base;
    std::uint64_t size = 0;
    SearchHint start;
    std::optional<SearchHint> upper;  // nothing: up to `size`
  };

  struct TimePlan {
    std::shared_ptr<env::File> file;
    std::uint64_t position = 0;
    std::uint64_t size = 0;
    Offset segment_base;
    Offset log_start;
    Timestamp at;
  };

  // --- append (partition_log_append.cc); all under the mutex
  Appended stage_leader_set(const Appendable& set, LeaderEpoch epoch, Timestamp now,
                            Staged& staged);
  std::optional<Appended> check_producers(env::Bytes records, Origin origin);
  Result<void> take_in(env::Bytes records, Origin origin, const AppendedSet& set, Timestamp now,
                       Staged& staged);
  void apply_producers(env::Bytes records, Staged& staged);
  Result<void> commit(Staged& staged);
  Result<void> maybe_flush_after_append(std::int64_t messages);
  Result<void> roll(Offset base);

  // --- read (partition_log_read.cc, partition_log_time.cc)
  Result<std::optional<ReadPlan>> plan_read(const SegmentList::Ptr& segment, Offset from,
                                            Offset upper);
  Result<ReadSlice> carry_out(const ReadPlan& plan, Offset from, std::uint32_t max_bytes,
                              bool min_one_batch, Offset upper, ReadSlice slice);
  Result<TimestampAndOffset> search_time(Timestamp at, bool newest);
  Result<std::optional<TimePlan>> plan_time_search(Timestamp at, bool newest, Offset beyond);
  std::optional<LeaderEpoch> epoch_of_locked(Offset offset) const;

  // --- the rest, under the mutex
  Result<void> check_usable() const;
  std::unexpected<ErrorCode> fail(std::string_view doing, std::error_code why) const;
  Result<void> drop_segments(const std::vector<SegmentList::Ptr>& segments, Timestamp now);
  Result<void> advance_log_start(Offset offset);
  Result<int> delete_for(RetentionReason reason, Offset high_watermark, Timestamp now);
  Result<void> truncate_locked(Offset offset);
  Result<void> restart_at(Offset offset, Timestamp now);
  bool check_usable_unlocked() const;
  Result<void> sync_names(const std::string& directory);
  void chore(Timestamp due, Chore run);
  Offset first_unsynced() const;
  void flush_later(Offset up_to);
  void sync_partition_metadata();
  Result<void> replay_producers(Offset end, Timestamp now);
  Result<void> start_new_segment(Offset base);

  const std::shared_ptr<LogContext> shared_;
  LogContext& context_ = *shared_;
  const TopicPartition tp_;
  const std::shared_ptr<DirectoryHealth> health_;
  mutable std::mutex mutex_;
  std::mutex flush_mutex_;  // one flush at a time; taken before mutex_
  std::string directory_;
  std::shared_ptr<const LogConfig> config_;
  SegmentList segments_;
  std::unique_ptr<ProducerStore> producers_;
  std::unique_ptr<EpochStore> epochs_;
  TopicId topic_id_;
  Offset log_start_;
  Offset log_end_;
  Offset recovery_point_;
  std::int64_t unflushed_messages_ = 0;
  Timestamp unflushed_since_ = kNoTimestamp;  // for flush.ms
  // Base of the oldest segment whose trimmed indexes are not synced. It can lie before the
  // recovery point: when all its records were flushed before it was sealed.
  std::optional<Offset> sealed_unsynced_;
  bool closed_ = false;
  std::atomic<bool> leaving_ = false;
  std::atomic<bool> own_name_synced_ = false;
  std::vector<DueChore> chores_;
};

}  // namespace barnabas::log
