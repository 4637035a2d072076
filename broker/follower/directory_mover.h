// Moves replicas between this broker's own log directories (KIP-113): fills the future log from the
// log, and puts it in the log's place once it has all.
//
// Owns        the list of partitions that move, and the coroutine that copies.
// Does not    create or abandon future logs (ReplicaManager::alter_log_dirs does), nor know where
//             they lie: a partition without one has nothing to move.
// Threading   public methods from any thread, shutdown() once. Copying runs on env::Disk, a piece
//             at a time, one partition after the other.
// Invariants  nothing is appended to the log between the last record copied and the swap: both
//             happen under the partition's lock.
// Kafka       server/ReplicaAlterLogDirsManager and -Thread. Differs: one copies at a time, also
//             with several num.replica.alter.log.dirs.threads; a copy that fails is tried again.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "broker/quota/replication_quota.h"
#include "broker/replica/partition.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/spawn.h"
#include "log/log_manager.h"

namespace barnabas::broker::follower {

struct MoverConfig {
  env::Duration back_off = std::chrono::seconds(1);  // replica.fetch.backoff.ms
  std::uint32_t piece_bytes = 1 << 20;               // replica.fetch.max.bytes
  quota::ReplicationQuota* quota = nullptr;          // null: as fast as it goes
};

class DirectoryMover {
 public:
  using PartitionPtr = std::shared_ptr<replica::Partition>;

  DirectoryMover(MoverConfig config, log::LogManager* logs, env::Clock* clock, env::Disk* disk,
                 env::Executor executor);

  // Those that move already go on.
  void move(std::span<const PartitionPtr> partitions);
  // Their future logs stay as they are.
  void stop(std::span<const TopicPartition> partitions);
  std::size_t moving() const;
  env::Task<void> shutdown();

 private:
  struct Job {
    PartitionPtr partition;
    env::Instant not_before = env::Instant::min();
    std::shared_ptr<log::Log> prepared;  // the future log for which prepare_swap is done
    bool asked_again = false;            // since its step began
    bool complained = false;             // of an error, in the log
  };
  enum class Outcome { kGoesOn, kEnded, kFailed };
  struct Step {
    Outcome outcome = Outcome::kGoesOn;
    std::uint64_t bytes = 0;
  };

  struct Turn {
    std::shared_ptr<Job> job;           // null: nothing to do now
    std::optional<env::Instant> until;  // then there may be
    env::Signal wake;
    bool stopped = false;
  };

  env::Task<void> run();
  env::Task<void> rest(Turn turn);
  Turn next_turn();
  void conclude(const std::shared_ptr<Job>& job, const Step& done);
  // --- on a disk thread
  Step step(Job& job);
  Result<Outcome> prepare(Job& job, const std::shared_ptr<log::Log>& future);
  Result<Outcome> finish(Job& job, const std::shared_ptr<log::Log>& future);
  static Step failed(Job& job, ErrorCode why);
  Timestamp wall() const { return Timestamp{clock_->wall().count()}; }

  const MoverConfig config_;
  log::LogManager* const logs_;
  env::Clock* const clock_;
  env::Disk* const disk_;
  const env::Executor executor_;
  env::Gate gate_;
  mutable std::mutex mutex_;
  bool started_ = false;
  bool stopped_ = false;
  env::Signal wake_;
  std::deque<std::shared_ptr<Job>> jobs_;
};

}  // namespace barnabas::broker::follower
