// What a replica manager stands on, in memory: a clock that is set by hand, a disk that works at
// once, logs.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "env/clock.h"
#include "env/disk.h"
#include "log/log_manager.h"
#include "tests/unit/replica/memory_log.h"

namespace barnabas::broker::replica::testing {

class HandClock final : public env::Clock {
 public:
  env::Instant now() const override { return now_; }
  env::WallTime wall() const override { return env::WallTime(1000); }
  std::unique_ptr<env::Timer> after(env::Executor, env::Duration,
                                    std::move_only_function<void()>) override {
    return nullptr;  // nothing here waits for a time
  }
  void pass(env::Duration duration) { now_ += duration; }

 private:
  env::Instant now_{std::chrono::seconds(1)};
};

class InstantDisk final : public env::Disk {
 public:
  env::Task<void> run(std::move_only_function<void()> work) override {
    work();
    co_return;
  }
};

class MemoryLogs final : public log::LogManager {
 public:
  using Directories = std::vector<std::pair<std::string, log::MetaProperties>>;
  std::expected<Directories, std::string> open() override { return Directories{}; }
  Result<void> write_meta_properties(const log::MetaProperties&) override { return {}; }
  std::expected<void, std::string> load(
      std::function<std::shared_ptr<const log::LogConfig>(const std::string&)>,
      std::function<void(const log::LoadProgress&)>) override {
    return {};
  }
  std::shared_ptr<log::Log> find(const TopicPartition& tp) override {
    const auto it = logs.find(tp);
    return it == logs.end() ? nullptr : it->second;
  }
  Result<std::shared_ptr<log::Log>> get_or_create(const TopicPartition& tp, TopicId id,
                                                  std::shared_ptr<const log::LogConfig>) override {
    if (full) return std::unexpected(ErrorCode::kKafkaStorageError);
    auto& log = logs[tp];
    if (!log) {
      log = std::make_shared<MemoryLog>(tp, id);
      made.push_back(tp);
    }
    return log;
  }
  std::vector<std::shared_ptr<log::Log>> all() override {
    std::vector<std::shared_ptr<log::Log>> out;
    for (const auto& [tp, log] : logs) out.push_back(log);
    for (const auto& [tp, log] : futures) out.push_back(log);
    return out;
  }
  Result<void> async_delete(const TopicPartition& tp) override {
    if (logs.erase(tp) == 0) return std::unexpected(ErrorCode::kUnknownTopicOrPartition);
    deleted.insert(tp);
    return {};
  }
  Result<void> set_aside(const TopicPartition& tp) override {
    logs.erase(tp);
    aside.insert(tp);
    return {};
  }
  std::optional<Offset> checkpointed_high_watermark(const TopicPartition& tp) override {
    const auto it = checkpoint.find(tp);
    if (it == checkpoint.end()) return std::nullopt;
    return it->second;
  }
  void checkpoint_high_watermarks(const std::map<TopicPartition, Offset>& values) override {
    checkpoint = values;
    ++checkpoints;
  }
  void checkpoint_recovery_points() override { ++recovery_point_checkpoints; }
  void checkpoint_log_start_offsets() override {}
  void run_chores(Timestamp) override {}
  void delete_old_segments(const std::function<Offset(const TopicPartition&)>&,
                           Timestamp) override {}
  std::shared_ptr<log::Log> find_future(const TopicPartition& tp) override {
    const auto it = futures.find(tp);
    return it == futures.end() ? nullptr : it->second;
  }
  void prefer_directory(const TopicPartition& tp, const std::string& directory) override {
    preferred[tp] = directory;
  }
  Result<std::shared_ptr<log::Log>> get_or_create_future(
      const TopicPartition& tp, const std::string& directory, TopicId id,
      std::shared_ptr<const log::LogConfig>) override {
    const std::string name = directory + "/" + to_string(tp) + ".f-future";
    return futures[tp] = std::make_shared<MemoryLog>(tp, id, name);
  }
  Result<void> abandon_future(const TopicPartition& tp) override {
    futures.erase(tp);
    return {};
  }
  Result<void> prepare_swap(const std::shared_ptr<log::Log>&) override { return {}; }
  Result<log::Swapped> swap(const std::shared_ptr<log::Log>&) override {
    return std::unexpected(ErrorCode::kKafkaStorageError);
  }
  void settle_swap(const TopicPartition&, const log::Swapped&, Offset) override {}
  void set_producer_id_expiration(std::int64_t) override {}
  std::vector<std::string> live_directories() const override { return live; }
  std::vector<std::string> offline_directories() const override { return offline; }
  void close_logs() override {}
  void shutdown() override {}

  std::map<TopicPartition, std::shared_ptr<MemoryLog>> logs;
  std::map<TopicPartition, std::shared_ptr<MemoryLog>> futures;
  std::map<TopicPartition, std::string> preferred;
  std::map<TopicPartition, Offset> checkpoint;
  std::set<TopicPartition> deleted;
  std::set<TopicPartition> aside;
  std::vector<std::string> live = {"/data"};
  std::vector<std::string> offline;
  bool full = false;                 // no directory is left
  std::vector<TopicPartition> made;  // in this order
  int checkpoints = 0;
  int recovery_point_checkpoints = 0;
};

// Runs a task to its end on this thread.
template <class T>
T finish(env::Task<T> task) {
  boost::asio::io_context loop;
  std::optional<T> result;
  auto body = [](env::Task<T> inner, std::optional<T>* into) -> env::Task<void> {
    *into = co_await std::move(inner);
  };
  boost::asio::co_spawn(loop, body(std::move(task), &result), boost::asio::detached);
  loop.run();
  return std::move(result.value());
}

}  // namespace barnabas::broker::replica::testing
