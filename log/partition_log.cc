#include "log/partition_log.h"

#include <limits>

#include "env/log.h"
#include "log/durable_file.h"
#include "log/partition_metadata.h"

namespace barnabas::log {

PartitionLog::PartitionLog(LogContext& context, TopicPartition tp, std::string directory,
                           std::shared_ptr<DirectoryHealth> health,
                           std::shared_ptr<const LogConfig> config, LoadedLog loaded)
    : shared_(context.shared_from_this()),
      tp_(std::move(tp)),
      health_(std::move(health)),
      directory_(std::move(directory)),
      config_(std::move(config)),
      segments_(std::move(loaded.segments)),
      producers_(std::move(loaded.producers)),
      epochs_(std::move(loaded.epochs)),
      topic_id_(loaded.topic_id),
      log_start_(loaded.log_start),
      log_end_(loaded.log_end),
      recovery_point_(loaded.recovery_point) {}

std::string PartitionLog::directory() const {
  const std::lock_guard lock(mutex_);
  return directory_;
}

TopicId PartitionLog::topic_id() const {
  const std::lock_guard lock(mutex_);
  return topic_id_;
}

Result<void> PartitionLog::assign_topic_id(TopicId id) {
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return usable;
  if (id.is_zero() || topic_id_ == id) return {};
  if (!topic_id_.is_zero()) return std::unexpected(ErrorCode::kInconsistentTopicId);
  const std::string path = directory_ + "/" + std::string(kPartitionMetadataFile);
  const auto done = replace_unsynced(context_.files, path, format_partition_metadata(id));
  if (!done) return fail("writing " + path, done.error());
  topic_id_ = id;
  chore(Timestamp(0), [self = weak_from_this()] {
    if (const auto log = self.lock()) log->sync_partition_metadata();
  });
  return {};
}

// Under flush_mutex_, so that the directory is not renamed meanwhile.
void PartitionLog::sync_partition_metadata() {
  const std::lock_guard no_rename(flush_mutex_);
  const std::string path = directory() + "/" + std::string(kPartitionMetadataFile);
  const auto synced = sync_file(context_.files, path);
  if (!synced) (void)fail("syncing " + path, synced.error());
}

std::shared_ptr<const LogConfig> PartitionLog::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void PartitionLog::update_config(std::shared_ptr<const LogConfig> config) {
  const std::lock_guard lock(mutex_);
  config_ = std::move(config);
}

Offset PartitionLog::log_start_offset() const {
  const std::lock_guard lock(mutex_);
  return log_start_;
}

Offset PartitionLog::log_end_offset() const {
  const std::lock_guard lock(mutex_);
  return log_end_;
}

Offset PartitionLog::recovery_point() const {
  const std::lock_guard lock(mutex_);
  return recovery_point_;
}

std::uint64_t PartitionLog::size() const {
  const std::lock_guard lock(mutex_);
  return segments_.size();
}

std::size_t PartitionLog::segment_count() const {
  const std::lock_guard lock(mutex_);
  return segments_.count();
}

Offset PartitionLog::first_segment_base() const {
  const std::lock_guard lock(mutex_);
  return segments_.first()->base();
}

Offset PartitionLog::last_stable_offset(Offset high_watermark) const {
  const std::lock_guard lock(mutex_);
  producers_->state().forget_replicated(high_watermark);
  return producers_->state().first_unstable(high_watermark).value_or(high_watermark);
}

bool PartitionLog::has_open_transaction(ProducerId id) const {
  const std::lock_guard lock(mutex_);
  return producers_->state().has_open_transaction(id);
}

std::vector<ProducerEntry> PartitionLog::active_producers() const {
  const std::lock_guard lock(mutex_);
  return producers_->state().entries();
}

void PartitionLog::expire_producers(Timestamp now) {
  const std::lock_guard lock(mutex_);
  producers_->state().expire(now, context_.producer_expiration_ms);
}

std::optional<LeaderEpoch> PartitionLog::latest_epoch() const {
  const std::lock_guard lock(mutex_);
  return epochs_->cache().latest();
}

std::optional<LeaderEpoch> PartitionLog::epoch_of_locked(Offset offset) const {
  return epochs_->cache().epoch_of(offset);
}

std::optional<LeaderEpoch> PartitionLog::epoch_of_offset(Offset offset) const {
  const std::lock_guard lock(mutex_);
  return epoch_of_locked(offset);
}

EpochEnd PartitionLog::end_offset_for_epoch(LeaderEpoch epoch) const {
  const std::lock_guard lock(mutex_);
  const auto [found, end] = epochs_->cache().end_offset_for(epoch, log_end_);
  return {found, end};
}

Result<void> PartitionLog::assign_epoch_start(LeaderEpoch epoch, Offset start) {
  const std::lock_guard lock(mutex_);
  if (auto usable = check_usable(); !usable) return usable;
  const auto done = epochs_->assign(epoch, start);
  if (!done) return fail("writing leader epochs", done.error());
  return {};
}

Result<void> PartitionLog::check_usable() const {
  if (closed_ || health_->failed) return std::unexpected(ErrorCode::kKafkaStorageError);
  return {};
}

std::unexpected<ErrorCode> PartitionLog::fail(std::string_view doing, std::error_code why) const {
  const bool moved_away = leaving_ && why == std::errc::no_such_file_or_directory;
  if (!moved_away && !health_->failed.exchange(true)) {
    env::log_error("kafka.log.UnifiedLog", "Error while {} for {} in dir {}: {}", doing,
                   to_string(tp_), health_->path, why.message());
  }
  return std::unexpected(ErrorCode::kKafkaStorageError);
}

void PartitionLog::chore(Timestamp due, Chore run) { chores_.push_back({due, std::move(run)}); }

void PartitionLog::flush_later(Offset up_to) {
  chore(Timestamp(0), [self = weak_from_this(), up_to] {
    if (const auto log = self.lock()) (void)log->flush(up_to);
  });
}

// flush.ms is checked here: the first call after an append starts the time.
std::vector<Chore> PartitionLog::take_chores(Timestamp now) {
  const std::lock_guard lock(mutex_);
  if (closed_) return {};
  if (config_->flush_ms < std::numeric_limits<std::int64_t>::max() && recovery_point_ < log_end_) {
    if (unflushed_since_ == kNoTimestamp) unflushed_since_ = now;
    if (now - unflushed_since_ >= config_->flush_ms) {
      unflushed_since_ = kNoTimestamp;
      flush_later(log_end_);
    }
  }
  std::vector<Chore> out;
  std::vector<DueChore> later;
  for (DueChore& c : chores_) {
    if (c.due <= now) {
      out.push_back(std::move(c.run));
    } else {
      later.push_back(std::move(c));
    }
  }
  chores_ = std::move(later);
  return out;
}

}  // namespace barnabas::log
