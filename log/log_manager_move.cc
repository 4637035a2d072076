// LogManager: logs that move to another log directory.
#include "env/log.h"
#include "log/durable_file.h"
#include "log/log_manager_impl.h"

namespace barnabas::log {
namespace {

// In a future log's directory from before the swap until its end, and in one that was made while
// another log directory had failed until that is back: where another log of the same partition
// stands beside it, that one is the old one. Loaders that do not know the file pass it over,
// Kafka's among them.
constexpr std::string_view kTakesOverFile = "takes-over";

std::string marker_in(const std::string& path) { return path + "/" + std::string(kTakesOverFile); }

// Epochs first: what lies beyond a later epoch's start was never promised.
bool is_ahead(const Log& a, const Log& b) {
  const auto reach = [](const Log& log) {
    return std::pair(log.latest_epoch().value_or(kNoLeaderEpoch), log.log_end_offset());
  };
  return reach(a) > reach(b);
}

}  // namespace

std::shared_ptr<Log> LogManagerImpl::find_future(const TopicPartition& tp) {
  const auto entry = entry_in(futures_, tp);
  return entry && entry->directory->live() ? entry->log : nullptr;
}

void LogManagerImpl::prefer_directory(const TopicPartition& tp, const std::string& directory) {
  const std::lock_guard lock(mutex_);
  for (const Logs* logs : {&logs_, &futures_}) {
    const auto it = logs->find(tp);
    if (it != logs->end() && it->second.directory->path() == directory) return;
  }
  preferred_[tp] = directory;
}

Result<std::shared_ptr<Log>> LogManagerImpl::get_or_create_future(
    const TopicPartition& tp, const std::string& directory, TopicId id,
    std::shared_ptr<const LogConfig> config) {
  const std::lock_guard creating(create_mutex_);
  if (auto future = find_future(tp)) return future;
  if (!find(tp)) return std::unexpected(ErrorCode::kReplicaNotAvailable);
  LogDirectory* const target = directory_at(directory);
  if (target == nullptr || !target->live()) return std::unexpected(ErrorCode::kKafkaStorageError);
  const std::string name = future_directory_name(tp, unique_name());
  if (name.empty()) return std::unexpected(ErrorCode::kInvalidTopicException);
  auto log = make_log(*target, name, tp, id, std::move(config));
  if (!log) return std::unexpected(log.error());
  const std::lock_guard lock(mutex_);
  futures_[tp] = {*log, target};
  preferred_.erase(tp);
  return *std::move(log);
}

Result<void> LogManagerImpl::abandon_future(const TopicPartition& tp) {
  const std::lock_guard creating(create_mutex_);
  const auto future = take_out_of(futures_, tp);
  if (!future) return {};
  return retire(*future);
}

Result<LogManagerImpl::Pair> LogManagerImpl::pair_of(const Log& future) const {
  const auto current = entry_in(logs_, future.topic_partition());
  const auto copy = entry_in(futures_, future.topic_partition());
  const bool both = current && copy && copy->log.get() == &future;
  if (!both) return std::unexpected(ErrorCode::kReplicaNotAvailable);
  return Pair{*current, *copy};
}

// Everything but the last few records is on the disk before the old log can go: a power cut may
// then take no more than it might have taken of the old one.
Result<void> LogManagerImpl::prepare_swap(const std::shared_ptr<Log>& copy) {
  const auto pair = pair_of(*copy);
  if (!pair) return std::unexpected(pair.error());
  const auto& [current, future] = *pair;
  // What waits for its time knows the directory by its old name.
  const Timestamp all_due = context_.now() + future.log->config()->file_delete_delay_ms;
  for (Chore& chore : future.log->take_chores(all_due)) chore();
  const auto flushed = future.log->flush(future.log->log_end_offset());
  if (!flushed) return flushed;
  auto done = context_.files.remove(marker_in(current.log->directory()));
  if (!done) {
    current.directory->fail("removing a marker", done.error().message());
    return std::unexpected(ErrorCode::kKafkaStorageError);
  }
  return mark_takes_over(*future.log, *future.directory);
}

Result<void> LogManagerImpl::mark_takes_over(const PartitionLog& log, LogDirectory& directory) {
  const std::string path = log.directory();
  auto done = write_unsynced(context_.files, marker_in(path), {});
  if (done) done = sync_file(context_.files, marker_in(path));
  if (done) done = context_.files.sync_directory(path);
  if (done) return {};
  directory.fail("writing a marker", done.error().message());
  return std::unexpected(ErrorCode::kKafkaStorageError);
}

Result<Swapped> LogManagerImpl::swap(const std::shared_ptr<Log>& copy) {
  const std::lock_guard creating(create_mutex_);
  const auto pair = pair_of(*copy);
  if (!pair) return std::unexpected(pair.error());
  const auto& [current, future] = *pair;
  const TopicPartition& tp = copy->topic_partition();
  const std::string place = future.directory->path() + "/" + to_string(tp);
  if (auto done = future.log->rename_to(place); !done) return std::unexpected(done.error());
  {
    const std::lock_guard lock(mutex_);
    logs_[tp] = future;
    futures_.erase(tp);
  }
  const auto retired = retire(current);
  return Swapped{future.log, current.directory->path(), retired.has_value()};
}

// The marker goes last, once both names are on the disk.
void LogManagerImpl::settle_swap(const TopicPartition& tp, const Swapped& swapped,
                                 Offset high_watermark) {
  LogDirectory* const from = directory_at(swapped.from);
  const auto entry = entry_in(logs_, tp);
  if (from == nullptr || !entry || entry->log != swapped.log) return;  // deleted meanwhile
  LogDirectory& to = *entry->directory;
  to.write_high_watermark(tp, high_watermark);
  from->write_high_watermark(tp, std::nullopt);
  for (LogDirectory* const directory : {from, &to}) {
    checkpoint_recovery_points(*directory);
    checkpoint_log_starts(*directory);
    if (!directory->live()) continue;
    const auto synced = context_.files.sync_directory(directory->path());
    if (!synced) directory->fail("syncing after a move", synced.error().message());
  }
  if (!swapped.old_is_gone || !from->live() || !to.live()) return;
  const auto done = context_.files.remove(marker_in(entry->log->directory()));
  if (!done) to.fail("removing a marker", done.error().message());
}

// --- at load

bool LogManagerImpl::takes_over(const std::string& path) const {
  return context_.files.stat(marker_in(path)).has_value();
}

// `loaded` is a second log of its partition. If one of the two says that it takes over, it does;
// yet of two logs of one topic the one that is ahead has all that was promised: the one that took
// over may have failed too, and the other have gone on.
std::expected<void, std::string> LogManagerImpl::settle_rivals(const Entry& loaded) {
  const TopicPartition& tp = loaded.log->topic_partition();
  const Entry other = *entry_in(logs_, tp);
  const std::string paths = loaded.log->directory() + ", " + other.log->directory();
  const bool marked = takes_over(loaded.log->directory());
  if (marked == takes_over(other.log->directory())) {
    return std::unexpected("Duplicate log directories found: " + paths + "!");
  }
  const Entry& heir = marked ? loaded : other;
  const Entry& old = marked ? other : loaded;
  const bool old_stays =
      heir.log->topic_id() == old.log->topic_id() && is_ahead(*old.log, *heir.log);
  const Entry& kept = old_stays ? old : heir;
  env::log_warn("kafka.log.LogLoader",
                "{}: a move had not quite ended, or a directory is back; {} stays", paths,
                kept.log->directory());
  take_out_of(logs_, tp);
  (void)retire(old_stays ? heir : old);
  const std::lock_guard lock(mutex_);
  logs_[tp] = kept;
  return {};
}

// After all directories: a copy whose log has gone takes its place if it was about to, else it has
// lost its purpose. With a directory offline nobody can tell.
void LogManagerImpl::finish_swaps() {
  for (const Entry& entry : entries()) {
    const TopicPartition& tp = entry.log->topic_partition();
    const std::string path = entry.log->directory();
    const bool marked = takes_over(path);
    if (!entry.log->is_future()) {
      if (marked && offline_directories().empty()) (void)context_.files.remove(marker_in(path));
      continue;
    }
    if (find(tp) || !offline_directories().empty()) continue;
    take_out_of(futures_, tp);
    if (!marked) {
      (void)retire(entry);
      continue;
    }
    if (!entry.log->rename_to(entry.directory->path() + "/" + to_string(tp))) continue;
    logs_[tp] = entry;
    (void)context_.files.remove(marker_in(entry.log->directory()));
  }
}

}  // namespace barnabas::log
