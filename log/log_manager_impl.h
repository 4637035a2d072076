// The LogManager (see log_manager.h).
//
// Owns        directories, logs by partition, and the directories that wait for removal.
// Does not    hold its mutex while a log works: it copies the list of logs first.
// Threading   a monitor; load() and shutdown() by one thread, while nobody else calls; close_logs()
//             by any number.
#pragma once

#include <mutex>
#include <unordered_map>

#include "log/directory_name.h"
#include "log/log_context.h"
#include "log/log_directory.h"
#include "log/log_manager.h"

namespace barnabas::log {

class LogManagerImpl final : public LogManager {
 public:
  LogManagerImpl(LogManagerConfig config, env::Files& files, env::Clock& clock,
                 env::Random& random);

  std::expected<std::vector<std::pair<std::string, MetaProperties>>, std::string> open() override;
  Result<void> write_meta_properties(const MetaProperties& wanted) override;
  std::expected<void, std::string> load(
      std::function<std::shared_ptr<const LogConfig>(const std::string& topic)> topic_config,
      std::function<void(const LoadProgress&)> on_progress) override;

  std::shared_ptr<Log> find(const TopicPartition& tp) override;
  Result<std::shared_ptr<Log>> get_or_create(const TopicPartition& tp, TopicId id,
                                             std::shared_ptr<const LogConfig> config) override;
  std::vector<std::shared_ptr<Log>> all() override;
  Result<void> async_delete(const TopicPartition& tp) override;
  Result<void> set_aside(const TopicPartition& tp) override;

  std::shared_ptr<Log> find_future(const TopicPartition& tp) override;
  void prefer_directory(const TopicPartition& tp, const std::string& directory) override;
  Result<std::shared_ptr<Log>> get_or_create_future(
      const TopicPartition& tp, const std::string& directory, TopicId id,
      std::shared_ptr<const LogConfig> config) override;
  Result<void> abandon_future(const TopicPartition& tp) override;
  Result<void> prepare_swap(const std::shared_ptr<Log>& future) override;
  Result<Swapped> swap(const std::shared_ptr<Log>& future) override;
  void settle_swap(const TopicPartition& tp, const Swapped& swapped,
                   Offset high_watermark) override;

  std::optional<Offset> checkpointed_high_watermark(const TopicPartition& tp) override;
  void checkpoint_high_watermarks(const std::map<TopicPartition, Offset>& values) override;
  void checkpoint_recovery_points() override;
  void checkpoint_log_start_offsets() override;
  void run_chores(Timestamp now) override;
  void delete_old_segments(const std::function<Offset(const TopicPartition&)>& high_watermark,
                           Timestamp now) override;

  void set_producer_id_expiration(std::int64_t ms) override {
    context_.producer_expiration_ms = ms;
  }
  std::vector<std::string> live_directories() const override;
  std::vector<std::string> offline_directories() const override;
  void close_logs() override;
  void shutdown() override;

 private:
  struct Entry {
    std::shared_ptr<PartitionLog> log;
    LogDirectory* directory = nullptr;
  };
  struct Pair {
    Entry current;
    Entry future;
  };
  struct Removal {
    Timestamp due;
    std::string path;
    LogDirectory* directory = nullptr;
  };
  using Logs = std::unordered_map<TopicPartition, Entry>;
  using ConfigOf = std::function<std::shared_ptr<const LogConfig>(const std::string&)>;
  using Progress = std::function<void(const LoadProgress&)>;

  std::vector<Entry> entries(const LogDirectory* only = nullptr) const;
  std::vector<Entry> entries_locked(const LogDirectory* only) const;
  std::expected<void, std::string> load_directory(LogDirectory& directory,
                                                  const ConfigOf& config_of,
                                                  const Progress& on_progress);
  std::expected<void, std::string> load_partition(LogDirectory& directory,
                                                  const PartitionDirectory& found,
                                                  const std::string& name,
                                                  const ConfigOf& config_of);
  LogDirectory* least_loaded() const;  // under the mutex; null if no directory is live
  LogDirectory* directory_for(const TopicPartition& tp) const;  // null: none that may be used
  LogDirectory* directory_at(const std::string& path) const;    // null: not in log.dirs
  std::optional<Entry> entry_in(const Logs& logs, const TopicPartition& tp) const;
  Result<Pair> pair_of(const Log& future) const;
  std::optional<Entry> take_out_of(Logs& logs, const TopicPartition& tp);
  // In a new directory of that name.
  Result<std::shared_ptr<PartitionLog>> make_log(LogDirectory& directory, const std::string& name,
                                                 const TopicPartition& tp, TopicId id,
                                                 std::shared_ptr<const LogConfig> config);
  Result<void> retire(const Entry& entry);  // renames for deletion; has left its map
  Result<std::string> move_away(const Entry& entry, const std::string& name);
  void remove_later(LogDirectory& directory, std::string path, Timestamp due);
  Uuid unique_name();
  // --- two directories of one partition (log_manager_move.cc): what a crash in the middle of a
  // swap, or a directory that had failed and is back, has left
  Result<void> mark_takes_over(const PartitionLog& log, LogDirectory& directory);
  bool takes_over(const std::string& path) const;
  std::expected<void, std::string> settle_rivals(const Entry& loaded);
  void finish_swaps();
  void checkpoint_recovery_points(LogDirectory& directory);
  void checkpoint_log_starts(LogDirectory& directory);
  void remove_due(Timestamp now);
  std::optional<Entry> next_to_close();
  std::string all_paths() const;

  const LogManagerConfig config_;
  const std::shared_ptr<LogContext> shared_;
  LogContext& context_ = *shared_;
  std::vector<std::unique_ptr<LogDirectory>> directories_;
  mutable std::mutex mutex_;
  std::mutex create_mutex_;  // one creation or deletion at a time; taken before mutex_
  Logs logs_;
  Logs futures_;
  std::map<TopicPartition, std::string> preferred_;  // log directories
  std::vector<Removal> removals_;
  std::optional<std::vector<Entry>> to_close_;  // set by the first close_logs()
};

}  // namespace barnabas::log
