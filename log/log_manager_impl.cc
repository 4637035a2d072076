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
  return entries_locked(only);
}

std::vector<LogManagerImpl::Entry> LogManagerImpl::entries_locked(const LogDirectory* only) const {
  std::vector<Entry> out;
  out.reserve(logs_.size() + futures_.size());
  for (const Logs* logs : {&logs_, &futures_}) {
    for (const auto& [tp, entry] : *logs) {
      if (only == nullptr || entry.directory == only) out.push_back(entry);
    }
  }
  return out;
}

std::optional<LogManagerImpl::Entry> LogManagerImpl::entry_in(const Logs& logs,
                                                              const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  const auto it = logs.find(tp);
  if (it == logs.end()) return {};
  return it->second;
}

std::optional<LogManagerImpl::Entry> LogManagerImpl::take_out_of(Logs& logs,
                                                                 const TopicPartition& tp) {
  const std::lock_guard lock(mutex_);
  auto node = logs.extract(tp);
  if (node.empty()) return {};
  return std::move(node.mapped());
}

std::shared_ptr<Log> LogManagerImpl::find(const TopicPartition& tp) {
  const auto entry = entry_in(logs_, tp);
  return entry ? entry->log : nullptr;
}

std::vector<std::shared_ptr<Log>> LogManagerImpl::all() {
  std::vector<std::shared_ptr<Log>> out;
  for (Entry& entry : entries()) out.push_back(std::move(entry.log));
  return out;
}

LogDirectory* LogManagerImpl::least_loaded() const {
  std::map<const LogDirectory*, std::size_t> counts;
  for (const Logs* logs : {&logs_, &futures_}) {
    for (const auto& [tp, entry] : *logs) ++counts[entry.directory];
  }
  LogDirectory* best = nullptr;
  for (const auto& directory : directories_) {
    if (!directory->live()) continue;
    if (best == nullptr || counts[directory.get()] < counts[best]) best = directory.get();
  }
  return best;
}

LogDirectory* LogManagerImpl::directory_at(const std::string& path) const {
  for (const auto& directory : directories_) {
    if (directory->path() == path) return directory.get();
  }
  return nullptr;
}

LogDirectory* LogManagerImpl::directory_for(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  const auto preferred = preferred_.find(tp);
  if (preferred == preferred_.end()) return least_loaded();
  LogDirectory* const directory = directory_at(preferred->second);
  return directory != nullptr && directory->live() ? directory : nullptr;
}

Result<std::shared_ptr<Log>> LogManagerImpl::get_or_create(
    const TopicPartition& tp, TopicId id, std::shared_ptr<const LogConfig> config) {
  const std::lock_guard creating(create_mutex_);
  if (auto log = find(tp)) {
    if (auto done = log->assign_topic_id(id); !done) return std::unexpected(done.error());
    return log;
  }
  LogDirectory* const directory = directory_for(tp);
  if (directory == nullptr) return std::unexpected(ErrorCode::kKafkaStorageError);
  // The process before may have renamed one of that name, and ended before that was certain.
  for (const auto& other : directories_) {
    if (other.get() != directory) other->settle_names();
  }
  auto log = make_log(*directory, to_string(tp), tp, id, std::move(config));
  if (!log) return std::unexpected(log.error());
  if (!offline_directories().empty()) {  // one of them may hold a log of this partition
    if (auto done = mark_takes_over(**log, *directory); !done) return std::unexpected(done.error());
  }
  const std::lock_guard lock(mutex_);
  logs_[tp] = {*log, directory};
  preferred_.erase(tp);
  return *std::move(log);
}

Result<std::shared_ptr<PartitionLog>> LogManagerImpl::make_log(
    LogDirectory& directory, const std::string& name, const TopicPartition& tp, TopicId id,
    std::shared_ptr<const LogConfig> config) {
  const std::string path = directory.path() + "/" + name;
  const auto failed = [&](std::error_code why) {
    directory.fail("creating log for " + to_string(tp), why.message());
    return std::unexpected(ErrorCode::kKafkaStorageError);
  };
  if (directory.mentions(tp)) {  // deleted before: its points would pass for the new log's
    checkpoint_recovery_points(directory);
    checkpoint_log_starts(directory);
  }
  if (auto done = context_.files.make_directories(path); !done) return failed(done.error());
  auto first = std::make_shared<Segment>(context_, path, Offset(0));
  if (!config) config = config_.defaults;
  if (auto done = first->create(*config); !done) return failed(done.error());
  LoadedLog parts;
  parts.segments.add(std::move(first));
  parts.producers = std::make_unique<ProducerStore>(context_, path);
  parts.epochs = std::make_unique<EpochStore>(context_.files, path);
  if (auto done = parts.epochs->create(); !done) return failed(done.error());
  auto log = std::make_shared<PartitionLog>(context_, tp, path, directory.health(),
                                            std::move(config), std::move(parts));
  if (auto done = log->assign_topic_id(id); !done) return std::unexpected(done.error());
  // Should a power failure keep the second segment's name and lose the first's, the log would seem
  // to begin at the second, and a leader with such a log would have its followers delete theirs.
  if (auto done = context_.files.sync_directory(path); !done) return failed(done.error());
  env::log_info("kafka.log.LogManager", "Created log for partition {} in {}", to_string(tp), path);
  return log;
}

Result<void> LogManagerImpl::async_delete(const TopicPartition& tp) {
  const std::lock_guard creating(create_mutex_);
  // The copy first: without a log it would be taken for what a crash has left.
  Result<void> copy_gone;
  if (const auto future = take_out_of(futures_, tp)) copy_gone = retire(*future);
  const auto entry = take_out_of(logs_, tp);
  if (!entry) return copy_gone;
  return retire(*entry);
}

Uuid LogManagerImpl::unique_name() {
  Uuid unique;
  for (std::uint8_t& byte : unique.bytes) byte = static_cast<std::uint8_t>(context_.random.next());
  return unique;
}

// The new path.
Result<std::string> LogManagerImpl::move_away(const Entry& entry, const std::string& name) {
  const TopicPartition& tp = entry.log->topic_partition();
  LogDirectory& directory = *entry.directory;
  directory.forget(tp);
  if (!directory.live()) return std::unexpected(ErrorCode::kKafkaStorageError);
  const std::string from = entry.log->directory();
  entry.log->leaves();
  const std::string to = directory.path() + "/" + name;
  if (auto done = context_.files.rename(from, to); !done) {
    directory.fail("renaming log dir for " + to_string(tp), done.error().message());
    return std::unexpected(ErrorCode::kKafkaStorageError);
  }
  entry.log->moved_for_deletion(to);
  // What a power failure brings back would bar the way of a log that was made elsewhere meanwhile.
  directory.renamed();
  directory.settle_names();
  if (!directory.live()) return std::unexpected(ErrorCode::kKafkaStorageError);
  return to;
}

Result<void> LogManagerImpl::retire(const Entry& entry) {
  const TopicPartition& tp = entry.log->topic_partition();
  auto to = move_away(entry, delete_directory_name(tp, unique_name()));
  if (!to) return std::unexpected(to.error());
  env::log_info("kafka.log.LogManager",
                "Log for partition {} is renamed to {} and is scheduled for deletion",
                to_string(tp), *to);
  remove_later(*entry.directory, *std::move(to),
               context_.now() + entry.log->config()->file_delete_delay_ms);
  return {};
}

Result<void> LogManagerImpl::set_aside(const TopicPartition& tp) {
  const std::lock_guard creating(create_mutex_);
  if (const auto future = take_out_of(futures_, tp)) (void)retire(*future);
  const auto entry = take_out_of(logs_, tp);
  if (!entry) return {};
  const auto to = move_away(*entry, stray_directory_name(tp, unique_name()));
  if (!to) return std::unexpected(to.error());
  env::log_warn("kafka.log.LogManager",
                "Log for partition {} is of a topic that is gone: it is set aside as {}",
                to_string(tp), *to);
  return {};
}

void LogManagerImpl::remove_later(LogDirectory& directory, std::string path, Timestamp due) {
  const std::lock_guard lock(mutex_);
  removals_.push_back({due, std::move(path), &directory});
}

std::optional<Offset> LogManagerImpl::checkpointed_high_watermark(const TopicPartition& tp) {
  const auto entry = entry_in(logs_, tp);
  if (!entry) return {};
  const auto value = entry->directory->high_watermark(tp);
  if (!value) return {};
  return std::clamp(*value, entry->log->log_start_offset(), entry->log->log_end_offset());
}

// A copy's stands in the file of its own directory, so that it is there after the swap.
void LogManagerImpl::checkpoint_high_watermarks(const std::map<TopicPartition, Offset>& values) {
  std::map<LogDirectory*, OffsetCheckpoint> by_directory;
  for (const auto& directory : directories_) by_directory[directory.get()];
  for (const Entry& entry : entries()) {
    const auto value = values.find(entry.log->topic_partition());
    if (value == values.end()) continue;
    by_directory[entry.directory][value->first] =
        std::min(value->second, entry.log->log_end_offset());
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
    if (entry.log->is_future()) continue;  // has no readers; its start follows the log's
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

std::optional<LogManagerImpl::Entry> LogManagerImpl::next_to_close() {
  const std::lock_guard lock(mutex_);
  if (!to_close_) to_close_ = entries_locked(nullptr);
  if (to_close_->empty()) return std::nullopt;
  Entry entry = std::move(to_close_->back());
  to_close_->pop_back();
  return entry;
}

void LogManagerImpl::close_logs() {
  while (const auto entry = next_to_close()) {
    if (!entry->log->close()) entry->directory->not_clean();
  }
}

void LogManagerImpl::shutdown() {
  env::log_info("kafka.log.LogManager", "Shutting down.");
  close_logs();
  for (const auto& directory : directories_) {
    checkpoint_recovery_points(*directory);
    checkpoint_log_starts(*directory);
    directory->write_marker();
    directory->unlock();
  }
  env::log_info("kafka.log.LogManager", "Shutdown complete.");
}

std::unique_ptr<LogManager> make_log_manager(LogManagerConfig config, env::Files& files,
                                             env::Clock& clock, env::Random& random) {
  return std::make_unique<LogManagerImpl>(std::move(config), files, clock, random);
}

}  // namespace barnabas::log
