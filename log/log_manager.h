// All logs of a broker: loading, creation, checkpoints, clean shutdown.
//
// Owns        the log directories (locks, meta.properties, the checkpoint files) and every Log in
//             them.
// Does not    start timers or threads: the broker calls checkpoint_*() and run_chores() on a disk
//             thread at Kafka's intervals.
// Threading   a monitor. load(), close_logs() and shutdown() block for long: disk threads
//             only.
// Bounds      open files: at most `max_open_files` segment and index handles, least recently used
//             closed.
// Kafka       kafka.log.LogManager. Differs: where a crash cut the swap of a moved log in two, or a
//             log was made anew while its directory had failed, the start puts it right instead of
//             refusing two directories of one partition.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/files.h"
#include "env/random.h"
#include "log/log.h"
#include "log/meta_properties.h"

namespace barnabas::log {

struct LogManagerConfig {
  std::vector<std::string> directories;  // log.dirs
  std::size_t max_open_files = 10'000;
  int recovery_threads_per_directory = 1;
  std::shared_ptr<const LogConfig> defaults;
  std::int64_t producer_id_expiration_ms = 86'400'000;
};

struct LoadProgress {
  std::size_t loaded = 0;
  std::size_t total = 0;
  std::string directory;
};

// What moved when a future log took the place of the log.
struct Swapped {
  std::shared_ptr<Log> log;
  std::string from;         // the log directory it has left
  bool old_is_gone = true;  // renamed for deletion; else that directory has failed
};

class LogManager {
 public:
  virtual ~LogManager() = default;

  // Before load(): lock every directory and read its meta.properties. An unusable directory is
  // offline; all unusable, or one locked by another process: an error text for the log.
  virtual std::expected<std::vector<std::pair<std::string, MetaProperties>>, std::string>
  open() = 0;
  virtual Result<void> write_meta_properties(const MetaProperties& wanted) = 0;
  // Loads every partition directory, recovering where no clean-shutdown marker stands.
  // `topic_config` gives the effective config of a topic.
  virtual std::expected<void, std::string> load(
      std::function<std::shared_ptr<const LogConfig>(const std::string& topic)> topic_config,
      std::function<void(const LoadProgress&)> on_progress) = 0;

  virtual std::shared_ptr<Log> find(const TopicPartition& tp) = 0;
  // Finds or makes it, in the directory preferred for it, else in the live one with the fewest
  // partitions. kKafkaStorageError if that, or every one, is offline.
  virtual Result<std::shared_ptr<Log>> get_or_create(const TopicPartition& tp, TopicId id,
                                                     std::shared_ptr<const LogConfig> config) = 0;
  virtual std::vector<std::shared_ptr<Log>> all() = 0;  // future logs too
  // Renames to T-P.<hex>-delete; the files go file.delete.delay.ms later, through run_chores().
  // A future log goes with it.
  virtual Result<void> async_delete(const TopicPartition& tp) = 0;
  // Renames to T-P.<hex>-stray, which stays until somebody looks at it.
  virtual Result<void> set_aside(const TopicPartition& tp) = 0;

  // --- moving a log to another log directory (KIP-113). Its future log is the copy in the making;
  // who copies is not our business. All are slow: disk threads only.
  // Null also when its directory has failed: that ends the move, and nothing else.
  virtual std::shared_ptr<Log> find_future(const TopicPartition& tp) = 0;
  // Where the log shall be made when it is made. Without effect if the log or its future log is
  // there.
  virtual void prefer_directory(const TopicPartition& tp, const std::string& directory) = 0;
  // kReplicaNotAvailable without a log, kKafkaStorageError if that directory is not live.
  virtual Result<std::shared_ptr<Log>> get_or_create_future(
      const TopicPartition& tp, const std::string& directory, TopicId id,
      std::shared_ptr<const LogConfig> config) = 0;
  virtual Result<void> abandon_future(const TopicPartition& tp) = 0;
  // The swap, in three steps, so that only the second, two renames, must happen while nobody
  // appends. A crash between or after the renames is put right at the next load.
  // kReplicaNotAvailable if `future` is no longer the future log of its partition.
  virtual Result<void> prepare_swap(const std::shared_ptr<Log>& future) = 0;
  virtual Result<Swapped> swap(const std::shared_ptr<Log>& future) = 0;
  virtual void settle_swap(const TopicPartition& tp, const Swapped& swapped,
                           Offset high_watermark) = 0;

  // replication-offset-checkpoint, read once at load; capped to the log's range.
  virtual std::optional<Offset> checkpointed_high_watermark(const TopicPartition& tp) = 0;
  virtual void checkpoint_high_watermarks(const std::map<TopicPartition, Offset>& values) = 0;
  virtual void checkpoint_recovery_points() = 0;
  virtual void checkpoint_log_start_offsets() = 0;
  virtual void run_chores(Timestamp now) = 0;
  virtual void delete_old_segments(
      const std::function<Offset(const TopicPartition&)>& high_watermark, Timestamp now) = 0;

  virtual void set_producer_id_expiration(std::int64_t ms) = 0;

  virtual std::vector<std::string> live_directories() const = 0;
  virtual std::vector<std::string> offline_directories() const = 0;
  // Flushes and closes the logs. Several threads may do that together, each with its own share:
  // file systems make many syncs at a time durable at the cost of one.
  virtual void close_logs() = 0;
  // What is left of closing the logs, then checkpoints, clean marker, unlock: in Kafka's order
  // (facts 4.3).
  virtual void shutdown() = 0;
};

std::unique_ptr<LogManager> make_log_manager(LogManagerConfig config, env::Files& files,
                                             env::Clock& clock, env::Random& random);

}  // namespace barnabas::log
