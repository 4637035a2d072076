#include "log/producer_store.h"

#include "env/log.h"
#include "log/durable_file.h"
#include "log/file_name.h"
#include "log/producer_snapshot.h"

namespace barnabas::log {

std::string ProducerStore::path(Offset snapshot) const {
  return directory_ + "/" + file_name(snapshot, FileKind::kSnapshot);
}

env::IoResult<void> ProducerStore::write(Offset at, const std::vector<ProducerEntry>& entries) {
  const auto done = write_unsynced(context_.files, path(at), format_snapshot(entries));
  if (done) snapshots_.insert(at);
  return done;
}

env::IoResult<void> ProducerStore::take_snapshot() {
  if (map_end_ <= last_snapshot_) return {};
  const auto done = write(map_end_, state_.entries());
  if (done) last_snapshot_ = map_end_;
  return done;
}

env::IoResult<void> ProducerStore::take_empty_snapshot(Offset at) {
  const auto done = write(at, {});
  if (done) map_end_ = last_snapshot_ = at;
  return done;
}

env::IoResult<void> ProducerStore::reload(Offset log_start, Offset log_end, Timestamp now) {
  const std::set<Offset> all = snapshots_;
  for (const Offset at : all) {
    if (at > log_start && at <= log_end) continue;
    if (auto done = remove(at); !done) return done;
  }
  if (map_end_ == log_end) {
    log_start_advanced(log_start);
    return {};
  }
  state_.clear();
  map_end_ = last_snapshot_ = log_start;
  while (!snapshots_.empty()) {
    const Offset newest = *snapshots_.rbegin();
    const auto loaded = load_from(newest, now);
    if (!loaded) return std::unexpected(loaded.error());
    if (*loaded) {
      map_end_ = last_snapshot_ = newest;
      return {};
    }
    if (auto done = remove(newest); !done) return done;
  }
  return {};
}

env::IoResult<bool> ProducerStore::load_from(Offset snapshot, Timestamp now) {
  const auto content = env::read_file(context_.files, path(snapshot));
  if (!content && content.error() == std::errc::no_such_file_or_directory) return false;
  if (!content) return std::unexpected(content.error());
  auto entries = parse_snapshot(std::as_bytes(std::span(content->data(), content->size())));
  if (!entries) {
    env::log_warn("kafka.log.UnifiedLog", "Failed to load producer snapshot from '{}': {}",
                  path(snapshot), entries.error());
    return false;
  }
  for (ProducerEntry& entry : *entries) state_.load(std::move(entry));
  state_.expire(now, context_.producer_expiration_ms);
  return true;
}

env::IoResult<void> ProducerStore::restart_at(Offset offset) {
  state_.clear();
  const std::set<Offset> all = snapshots_;
  for (const Offset at : all) {
    if (auto done = remove(at); !done) return done;
  }
  map_end_ = last_snapshot_ = offset;
  return {};
}

void ProducerStore::log_start_advanced(Offset log_start) {
  state_.forget_replicated(log_start);
  if (map_end_ >= log_start) return;
  map_end_ = log_start;
  last_snapshot_ = snapshots_.empty() ? log_start : *snapshots_.rbegin();
}

env::IoResult<void> ProducerStore::remove_stray(const std::set<Offset>& segment_bases) {
  const std::set<Offset> all = snapshots_;
  for (const Offset at : all) {
    if (segment_bases.contains(at)) continue;
    const bool newest = at == *all.rbegin();
    if (newest && (segment_bases.empty() || at > *segment_bases.rbegin())) continue;
    if (auto done = remove(at); !done) return done;
  }
  return {};
}

env::IoResult<void> ProducerStore::remove(Offset snapshot) {
  if (snapshots_.erase(snapshot) == 0) return {};
  return context_.files.remove(path(snapshot));
}

env::IoResult<std::optional<std::string>> ProducerStore::mark_deleted(Offset snapshot) {
  if (snapshots_.erase(snapshot) == 0) return std::optional<std::string>();
  const std::string from = path(snapshot);
  const std::string to = from + std::string(kDeletedSuffix);
  const auto done = context_.files.rename(from, to);
  if (!done && done.error() == std::errc::no_such_file_or_directory)
    return std::optional<std::string>();
  if (!done) return std::unexpected(done.error());
  return std::optional(to);
}

}  // namespace barnabas::log
