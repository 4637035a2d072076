#include "log/log_manager_impl.h"

#include <algorithm>
#include <set>

#include "env/log.h"

namespace barnabas::log {

LogManagerImpl::LogManagerImpl(LogManagerConfig config, env::Files& files, env::Clock& clock,
                               env::Random& random)
    : config_(std::move(config)),
      shared_(std::make_shared<LogContext>(files, clock, random, config_.max_open_files,
                                           config_.producer_id_expiration_ms)) {
  for (const std::string& path : config_.directories) {
    directories_.push_back(std::make_unique<LogDirectory>(files, path));
    LogDirectory* const directory = directories_.back().get();
    directory->health()->recovery_point_lowered = [this, directory] {
      checkpoint_recovery_points(*directory);
    };
  }
}

std::string LogManagerImpl::all_paths() const {
  std::string out;
  for (const std::string& path : config_.directories) out += (out.empty() ? "" : ", ") + path;
  return out;
}

std::expected<std::vector<std::pair<std::string, MetaProperties>>, std::string>
LogManagerImpl::open() {
  std::vector<std::pair<std::string, MetaProperties>> metas;
  for (const auto& directory : directories_) {
    switch (directory->open()) {
      case LogDirectory::Opened::kGood:
        metas.emplace_back(directory->path(), directory->meta());
        break;
      case LogDirectory::Opened::kUnusable: break;
      case LogDirectory::Opened::kLocked:
        return std::unexpected(
            "Failed to acquire lock on file .lock in " + directory->path() +
            ". A Kafka instance in another process or thread is using this directory.");
    }
  }
  if (metas.empty()) {
    return std::unexpected("Shutdown broker because none of the specified log dirs from " +
                           all_paths() + " can be created or validated");
  }
  return metas;
}

Result<void> LogManagerImpl::write_meta_properties(const MetaProperties& wanted) {
  for (const auto& directory : directories_) {
    if (directory->live()) directory->write_meta(wanted, context_.clock.wall().count());
  }
  if (live_directories().empty()) return std::unexpected(ErrorCode::kKafkaStorageError);
  return {};
}

std::vector<LogManagerImpl::Entry> LogManagerImpl::entries(const LogDirectory* only) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> out;
  out.reserve(logs_.size());
  for (const auto& [tp, entry] : logs_) {
    if (only == nullptr || entry.directory == only) out.push_back(entry);
  }
  return out;
}

std::shared_ptr<Log> LogManagerImpl::find(const TopicPartition& tp) {
  const std::lock_guard lock(mutex_);
  const auto it = logs_.find(tp);
  return it == logs_.end() ? nullptr : it->second.log;
}

std::vector<std::shared_ptr<Log>> LogManagerImpl::all() {
  std::vector<std::shared_ptr<Log>> out;
  for (Entry& entry : entries()) out.push_back(std::move(entry.log));
  return out;
}

LogDirectory* LogManagerImpl::least_loaded() const {
  std::map<const LogDirectory*, std::size_t> counts;
  for (const auto& [tp, entry] : logs_) ++counts[entry.directory];
  LogDirectory* best = nullptr;
  for (const auto& directory : directories_) {
    if (!directory->live()) continue;
    if (best == nullptr || counts[directory.get()] < counts[best]) best = directory.get();
  }
  return best;
}

Result<std::shared_ptr<Log>> LogManagerImpl::get_or_create(
    const TopicPartition& tp, TopicId id, std::shared_ptr<const LogConfig> config) {
  const std::lock_guard creating(create_mutex_);
  if (auto log = find(tp)) {
    if (auto done = log->assign_topic_id(id); !done) return std::unexpected(done.error());
    return log;
  }
  LogDirectory* directory = nullptr;
  {
    const std::lock_guard lock(mutex_);
    directory = least_loaded();
  }
  if (directory == nullptr) return std::unexpected(ErrorCode::kKafkaStorageError);
  const std::string path = directory->path() + "/" + to_string(tp);
  const auto failed = [&](std::error_code why) {
    directory->fail("creating log for " + to_string(tp), why.message());
    return std::unexpected(ErrorCode::kKafkaStorageError);
  };
  if (directory->mentions(tp)) {  // deleted before: its points would pass for the new log's
    checkpoint_recovery_points(*directory);
    checkpoint_log_starts(*directory);
  }
  if (auto done = context_.files.make_directories(path); !done) return failed(done.error());
  auto first = std::make_shared<Segment>(context_, path, Offset(0));
  if (!config) config = config_.defaults;
  if (auto done = first->create(*config); !done) return failed(done.error());
  LoadedLog parts;
  parts.segments.add(std::move(first));
  parts.producers = std::make_unique<ProducerStore>(context_, path);
  parts.epochs = std::make_unique<EpochStore>(context_.files, path);
  auto log = std::make_shared<PartitionLog>(context_, tp, path, directory->health(),
                                            std::move(config), std::move(parts));
  if (auto done = log->assign_topic_id(id); !done) return std::unexpected(done.error());
  env::log_info("kafka.log.LogManager", "Created log for partition {} in {}", to_string(tp), path);
  const std::lock_guard lock(mutex_);
  logs_[tp] = {log, directory};
  return log;
}

Result<void> LogManagerImpl::async_delete(const TopicPartition& tp) {
  const std::lock_guard creating(create_mutex_);
  Entry entry;
  {
    const std::lock_guard lock(mutex_);
    const auto it = logs_.find(tp);
    if (it == logs_.end()) return {};
    entry = it->second;
    logs_.erase(it);
  }
  LogDirectory& directory = *entry.directory;
  directory.forget(tp);
  if (!directory.live()) return std::unexpected(ErrorCode::kKafkaStorageError);
  Uuid unique;
  for (std::size_t i = 0; i < unique.bytes.size(); ++i)
    unique.bytes[i] = static_cast<std::uint8_t>(context_.random.next());
  const std::string from = entry.log->directory();
  entry.log->leaves();
  const std::string to = directory.path() + "/" + delete_directory_name(tp, unique);
  if (auto done = context_.files.rename(from, to); !done) {
    directory.fail("renaming log dir for " + to_string(tp), done.error().message());
    return std::unexpected(ErrorCode::kKafkaStorageError);
  }
  entry.log->moved_for_deletion(to);
  env::log_info("kafka.log.LogManager",
                "Log for partition {} is renamed to {} and is scheduled for deletion",
                to_string(tp), to);
  const std::lock_guard lock(mutex_);
  removals_.push_back({context_.now() + entry.log->config()->file_delete_delay_ms, to, &directory});
  return {};
}

std::optional<Offset> LogManagerImpl::checkpointed_high_watermark(const TopicPartition& tp) {
  Entry entry;
  {
    const std::lock_guard lock(mutex_);
    const auto it = logs_.find(tp);
    if (it == logs_.end()) return {};
    entry = it->second;
  }
  const auto value = entry.directory->high_watermark(tp);
  if (!value) return {};
  return std::clamp(*value, entry.log->log_start_offset(), entry.log->log_end_offset());
}

void LogManagerImpl::checkpoint_high_watermarks(const std::map<TopicPartition, Offset>& values) {
  std::map<LogDirectory*, OffsetCheckpoint> by_directory;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& directory : directories_) by_directory[directory.get()];
    for (const auto& [tp, offset] : values) {
      const auto it = logs_.find(tp);
      if (it != logs_.end()) by_directory[it->second.directory][tp] = offset;
    }
  }
  for (const auto& [directory, offsets] : by_directory)
    directory->write_checkpoint(kHighWatermarkFile, offsets);
}

void LogManagerImpl::checkpoint_recovery_points(LogDirectory& directory) {
  OffsetCheckpoint offsets;
  for (const Entry& entry : entries(&directory))
    offsets[entry.log->topic_partition()] = entry.log->recovery_point();
  directory.write_checkpoint(kRecoveryPointFile, offsets);
}

void LogManagerImpl::checkpoint_log_starts(LogDirectory& directory) {
  OffsetCheckpoint offsets;
  for (const Entry& entry : entries(&directory)) {
    const Offset start = entry.log->log_start_offset();
    if (start > entry.log->first_segment_base()) offsets[entry.log->topic_partition()] = start;
  }
  directory.write_checkpoint(kLogStartFile, offsets);
}

void LogManagerImpl::checkpoint_recovery_points() {
  for (const auto& directory : directories_) checkpoint_recovery_points(*directory);
}

void LogManagerImpl::checkpoint_log_start_offsets() {
  for (const auto& directory : directories_) checkpoint_log_starts(*directory);
}

void LogManagerImpl::run_chores(Timestamp now) {
  for (const Entry& entry : entries()) {
    for (Chore& chore : entry.log->take_chores(now)) chore();
  }
  remove_due(now);
}

void LogManagerImpl::remove_due(Timestamp now) {
  std::vector<Removal> due;
  {
    const std::lock_guard lock(mutex_);
    const auto later = std::partition(removals_.begin(), removals_.end(),
                                      [&](const Removal& r) { return r.due <= now; });
    due.assign(removals_.begin(), later);
    removals_.erase(removals_.begin(), later);
  }
  for (const Removal& removal : due) {
    if (!removal.directory->live()) continue;
    if (auto done = context_.files.remove_all(removal.path); !done) {
      removal.directory->fail("removing " + removal.path, done.error().message());
    } else {
      env::log_info("kafka.log.LogManager", "Deleted log in {}.", removal.path);
    }
  }
}

void LogManagerImpl::delete_old_segments(
    const std::function<Offset(const TopicPartition&)>& high_watermark, Timestamp now) {
  for (const Entry& entry : entries()) {
    (void)entry.log->delete_old_segments(high_watermark(entry.log->topic_partition()), now);
  }
}

std::vector<std::string> LogManagerImpl::live_directories() const {
  std::vector<std::string> out;
  for (const auto& directory : directories_) {
    if (directory->live()) out.push_back(directory->path());
  }
  return out;
}

std::vector<std::string> LogManagerImpl::offline_directories() const {
  std::vector<std::string> out;
  for (const auto& directory : directories_) {
    if (!directory->live()) out.push_back(directory->path());
  }
  return out;
}

void LogManagerImpl::shutdown() {
  env::log_info("kafka.log.LogManager", "Shutting down.");
  for (const auto& directory : directories_) {
    bool clean = directory->live();
    for (const Entry& entry : entries(directory.get())) {
      if (!entry.log->close()) clean = false;
    }
    checkpoint_recovery_points(*directory);
    checkpoint_log_starts(*directory);
    if (clean) directory->write_marker();
    directory->unlock();
  }
  env::log_info("kafka.log.LogManager", "Shutdown complete.");
}

std::unique_ptr<LogManager> make_log_manager(LogManagerConfig config, env::Files& files,
                                             env::Clock& clock, env::Random& random) {
  return std::make_unique<LogManagerImpl>(std::move(config), files, clock, random);
}

}  // namespace barnabas::log
