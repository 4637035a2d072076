// What runs from time to time: checkpoints, retention, deleting, laggards in the ISR, directory
// failures.
//
// Owns        one coroutine per job, and when each runs.
// Does not    do the work on a loop: every job runs on a disk thread.
// Threading   start/stop on one executor.
// Kafka       LogManager's scheduled jobs and ReplicaManager's checkpoint and dir-failure threads,
//             at their intervals.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/replica/replica_manager.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/spawn.h"
#include "log/log_manager.h"

namespace barnabas::broker {

class Housekeeping {
 public:
  Housekeeping(const config::Config* config, log::LogManager* logs,
               replica::ReplicaManager* replicas, env::Clock* clock, env::Disk* disk,
               env::Executor executor);

  void start();
  env::Task<void> stop();
  // Told which partitions lie in a directory that has failed.
  void on_directory_failed(std::function<void(const std::vector<TopicPartition>&)> told) {
    directory_failed_ = std::move(told);
  }
  // Told when the last log directory has failed.
  void on_all_directories_failed(std::function<void()> told) { all_failed_ = std::move(told); }

 private:
  struct Job {
    env::Duration first;
    env::Duration period;
    std::function<void()> work;
    env::Signal wake;  // ends the sleep under way
  };
  void every(env::Duration first, env::Duration period, std::function<void()> work);
  env::Task<void> run(Job* job);
  void find_failed_directories();
  Timestamp now() const;

  const config::Config* config_;
  log::LogManager* logs_;
  replica::ReplicaManager* replicas_;
  env::Clock* clock_;
  env::Disk* disk_;
  env::Executor executor_;
  env::Gate gate_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::string> known_failed_;
  std::function<void(const std::vector<TopicPartition>&)> directory_failed_;
  std::function<void()> all_failed_;
  bool stopped_ = false;
};

}  // namespace barnabas::broker
