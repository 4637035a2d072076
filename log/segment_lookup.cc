// Segment: finding places, and the files as a whole.
#include <algorithm>

#include "log/segment.h"

namespace barnabas::log {

void Segment::remember(Offset first, std::uint64_t position) {
  if (!recent_) recent_ = std::make_unique<std::array<Recent, kRecent>>();
  (*recent_)[next_recent_] = {first, position};
  next_recent_ = (next_recent_ + 1) % kRecent;
}

void Segment::forget_recent() {
  recent_.reset();
  next_recent_ = 0;
}

env::IoResult<SearchHint> Segment::hint(Offset target) const {
  if (recent_) {
    for (const Recent& r : *recent_) {
      if (r.first == target) return SearchHint{r.position, true};
    }
  }
  const auto entry = offset_index_.floor(
      [&](const OffsetEntry& e) { return base_ + std::int64_t{e.relative_offset} <= target; });
  if (!entry) return std::unexpected(entry.error());
  return SearchHint{*entry ? static_cast<std::uint64_t>((*entry)->position) : 0, false};
}

env::IoResult<std::optional<BatchPlace>> Segment::find(Offset target) const {
  const auto from = hint(target);
  if (!from) return std::unexpected(from.error());
  const auto file = log_.get();
  if (!file) return std::unexpected(file.error());
  BatchScanner scanner(*file, from->position, size_);
  for (;;) {
    auto place = scanner.next();
    if (!place || !*place || (*place)->last >= target) return place;
  }
}

env::IoResult<std::optional<Offset>> Segment::next_offset() const {
  const auto last = offset_index_.last();
  if (!last) return std::unexpected(last.error());
  const auto file = log_.get();
  if (!file) return std::unexpected(file.error());
  BatchScanner scanner(*file, *last ? static_cast<std::uint64_t>((*last)->position) : 0, size_);
  Offset next = base_;
  for (;;) {
    const auto place = scanner.next();
    if (!place) return std::unexpected(place.error());
    if (!*place) break;
    next = (*place)->last + 1;
  }
  return scanner.ended_in_fault() ? std::optional<Offset>() : next;
}

env::IoResult<bool> Segment::indexes_rise() const {
  OffsetEntry before{-1, 0};
  for (std::size_t i = 0; i < offset_index_.size(); ++i) {
    const auto entry = offset_index_.at(i);
    if (!entry) return std::unexpected(entry.error());
    if (entry->relative_offset <= before.relative_offset || entry->position <= before.position)
      return false;
    before = *entry;
  }
  TimeEntry earlier{-1, -1};
  for (std::size_t i = 0; i < time_index_.size(); ++i) {
    const auto entry = time_index_.at(i);
    if (!entry) return std::unexpected(entry.error());
    if (entry->timestamp <= earlier.timestamp || entry->relative_offset < earlier.relative_offset)
      return false;
    earlier = *entry;
  }
  return true;
}

env::IoResult<std::optional<std::string>> Segment::index_fault(bool every_entry) const {
  const auto bad = [](const char* why) { return std::optional<std::string>(why); };
  const auto offsets = context_.files.stat(path(FileKind::kOffsetIndex));
  if (!offsets && offsets.error() != std::errc::no_such_file_or_directory)
    return std::unexpected(offsets.error());
  if (!offsets && size_ > 0) return bad("the offset index is missing");
  if (offsets && offsets->size % OffsetEntry::kSize != 0)
    return bad("the offset index ends inside an entry");
  const auto last = offset_index_.last();
  if (!last) return std::unexpected(last.error());
  // Position 0 never has an entry: such are the zeros of an index that was not trimmed.
  if (*last && ((*last)->relative_offset < 0 || (*last)->position <= 0 ||
                static_cast<std::uint64_t>((*last)->position) >= size_)) {
    return bad("the offset index ends in an impossible entry");
  }
  const auto times = context_.files.stat(path(FileKind::kTimeIndex));
  if (times && times->size % TimeEntry::kSize != 0)
    return bad("the time index ends inside an entry");
  if (time_index_.size() > 0) {
    const auto first_time = time_index_.at(0);
    const auto last_time = time_index_.last();
    if (!first_time || !last_time)
      return std::unexpected((first_time ? last_time.error() : first_time.error()));
    if ((*last_time)->timestamp < first_time->timestamp || (*last_time)->relative_offset < 0) {
      return bad("the time index ends in an impossible entry");
    }
  }
  if (every_entry) {
    const auto rising = indexes_rise();
    if (!rising) return std::unexpected(rising.error());
    if (!*rising) return bad("an index does not rise throughout");
  }
  const auto aborted = transactions_.all();
  if (!aborted) return std::unexpected(aborted.error());
  for (const AbortedEntry& e : *aborted) {
    if (e.last < base_) return bad("the transaction index speaks of another segment");
  }
  return std::optional<std::string>();
}

env::IoResult<TimeEntry> Segment::largest_timestamp() const {
  if (active_) return newest_entry();
  const auto last = time_index_.last();
  if (!last) return std::unexpected(last.error());
  return *last ? **last : TimeEntry{-1, 0};
}

std::int64_t Segment::modified_ms() const {
  const auto stat = context_.files.stat(path(FileKind::kLog));
  return stat ? stat->modified_ms : context_.now().value;
}

env::IoResult<Offset> Segment::time_hint(Timestamp at) const {
  const auto entry = time_index_.floor([&](const TimeEntry& e) { return e.timestamp < at.value; });
  if (!entry) return std::unexpected(entry.error());
  return *entry ? base_ + std::int64_t{(*entry)->relative_offset} : base_;
}

env::IoResult<void> Segment::collect_for_sync(std::vector<std::shared_ptr<env::File>>& to) {
  if (auto done = offset_index_.write_pending(); !done) return done;
  if (auto done = time_index_.write_pending(); !done) return done;
  for (LazyFile* lazy :
       {&log_, &offset_index_.file(), &time_index_.file(), &transactions_.file()}) {
    if (lazy == &transactions_.file() && !transactions_.exists()) continue;
    const auto file = lazy->get();
    // A segment from elsewhere may lack an index until it is rebuilt.
    if (!file && file.error() == std::errc::no_such_file_or_directory && lazy != &log_) continue;
    if (!file) return std::unexpected(file.error());
    to.push_back(*file);
  }
  return {};
}

env::IoResult<void> Segment::flush() {
  std::vector<std::shared_ptr<env::File>> files;
  if (auto done = collect_for_sync(files); !done) return done;
  for (const auto& file : files) {
    if (auto done = file->sync(); !done) return done;
  }
  return {};
}

env::IoResult<void> Segment::add_suffix(std::string_view suffix) {
  const std::string now(suffix);
  const auto rename = [&](FileKind kind, LazyFile& file) -> env::IoResult<void> {
    const std::string from = path(kind);
    auto done = context_.files.rename(from, from + now);
    if (!done && done.error() == std::errc::no_such_file_or_directory && kind != FileKind::kLog)
      return {};
    if (done) file.moved_to(from + now);
    return done;
  };
  if (auto done = rename(FileKind::kLog, log_); !done) return done;
  if (auto done = rename(FileKind::kOffsetIndex, offset_index_.file()); !done) return done;
  if (auto done = rename(FileKind::kTimeIndex, time_index_.file()); !done) return done;
  if (auto done = rename(FileKind::kTransactionIndex, transactions_.file()); !done) return done;
  extra_suffix_ += now;
  return {};
}

env::IoResult<void> Segment::remove_files() {
  close_files();
  for (const FileKind kind : {FileKind::kLog, FileKind::kOffsetIndex, FileKind::kTimeIndex,
                              FileKind::kTransactionIndex}) {
    if (auto done = context_.files.remove(path(kind)); !done) return done;
  }
  return {};
}

void Segment::moved_to(const std::string& directory) {
  directory_ = directory;
  log_.moved_to(path(FileKind::kLog));
  offset_index_.file().moved_to(path(FileKind::kOffsetIndex));
  time_index_.file().moved_to(path(FileKind::kTimeIndex));
  transactions_.file().moved_to(path(FileKind::kTransactionIndex));
}

void Segment::close_files() {
  log_.close();
  offset_index_.file().close();
  time_index_.file().close();
  transactions_.file().close();
}

}  // namespace barnabas::log
