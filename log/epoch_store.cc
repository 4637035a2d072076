#include "log/epoch_store.h"

#include "log/durable_file.h"

namespace barnabas::log {

EpochStore::EpochStore(env::Files& files, const std::string& directory) : files_(files) {
  moved_to(directory);
}

void EpochStore::moved_to(const std::string& directory) {
  path_ = directory + "/" + std::string(kEpochFile);
}

std::expected<void, std::string> EpochStore::load() {
  const auto text = env::read_file(files_, path_);
  if (!text && text.error() == std::errc::no_such_file_or_directory) return {};
  if (!text) return std::unexpected(path_ + ": " + text.error().message());
  first_write_ = text->empty();
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

env::IoResult<void> EpochStore::clear() { return write(cache_.clear()); }

env::IoResult<void> EpochStore::write(bool changed) {
  if (!changed) return {};
  const std::string text = format_epoch_checkpoint(cache_.entries());
  if (!first_write_) return env::replace_file(files_, path_, text);
  const auto done = replace_unsynced(files_, path_, text);
  if (done) {
    first_write_ = false;
    unsynced_ = true;
  }
  return done;
}

env::IoResult<void> EpochStore::flush() {
  if (!unsynced_) return {};
  const auto done = sync_file(files_, path_);
  if (done) unsynced_ = false;
  return done;
}

}  // namespace barnabas::log
