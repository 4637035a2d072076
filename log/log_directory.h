// One entry of log.dirs: its lock, meta.properties, checkpoint files and clean-shutdown marker.
//
// Owns        the lock and the files directly in the directory.
// Does not    know Logs; the manager says what to write.
// Threading   a monitor for the checkpoints (write_checkpoint); the rest at start and end, by one
//             thread.
// Kafka       the per-directory halves of LogManager, CleanShutdownFileHandler,
//             MetaPropertiesEnsemble.
#pragma once

#include <atomic>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "env/files.h"
#include "log/checkpoint.h"
#include "log/meta_properties.h"
#include "log/partition_log.h"

namespace barnabas::log {

inline constexpr std::string_view kCleanShutdownFile = ".kafka_cleanshutdown";
inline constexpr std::string_view kCleanShutdownText = R"({"version":0,"brokerEpoch":-1})";
inline constexpr std::string_view kLockFile = ".lock";

class LogDirectory {
 public:
  enum class Opened { kGood, kUnusable, kLocked };

  LogDirectory(env::Files& files, std::string path);

  const std::string& path() const { return health_->path; }
  const std::shared_ptr<DirectoryHealth>& health() const { return health_; }
  bool live() const { return !health_->failed; }
  void fail(std::string_view doing, const std::string& why);

  Opened
  open();  // makes the directory, locks it, reads meta.properties, makes the empty checkpoints
  const MetaProperties& meta() const { return meta_; }
  void write_meta(const MetaProperties& wanted, std::int64_t wall_ms);  // unless it says so already

  // Reads the checkpoints and takes the marker away. A broken checkpoint fails the directory (as in
  // Kafka).
  void begin_load();
  void loaded() { loaded_ = true; }
  bool was_clean() const { return was_clean_; }
  Offset recovery_point(const TopicPartition& tp) const;
  Offset log_start(const TopicPartition& tp) const;
  Offset cleaned_to(const TopicPartition& tp) const;
  std::optional<Offset> high_watermark(const TopicPartition& tp) const;
  void forget(const TopicPartition& tp);  // deleted: what the checkpoints said of it is of no use

  // Something in it was renamed, or may have been by the process before: that it stays so is only
  // certain after settle_names().
  void renamed() { unsettled_ = true; }
  void settle_names();

  // The recovery points or log starts on disk speak of this partition.
  bool mentions(const TopicPartition& tp) const;
  void write_checkpoint(std::string_view file,
                        const OffsetCheckpoint& offsets);  // unless unchanged
  // Changes what the high watermarks on disk say of one partition.
  void write_high_watermark(const TopicPartition& tp, std::optional<Offset> value);
  // A log could not be closed: no marker. Any thread.
  void not_clean() { unclean_ = true; }
  // The last step of a clean shutdown; only if the directory was clean at start or has been loaded.
  void write_marker();
  void unlock();

 private:
  OffsetCheckpoint read_checkpoint(std::string_view file);
  std::string at(std::string_view name) const { return path() + "/" + std::string(name); }

  env::Files& files_;
  const std::shared_ptr<DirectoryHealth> health_;
  std::unique_ptr<env::FileLock> lock_;
  MetaProperties meta_;
  bool was_clean_ = false;
  bool loaded_ = false;
  std::atomic<bool> unclean_ = false;
  std::atomic<bool> unsettled_ = true;
  mutable std::mutex mutex_;  // of the five below
  OffsetCheckpoint recovery_points_;
  OffsetCheckpoint log_starts_;
  OffsetCheckpoint cleaned_;
  OffsetCheckpoint high_watermarks_;
  std::map<std::string, OffsetCheckpoint, std::less<>> written_;
};

}  // namespace barnabas::log
