#include "log/entry_index.h"

namespace barnabas::log {

template <class Entry>
env::IoResult<void> EntryIndex<Entry>::open_sealed() {
  active_ = false;
  entries_ = {};
  const auto stat = context_.files.stat(file_.path());
  if (!stat && stat.error() != std::errc::no_such_file_or_directory)
    return std::unexpected(stat.error());
  count_ = stat ? stat->size / Entry::kSize : 0;
  id_ = context_.index_cache.new_id();
  return {};
}

template <class Entry>
env::IoResult<void> EntryIndex<Entry>::activate(std::size_t max_bytes, bool keep_entries) {
  const auto file = file_.get(true);
  if (!file) return std::unexpected(file.error());
  entries_ = {};
  if (keep_entries && count_ > 0) {
    std::vector<std::byte> content(count_ * Entry::kSize);
    const auto read = (*file)->read_at(0, content);
    if (!read) return std::unexpected(read.error());
    content.resize(*read);
    entries_ = parse_entries<Entry>(content);
  }
  count_ = written_ = entries_.size();
  capacity_ = max_bytes / Entry::kSize;
  active_ = true;
  // Down to the entries first, so that what stood behind them is zeros.
  const auto cut = (*file)->truncate(count_ * Entry::kSize);
  if (!cut) return cut;
  return (*file)->truncate(capacity_ * Entry::kSize);
}

template <class Entry>
env::IoResult<void> EntryIndex<Entry>::write_pending() {
  if (written_ == entries_.size()) return {};
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  const auto content = format_entries<Entry>(std::span<const Entry>(entries_).subspan(written_));
  const env::Bytes piece(content);
  const auto done = (*file)->write_at(written_ * Entry::kSize, {&piece, 1});
  if (done) written_ = entries_.size();
  return done;
}

template <class Entry>
env::IoResult<void> EntryIndex<Entry>::seal() {
  if (!active_) return {};
  auto done = write_pending();
  if (!done) return done;
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  done = (*file)->truncate(count_ * Entry::kSize);
  if (!done) return done;
  active_ = false;
  entries_ = {};
  written_ = 0;
  id_ = context_.index_cache.new_id();
  return {};
}

template <class Entry>
env::IoResult<void> EntryIndex<Entry>::truncate(std::size_t count) {
  if (count >= count_) return {};
  entries_.resize(count);
  count_ = count;
  if (count >= written_) return {};
  written_ = count;
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  const auto cut = (*file)->truncate(count * Entry::kSize);
  return cut ? (*file)->truncate(capacity_ * Entry::kSize) : cut;
}

template <class Entry>
env::IoResult<Entry> EntryIndex<Entry>::at(std::size_t i) const {
  if (active_) return entries_[i];
  constexpr std::size_t kPerBlock = IndexCache::kBlockBytes / Entry::kSize;
  const auto file = file_.get();
  if (!file) return std::unexpected(file.error());
  const auto block =
      context_.index_cache.get(id_, static_cast<std::uint32_t>(i / kPerBlock), **file);
  if (!block) return std::unexpected(block.error());
  const std::size_t at = i % kPerBlock * Entry::kSize;
  if (at + Entry::kSize > (*block)->size())
    return std::unexpected(std::make_error_code(std::errc::io_error));
  return Entry::parse((*block)->data() + at);
}

template <class Entry>
env::IoResult<std::optional<Entry>> EntryIndex<Entry>::last() const {
  if (count_ == 0) return std::optional<Entry>();
  const auto entry = at(count_ - 1);
  if (!entry) return std::unexpected(entry.error());
  return std::optional<Entry>(*entry);
}

template class EntryIndex<OffsetEntry>;
template class EntryIndex<TimeEntry>;

}  // namespace barnabas::log
