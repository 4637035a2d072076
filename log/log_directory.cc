#include "log/log_directory.h"

#include <array>

#include "env/log.h"
#include "log/durable_file.h"

namespace barnabas::log {
namespace {

constexpr std::array kCheckpoints{kRecoveryPointFile, kLogStartFile, kHighWatermarkFile,
                                  kCleanerFile};

std::optional<Offset> look_up(const OffsetCheckpoint& in, const TopicPartition& tp) {
  const auto it = in.find(tp);
  if (it == in.end()) return {};
  return it->second;
}

}  // namespace

LogDirectory::LogDirectory(env::Files& files, std::string path)
    : files_(files), health_(std::make_shared<DirectoryHealth>(std::move(path))) {}

void LogDirectory::fail(std::string_view doing, const std::string& why) {
  env::log_error("kafka.log.LogManager", "Error while {} in {}: {}", doing, path(), why);
  health_->failed = true;
}

LogDirectory::Opened LogDirectory::open() {
  const auto unusable = [&](std::string_view doing, const std::error_code& why) {
    fail(doing, why.message());
    env::log_error("kafka.log.LogManager", "Failed to create or validate data directory {}",
                   path());
    return Opened::kUnusable;
  };
  if (auto done = make_durable_directories(files_, path()); !done)
    return unusable("making the directory", done.error());
  if (auto listed = files_.list(path()); !listed) return unusable("listing", listed.error());
  auto lock = files_.lock(at(kLockFile));
  if (!lock && lock.error() == std::errc::resource_unavailable_try_again) return Opened::kLocked;
  if (!lock) return unusable("locking", lock.error());
  lock_ = std::move(*lock);
  const auto text = env::read_file(files_, at(kMetaPropertiesFile));
  if (text) meta_ = parse_meta_properties(*text);
  if (!text && text.error() != std::errc::no_such_file_or_directory) {
    return unusable("reading meta.properties", text.error());
  }
  for (const std::string_view name : kCheckpoints) {
    const auto file = files_.open(at(name), env::OpenMode::kCreate);
    if (!file) return unusable("making checkpoints", file.error());
  }
  return Opened::kGood;
}

void LogDirectory::write_meta(const MetaProperties& wanted, std::int64_t wall_ms) {
  MetaProperties merged = wanted;
  merged.others.insert(meta_.others.begin(), meta_.others.end());
  if (merged == meta_) return;
  const auto done =
      env::replace_file(files_, at(kMetaPropertiesFile), format_meta_properties(merged, wall_ms));
  if (!done) return fail("writing meta.properties", done.error().message());
  meta_ = std::move(merged);
}

OffsetCheckpoint LogDirectory::read_checkpoint(std::string_view file) {
  auto read = read_offset_checkpoint(files_, at(file));
  if (read) {
    if (!read->empty()) written_.insert_or_assign(std::string(file), *read);
    return *std::move(read);
  }
  fail("reading checkpoint file " + at(file), read.error());
  return {};
}

void LogDirectory::begin_load() {
  was_clean_ = files_.stat(at(kCleanShutdownFile)).has_value();
  recovery_points_ = read_checkpoint(kRecoveryPointFile);
  log_starts_ = read_checkpoint(kLogStartFile);
  high_watermarks_ = read_checkpoint(kHighWatermarkFile);
  cleaned_ = read_checkpoint(kCleanerFile);
  if (!was_clean_) return;
  auto done = files_.remove(at(kCleanShutdownFile));
  if (done) done = files_.sync_directory(path());
  if (!done) fail("removing the clean shutdown file", done.error().message());
}

Offset LogDirectory::recovery_point(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  return look_up(recovery_points_, tp).value_or(Offset(0));
}

Offset LogDirectory::log_start(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  return look_up(log_starts_, tp).value_or(Offset(0));
}

Offset LogDirectory::cleaned_to(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  return look_up(cleaned_, tp).value_or(Offset(0));
}

std::optional<Offset> LogDirectory::high_watermark(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  return look_up(high_watermarks_, tp);
}

void LogDirectory::forget(const TopicPartition& tp) {
  const std::lock_guard lock(mutex_);
  recovery_points_.erase(tp);
  log_starts_.erase(tp);
  cleaned_.erase(tp);
  high_watermarks_.erase(tp);
}

void LogDirectory::settle_names() {
  if (!live() || !unsettled_.exchange(false)) return;
  if (const auto done = files_.sync_directory(path()); !done) {
    fail("syncing the directory", done.error().message());
  }
}

bool LogDirectory::mentions(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  for (const std::string_view file : {kRecoveryPointFile, kLogStartFile}) {
    const auto it = written_.find(file);
    if (it != written_.end() && it->second.contains(tp)) return true;
  }
  return false;
}

void LogDirectory::write_checkpoint(std::string_view file, const OffsetCheckpoint& offsets) {
  const std::lock_guard lock(mutex_);
  if (!live()) return;
  const auto it = written_.find(file);
  if (it != written_.end() && it->second == offsets) return;
  const auto done = env::replace_file(files_, at(file), format_offset_checkpoint(offsets));
  if (!done) return fail("writing checkpoint file " + at(file), done.error().message());
  written_.insert_or_assign(std::string(file), offsets);
}

void LogDirectory::write_high_watermark(const TopicPartition& tp, std::optional<Offset> value) {
  OffsetCheckpoint offsets;
  {
    const std::lock_guard lock(mutex_);
    const auto it = written_.find(kHighWatermarkFile);
    if (it != written_.end()) offsets = it->second;
  }
  if (value) {
    offsets.insert_or_assign(tp, *value);
  } else {
    offsets.erase(tp);
  }
  write_checkpoint(kHighWatermarkFile, offsets);
}

void LogDirectory::write_marker() {
  if (!live() || unclean_ || !(was_clean_ || loaded_)) return;
  const auto done = env::replace_file(files_, at(kCleanShutdownFile), kCleanShutdownText);
  if (!done) fail("writing the clean shutdown file", done.error().message());
}

void LogDirectory::unlock() {
  if (!lock_) return;
  if (live()) (void)files_.remove(at(kLockFile));
  lock_.reset();
}

}  // namespace barnabas::log
