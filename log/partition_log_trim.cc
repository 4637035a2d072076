// PartitionLog: flushing, truncating, retention and closing.
#include <algorithm>

#include "env/log.h"
#include "log/durable_file.h"
#include "log/partition_log.h"
#include "log/replay.h"
#include "log/retention.h"

namespace barnabas::log {

Result<void> PartitionLog::flush(Offset up_to) {
  const std::lock_guard one_at_a_time(flush_mutex_);
  std::vector<std::shared_ptr<env::File>> to_sync;
  std::optional<EpochStore::Unsynced> epochs;
  std::string directory;
  std::string snapshot;
  {
    const std::lock_guard lock(mutex_);
    if (auto usable = check_usable(); !usable) return usable;
    up_to = std::min(up_to, log_end_);
    if (up_to <= recovery_point_ && !sealed_unsynced_) return {};
    for (const SegmentList::Ptr& segment : segments_.from(first_unsynced())) {
      if (segment->base() >= up_to) break;
      if (auto done = segment->collect_for_sync(to_sync); !done)
        return fail("writing indexes", done.error());
    }
    epochs = epochs_->unsynced();
    if (sealed_unsynced_ && *sealed_unsynced_ < up_to) sealed_unsynced_.reset();
    directory = directory_;
    if (producers_->snapshots().contains(up_to)) snapshot = producers_->path(up_to);
  }
  for (const auto& file : to_sync) {
    if (auto done = file->sync(); !done) return fail("flushing", done.error());
  }
  if (epochs) {
    if (auto done = sync_file(context_.files, epochs->path); !done)
      return fail("flushing leader epochs", done.error());
  }
  if (!snapshot.empty()) {
    if (auto done = sync_file(context_.files, snapshot); !done)
      return fail("flushing a snapshot", done.error());
  }
  if (auto done = sync_names(directory); !done) return done;
  const std::lock_guard lock(mutex_);
  if (epochs) epochs_->synced(*epochs);
  recovery_point_ =
      std::max(recovery_point_, std::min(up_to, log_end_));  // it may have been truncated meanwhile
  unflushed_messages_ = log_end_ - recovery_point_;
  return {};
}

// What a roll has left in the segment before, its flush writes.
Result<void> PartitionLog::write_behind(std::uint64_t bytes) {
  std::shared_ptr<env::File> file;
  std::uint64_t end = 0;
  {
    const std::lock_guard lock(mutex_);
    if (auto usable = check_usable(); !usable) return usable;
    const Segment& active = *segments_.active();
    auto opened = active.log_file();
    if (!opened) return fail("opening a segment", opened.error());
    file = *std::move(opened);
    end = active.size();
  }
  const std::uint64_t length = std::min(bytes, end);
  if (auto done = file->write_behind(end - length, length); !done) {
    return fail("writing out", done.error());
  }
  return {};
}

Offset PartitionLog::first_unsynced() const {
  return sealed_unsynced_ ? std::min(*sealed_unsynced_, recovery_point_) : recovery_point_;
}

// The files' names, and once the directory's own: without it all of them would be lost.
Result<void> PartitionLog::sync_names(const std::string& directory) {
  if (auto done = context_.files.sync_directory(directory); !done) {
    return fail("flushing", done.error());
  }
  if (own_name_synced_) return {};
  if (auto done = context_.files.sync_directory(health_->path); !done) {
    return fail("flushing", done.error());
  }
  own_name_synced_ = true;
  return {};
}

Result<void> PartitionLog::truncate_to(Offset offset) {
  const Offset before = recovery_point();
  const auto done = truncate_locked(offset);
  if (done && recovery_point() < before && health_->recovery_point_lowered)
    health_->recovery_point_lowered();
  return done;
}

Result<void> PartitionLog::truncate_locked(Offset offset) {
  const std::lock_guard one_at_a_time(flush_mutex_);
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return usable;
  if (offset >= log_end_) {
    if (auto done = epochs_->truncate_from_end(offset); !done)
      return fail("writing leader epochs", done.error());
    return {};
  }
  env::log_info("kafka.log.UnifiedLog", "[UnifiedLog partition={}, dir={}] Truncating to offset {}",
                to_string(tp_), health_->path, offset.value);
  const Timestamp now = context_.now();
  if (segments_.first()->base() > offset) return restart_at(offset, now);
  std::vector<SegmentList::Ptr> beyond;
  for (const SegmentList::Ptr& segment : segments_.all()) {
    if (segment->base() > offset)
      beyond.insert(beyond.begin(), segment);  // newest first: never a hole
  }
  if (auto done = drop_segments(beyond, now); !done) return done;
  Segment& active = *segments_.active();
  if (!active.active()) {
    if (auto done = active.activate(*config_); !done)
      return fail("opening a segment", done.error());
  }
  if (auto done = active.truncate_to(offset); !done) return fail("truncating", done.error());
  // Else a power failure could bring back what was cut in the place of what is written next.
  if (!beyond.empty()) {
    if (auto done = sync_names(directory_); !done) return done;
  }
  // Not `offset`: the indexes are not synced, so after a crash all of this segment must be looked
  // at.
  recovery_point_ = std::min(recovery_point_, active.base());
  log_end_ = offset;
  log_start_ = std::min(log_start_, offset);
  if (auto done = epochs_->truncate_from_end(offset); !done)
    return fail("writing leader epochs", done.error());
  return replay_producers(offset, now);
}

Result<void> PartitionLog::truncate_fully_and_start_at(Offset offset) {
  Result<void> done;
  {
    const std::lock_guard one_at_a_time(flush_mutex_);
    const std::lock_guard lock(mutex_);
    done = check_usable();
    if (done) done = restart_at(offset, context_.now());
  }
  if (done && health_->recovery_point_lowered) health_->recovery_point_lowered();
  return done;
}

Result<void> PartitionLog::restart_at(Offset offset, Timestamp now) {
  std::vector<SegmentList::Ptr> old = segments_.all();
  std::reverse(old.begin(), old.end());
  if (auto done = drop_segments(old, now); !done) return done;
  log_end_ = log_start_ = recovery_point_ = offset;
  if (auto done = start_new_segment(offset); !done) return done;
  if (auto done = sync_names(directory_); !done) return done;  // else the old ones may come back
  if (auto done = epochs_->clear(); !done) return fail("writing leader epochs", done.error());
  if (auto done = producers_->restart_at(offset); !done)
    return fail("removing snapshots", done.error());
  return {};
}

Result<void> PartitionLog::replay_producers(Offset end, Timestamp now) {
  const auto done = rebuild_producers(*producers_, segments_, log_start_, end, now);
  if (!done) return fail("rebuilding producer state", done.error());
  return {};
}

// Renames the files away now, removes them file.delete.delay.ms later.
Result<void> PartitionLog::drop_segments(const std::vector<SegmentList::Ptr>& segments,
                                         Timestamp now) {
  const Timestamp due = now + config_->file_delete_delay_ms;
  for (const SegmentList::Ptr& segment : segments) {
    if (auto done = segment->add_suffix(kDeletedSuffix); !done)
      return fail("renaming a segment", done.error());
    segments_.remove(segment->base());
    const auto snapshot = producers_->mark_deleted(segment->base());
    if (!snapshot) return fail("renaming a snapshot", snapshot.error());
    chore(due, [self = weak_from_this(), segment, path = *snapshot] {
      const auto log = self.lock();
      if (!log || log->check_usable_unlocked()) return;
      auto done = segment->remove_files();
      if (done && path) done = log->context_.files.remove(*path);
      if (!done) (void)log->fail("removing a segment", done.error());
    });
  }
  return {};
}

bool PartitionLog::check_usable_unlocked() const {
  const std::lock_guard lock(mutex_);
  return !check_usable().has_value();
}

Result<void> PartitionLog::advance_log_start(Offset offset) {
  log_start_ = offset;
  if (auto done = epochs_->truncate_from_start(offset); !done)
    return fail("writing leader epochs", done.error());
  producers_->log_start_advanced(offset);
  return {};
}

Result<bool> PartitionLog::maybe_advance_log_start(Offset offset) {
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
  if (offset <= log_start_) return false;
  if (offset > log_end_) return std::unexpected(ErrorCode::kOffsetOutOfRange);
  if (auto done = advance_log_start(offset); !done) return std::unexpected(done.error());
  env::log_info("kafka.log.UnifiedLog",
                "[UnifiedLog partition={}, dir={}] Incremented log start offset to {}",
                to_string(tp_), health_->path, offset.value);
  return true;
}

Result<int> PartitionLog::delete_old_segments(Offset high_watermark, Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return std::unexpected(usable.error());
  int count = 0;
  for (const RetentionReason reason :
       {RetentionReason::kTime, RetentionReason::kSize, RetentionReason::kLogStart}) {
    const auto deleted = delete_for(reason, high_watermark, now);
    if (!deleted) return deleted;
    count += *deleted;
  }
  return count;
}

Result<int> PartitionLog::delete_for(RetentionReason reason, Offset high_watermark, Timestamp now) {
  const std::vector<SegmentList::Ptr> all = segments_.all();
  std::vector<SegmentFacts> facts;
  for (const SegmentList::Ptr& segment : all) {
    const SegmentList::Ptr next = segments_.after(*segment);
    SegmentFacts f{segment->base(), next ? next->base() : log_end_, segment->size(), kNoTimestamp};
    if (reason == RetentionReason::kTime) {
      const auto largest = segment->largest_timestamp();
      if (!largest) return fail("reading a time index", largest.error());
      f.newest = Timestamp(largest->timestamp >= 0 ? largest->timestamp : segment->modified_ms());
    }
    facts.push_back(f);
  }
  const std::size_t count =
      segments_past_retention(facts, *config_, high_watermark, log_start_, now, reason);
  if (count == 0) return 0;
  if (count == all.size()) {
    if (auto done = roll(log_end_); !done) return std::unexpected(done.error());
  }
  // The start moves first: a crash in between leaves files that are deleted next time.
  const Offset start = segments_.after(*all[count - 1])->base();
  if (start > log_start_) {
    if (auto done = advance_log_start(start); !done) return std::unexpected(done.error());
  }
  const std::vector<SegmentList::Ptr> old(all.begin(),
                                          all.begin() + static_cast<std::ptrdiff_t>(count));
  if (auto done = drop_segments(old, now); !done) return std::unexpected(done.error());
  env::log_info("kafka.log.UnifiedLog",
                "[UnifiedLog partition={}, dir={}] Deleted {} segments, log start offset is {}",
                to_string(tp_), health_->path, count, log_start_.value);
  return static_cast<int>(count);
}

Result<void> PartitionLog::close() {
  const std::lock_guard one_at_a_time(flush_mutex_);
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return usable;
  if (auto done = producers_->take_snapshot(); !done)
    return fail("writing a snapshot", done.error());
  if (auto done = segments_.active()->seal(); !done) return fail("closing", done.error());
  for (const SegmentList::Ptr& segment : segments_.from(first_unsynced())) {
    if (auto done = segment->flush(); !done) return fail("flushing", done.error());
  }
  if (auto done = epochs_->flush(); !done) return fail("flushing leader epochs", done.error());
  if (producers_->snapshots().contains(log_end_)) {
    if (auto done = sync_file(context_.files, producers_->path(log_end_)); !done)
      return fail("flushing", done.error());
  }
  if (auto done = sync_names(directory_); !done) return done;
  recovery_point_ = log_end_;
  for (const SegmentList::Ptr& segment : segments_.all()) segment->close_files();
  closed_ = true;
  return {};
}

Result<void> PartitionLog::rename_to(const std::string& directory) {
  const std::lock_guard no_flush(flush_mutex_);
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return usable;
  if (auto done = context_.files.rename(directory_, directory); !done) {
    return fail("renaming to " + directory, done.error());
  }
  directory_ = directory;
  for (const SegmentList::Ptr& segment : segments_.all()) segment->moved_to(directory);
  producers_->moved_to(directory);
  epochs_->moved_to(directory);
  own_name_synced_ = false;
  return {};
}

void PartitionLog::moved_for_deletion(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  directory_ = directory;
  for (const SegmentList::Ptr& segment : segments_.all()) {
    segment->moved_to(directory);
    segment->close_files();
  }
  producers_->moved_to(directory);
  epochs_->moved_to(directory);
  chores_.clear();
  closed_ = true;
}

}  // namespace barnabas::log
