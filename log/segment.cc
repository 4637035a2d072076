#include "log/segment.h"

#include <algorithm>

namespace barnabas::log {
namespace {

constexpr std::uint64_t kFirstReserve = 64 << 10;  // idle topics shall not eat the disk
constexpr std::uint64_t kLargestReserve = 32 << 20;

std::string join(const std::string& directory, Offset base, FileKind kind) {
  return directory + "/" + file_name(base, kind);
}

std::int32_t relative(Offset base, Offset offset) {
  return static_cast<std::int32_t>(offset - base);
}

}  // namespace

Segment::Segment(LogContext& context, const std::string& directory, Offset base)
    : shared_(context.shared_from_this()),
      base_(base),
      directory_(directory),
      log_(context.open_files, join(directory, base, FileKind::kLog)),
      offset_index_(context, join(directory, base, FileKind::kOffsetIndex)),
      time_index_(context, join(directory, base, FileKind::kTimeIndex)),
      transactions_(context, join(directory, base, FileKind::kTransactionIndex)),
      offset_of_max_(base) {}

std::string Segment::path(FileKind kind) const {
  return join(directory_, base_, kind) + extra_suffix_;
}

env::IoResult<void> Segment::create(const LogConfig& config) {
  const auto file = log_.get(true);
  if (!file) return std::unexpected(file.error());
  size_ = 0;
  return reset_indexes(config);
}

env::IoResult<void> Segment::open_sealed() {
  const auto stat = context_.files.stat(path(FileKind::kLog));
  if (!stat) return std::unexpected(stat.error());
  size_ = stat->size;
  if (auto done = offset_index_.open_sealed(); !done) return done;
  if (auto done = time_index_.open_sealed(); !done) return done;
  if (auto done = transactions_.open(); !done) return done;
  active_ = false;
  return {};
}

env::IoResult<void> Segment::activate(const LogConfig& config) {
  const auto last = time_index_.last();
  if (!last) return std::unexpected(last.error());
  max_timestamp_ = *last ? Timestamp((*last)->timestamp) : kNoTimestamp;
  offset_of_max_ = *last ? base_ + std::int64_t{(*last)->relative_offset} : base_;
  const auto bytes = static_cast<std::size_t>(config.segment_index_bytes);
  if (auto done = offset_index_.activate(bytes, true); !done) return done;
  if (auto done = time_index_.activate(bytes, true); !done) return done;
  created_ = context_.now();
  jitter_ms_ = roll_jitter(config, context_.random.next());
  forget_first_batch();
  bytes_since_entry_ = 0;
  reserved_ = size_;
  active_ = true;
  return {};
}

env::IoResult<void> Segment::reset_indexes(const LogConfig& config) {
  const auto bytes = static_cast<std::size_t>(config.segment_index_bytes);
  if (auto done = offset_index_.activate(bytes, false); !done) return done;
  if (auto done = time_index_.activate(bytes, false); !done) return done;
  if (auto done = transactions_.reset(); !done) return done;
  max_timestamp_ = kNoTimestamp;
  offset_of_max_ = base_;
  created_ = context_.now();
  jitter_ms_ = roll_jitter(config, context_.random.next());
  forget_first_batch();
  bytes_since_entry_ = 0;
  forget_recent();
  active_ = true;
  return {};
}

env::IoResult<std::uint64_t> Segment::begin_rebuild(const LogConfig& config) {
  const auto stat = context_.files.stat(path(FileKind::kLog));
  if (!stat) return std::unexpected(stat.error());
  if (auto done = reset_indexes(config); !done) return std::unexpected(done.error());
  size_ = 0;
  reserved_ = stat->size;
  return stat->size;
}

env::IoResult<void> Segment::seal() {
  if (!active_) return {};
  const TimeEntry newest = newest_entry();
  const auto last = time_index_.last();
  if (!last) return std::unexpected(last.error());
  if (newest.timestamp > (*last ? (*last)->timestamp : -1)) time_index_.append(newest);
  if (auto done = offset_index_.seal(); !done) return done;
  if (auto done = time_index_.seal(); !done) return done;
  active_ = false;
  forget_recent();
  if (reserved_ <= size_) return {};
  const auto file = log_.get();
  return file ? (*file)->truncate(size_) : std::unexpected(file.error());
}

void Segment::reserve(env::File& file, std::uint64_t end, const LogConfig& config) {
  if (end <= reserved_) return;
  const std::uint64_t step = std::clamp(size_, kFirstReserve, kLargestReserve);
  const std::uint64_t whole = std::max(end, reserved_ + step);
  reserved_ = std::max(
      end, std::min<std::uint64_t>(whole, static_cast<std::uint64_t>(config.segment_bytes)));
  file.reserve(reserved_);
}

env::IoResult<void> Segment::write(std::span<const env::Bytes> pieces, std::uint64_t total,
                                   const LogConfig& config) {
  const auto file = log_.get();
  if (!file) return std::unexpected(file.error());
  reserve(**file, size_ + total, config);
  return (*file)->write_at(size_, pieces);
}

void Segment::note(const AppendedSet& set, const LogConfig& config) {
  if (size_ == 0) {
    first_batch_known_ = true;
    first_timestamp_.reset();
    if (set.first_batch_timestamp >= Timestamp(0)) first_timestamp_ = set.first_batch_timestamp;
  }
  if (set.max_timestamp > max_timestamp_) {
    max_timestamp_ = set.max_timestamp;
    offset_of_max_ = set.offset_of_max;
  }
  if (bytes_since_entry_ > static_cast<std::uint64_t>(config.index_interval_bytes)) {
    offset_index_.append({relative(base_, set.last_offset), static_cast<std::int32_t>(size_)});
    const TimeEntry newest = newest_entry();
    const auto last = time_index_.last();  // in memory: cannot fail
    if (newest.timestamp > (last && *last ? (*last)->timestamp : -1)) time_index_.append(newest);
    bytes_since_entry_ = 0;
  }
  bytes_since_entry_ += set.size;
  remember(set.first_offset, size_);
  size_ += set.size;
}

TimeEntry Segment::newest_entry() const {
  return {max_timestamp_.value, relative(base_, offset_of_max_)};
}

bool Segment::should_roll(const NextAppend& next, const LogConfig& config, Timestamp now) {
  SegmentAge age;
  age.size = size_;
  age.base = base_;
  age.created = created_;
  age.first_timestamp = first_timestamp();
  age.jitter_ms = jitter_ms_;
  age.index_full = offset_index_.size() >= offset_index_.capacity() ||
                   time_index_.size() + 1 >= time_index_.capacity();
  return log::should_roll(age, next, config, now);
}

void Segment::forget_first_batch() {
  first_timestamp_.reset();
  first_batch_known_ = false;
}

std::optional<Timestamp> Segment::first_timestamp() {
  if (first_batch_known_ || size_ == 0) return first_timestamp_;
  const auto file = log_.get();
  if (!file) return {};
  const auto first = BatchScanner(*file, 0, size_).next();
  first_batch_known_ = first.has_value();
  if (first && *first && (*first)->max_timestamp >= Timestamp(0))
    first_timestamp_ = (*first)->max_timestamp;
  return first_timestamp_;
}

env::IoResult<std::uint64_t> Segment::truncate_to(Offset offset) {
  const auto place = find(offset);
  if (!place) return std::unexpected(place.error());
  if (!*place) return size_;
  const std::uint64_t size = (*place)->position;
  const auto keep = [&](auto& index) {
    std::size_t count = index.size();
    while (count > 0) {
      const auto entry = index.at(count - 1);
      if (!entry || base_ + std::int64_t{entry->relative_offset} < offset) break;
      --count;
    }
    return index.truncate(count);
  };
  if (auto done = keep(offset_index_); !done) return std::unexpected(done.error());
  if (auto done = keep(time_index_); !done) return std::unexpected(done.error());
  if (auto done = transactions_.truncate_to(offset); !done) return std::unexpected(done.error());
  if (auto done = cut(size); !done) return std::unexpected(done.error());
  const auto last = time_index_.last();
  max_timestamp_ = last && *last ? Timestamp((*last)->timestamp) : kNoTimestamp;
  offset_of_max_ = last && *last ? base_ + std::int64_t{(*last)->relative_offset} : base_;
  bytes_since_entry_ = 0;
  if (size == 0) forget_first_batch();
  return size;
}

env::IoResult<void> Segment::cut(std::uint64_t size) {
  const auto file = log_.get();
  if (!file) return std::unexpected(file.error());
  if (auto done = (*file)->truncate(size); !done) return done;
  size_ = reserved_ = size;
  forget_recent();
  return (*file)->sync();
}

}  // namespace barnabas::log
