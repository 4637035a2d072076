// ReplicaManager: which log directory a replica lies in, and asking that it lie in another.
#include <algorithm>
#include <limits>
#include <map>

#include "broker/replica/replica_manager.h"
#include "env/log.h"
#include "log/directory_name.h"

namespace barnabas::broker::replica {
namespace {

constexpr auto kLogger = "kafka.server.ReplicaManager";
// Of the topic and the partition's digits, so that `topic-3.<32 hex>-future` is a file name.
constexpr std::size_t kLongestName = 255 - std::string_view("-.-future").size() - 32;

bool contains(const std::vector<std::string>& directories, const std::string& directory) {
  return std::ranges::find(directories, directory) != directories.end();
}

// A volume may be larger than the wire's number.
std::int64_t clamped(std::uint64_t bytes) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(bytes, kMost));
}

}  // namespace

env::Task<AlterLogDirsResult> ReplicaManager::alter_log_dirs(std::vector<LogDirMove> moves) {
  AlterLogDirsResult result;
  std::move_only_function<void()> work = [this, &moves, &result] {
    const std::lock_guard lock(control_);
    for (const LogDirMove& move : moves) {
      const ErrorCode error = move_one(move, result);
      result.partitions.push_back({move.tp, {}, error});
      if (error == ErrorCode::kNone) continue;
      env::log_warn(kLogger, "Unable to alter log dirs for {} to {}: {}", to_string(move.tp),
                    move.directory, name(error));
    }
  };
  co_await disk_->run(std::move(work));
  co_return result;
}

// Kafka's order of checks (ReplicaManager.alterReplicaLogDirs). A partition that is not here yet is
// refused and yet goes to that directory when it comes: that is how kafka-reassign-partitions
// places new replicas.
ErrorCode ReplicaManager::move_one(const LogDirMove& move, AlterLogDirsResult& result) {
  const TopicPartition& tp = move.tp;
  const std::size_t digits = std::to_string(tp.partition.value).size();
  if (tp.topic.size() + digits > kLongestName) return ErrorCode::kInvalidTopicException;
  if (contains(logs_->offline_directories(), move.directory)) return ErrorCode::kKafkaStorageError;
  if (!contains(logs_->live_directories(), move.directory)) return ErrorCode::kLogDirNotFound;
  const auto found = get(tp.topic, tp.partition);
  if (!found && found.error() == ErrorCode::kKafkaStorageError) return found.error();

  const auto future = logs_->find_future(tp);
  const bool elsewhere = future && log::parent_directory(future->directory()) != move.directory;
  if (found && elsewhere) {
    const auto gone = logs_->abandon_future(tp);
    if (!gone) return gone.error();
  }
  logs_->prefer_directory(tp, move.directory);
  const auto log = found ? (*found)->log() : nullptr;
  if (!log) {
    const bool unknown = !found && found.error() == ErrorCode::kUnknownTopicOrPartition;
    return unknown ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kReplicaNotAvailable;
  }
  const bool there = log::parent_directory(log->directory()) == move.directory;
  if (there || (future && !elsewhere)) return ErrorCode::kNone;
  // The directory that is offline may hold an earlier copy.
  if (!logs_->offline_directories().empty()) return ErrorCode::kKafkaStorageError;
  const auto made = logs_->get_or_create_future(tp, move.directory, log->topic_id(), log->config());
  if (!made) return made.error();
  result.moving.push_back(*found);
  return ErrorCode::kNone;
}

env::Task<std::vector<LogDirReport>> ReplicaManager::describe_log_dirs(
    std::optional<std::set<TopicPartition>> only) {
  std::vector<LogDirReport> reports;
  std::move_only_function<void()> work = [this, &only, &reports] {
    std::map<std::string, std::vector<ReplicaOnDisk>> by_directory;
    for (const auto& log : logs_->all()) {
      const TopicPartition& tp = log->topic_partition();
      if (only && !only->contains(tp)) continue;
      const std::string path = log->directory();
      const bool is_future = log::is_future_directory(path);
      by_directory[log::parent_directory(path)].push_back(
          {tp, log->size(), offset_lag(*log, is_future), is_future});
    }
    for (const std::string& directory : logs_->live_directories()) {
      reports.push_back(report(directory));
      reports.back().replicas = std::move(by_directory[directory]);
      std::ranges::sort(reports.back().replicas, {}, &ReplicaOnDisk::tp);
    }
    for (const std::string& directory : logs_->offline_directories()) {
      reports.push_back({.directory = directory, .error = ErrorCode::kKafkaStorageError});
    }
  };
  co_await disk_->run(std::move(work));
  co_return reports;
}

LogDirReport ReplicaManager::report(const std::string& directory) const {
  LogDirReport report{.directory = directory};
  const auto space = config_.space(directory);
  if (space) {
    report.total_bytes = clamped(space->total);
    report.usable_bytes = clamped(space->usable);
  }
  return report;
}

std::int64_t ReplicaManager::offset_lag(const log::Log& log, bool is_future) const {
  const TopicPartition& tp = log.topic_partition();
  const PartitionPtr partition = find(tp.topic, tp.partition);
  if (!partition || !partition->log()) return -1;
  if (is_future) return partition->log_end_offset() - log.log_end_offset();
  return std::max<std::int64_t>(0, partition->high_watermark() - log.log_end_offset());
}

}  // namespace barnabas::broker::replica
