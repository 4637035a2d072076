#include "log/epoch_store.h"

#include <algorithm>

#include "log/durable_file.h"

namespace barnabas::log {

EpochStore::EpochStore(env::Files& files, const std::string& directory) : files_(files) {
  moved_to(directory);
}

void EpochStore::moved_to(const std::string& directory) {
  path_ = directory + "/" + std::string(kEpochFile);
}

env::IoResult<void> EpochStore::create() {
  const auto file = files_.open(path_, env::OpenMode::kCreate);
  return file ? env::IoResult<void>() : std::unexpected(file.error());
}

std::expected<void, std::string> EpochStore::load() {
  const auto text = env::read_file(files_, path_);
  if (!text && text.error() == std::errc::no_such_file_or_directory) {
    const auto made = create();
    if (!made) return std::unexpected(path_ + ": " + made.error().message());
    return {};
  }
  if (!text) return std::unexpected(path_ + ": " + text.error().message());
  const bool cut = !text->empty() && text->back() != '\n';
  if (cut) return std::unexpected(path_ + ": the last line is cut off");
  auto entries = parse_epoch_checkpoint(*text, path_);
  if (!entries) return std::unexpected(entries.error());
  cache_ = LeaderEpochCache(std::move(*entries));
  return {};
}

env::IoResult<void> EpochStore::assign(LeaderEpoch epoch, Offset start) {
  return write(cache_.assign(epoch, start));
}

env::IoResult<void> EpochStore::truncate_from_end(Offset end) {
  return write(cache_.truncate_from_end(end));
}

env::IoResult<void> EpochStore::truncate_from_start(Offset start) {
  return write(cache_.truncate_from_start(start));
}

// Synced: what the log begins anew with need not contradict the old epochs.
env::IoResult<void> EpochStore::clear() {
  if (!cache_.clear()) return {};
  return env::replace_file(files_, path_, format_epoch_checkpoint(cache_.entries()));
}

env::IoResult<void> EpochStore::replace(LeaderEpochCache cache) {
  const bool changed = cache.entries() != cache_.entries();
  cache_ = std::move(cache);
  return write(changed);
}

env::IoResult<void> EpochStore::write(bool changed) {
  if (!changed) return {};
  ++changes_;
  return replace_unsynced(files_, path_, format_epoch_checkpoint(cache_.entries()));
}

std::optional<EpochStore::Unsynced> EpochStore::unsynced() const {
  if (changes_ == synced_changes_) return std::nullopt;
  return Unsynced{path_, changes_};
}

void EpochStore::synced(const Unsynced& file) {
  synced_changes_ = std::max(synced_changes_, file.changes);
}

env::IoResult<void> EpochStore::flush() {
  const auto file = unsynced();
  if (!file) return {};
  const auto done = sync_file(files_, file->path);
  if (done) synced(*file);
  return done;
}

}  // namespace barnabas::log
