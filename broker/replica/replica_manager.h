// All partitions of this broker, and what requests want of several of them at once.
//
// Owns        the Partition objects, the last controller epoch seen; shares the logs with the
//             LogManager.
// Does not    decode or encode, wait (handlers wait with Partition::watch), fetch from other
//             brokers, or check authorization and quotas.
// Threading   append/read/find: any loop thread, at the same time. LeaderAndIsr and StopReplica run
//             one after another, on env::Disk.
// Invariants  a partition whose log directory died stays, offline; a deleted one is gone from the
//             map before its directory is renamed.
// Kafka       server/ReplicaManager (ZooKeeper path). Differs: nothing a user can see.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/quota/replication_quota.h"
#include "broker/replica/control.h"
#include "broker/replica/log_directories.h"
#include "broker/replica/metadata_cache.h"
#include "broker/replica/partition.h"
#include "env/disk.h"
#include "env/space.h"
#include "log/log_manager.h"

namespace barnabas::broker::replica {

// One partition's records of one Produce.
struct PartitionAppend {
  std::string_view topic;
  PartitionIndex partition;
  log::Appendable set;
  std::int16_t acks = 1;          // -1, 0, 1; others answer kInvalidRequiredAcks
  bool internal_allowed = false;  // else internal topics answer kInvalidTopicException
};

struct AppendResult {
  log::Appended appended;
  PartitionPtr partition;  // null if nothing was tried
  // acks=-1: done when partition->replicated_up_to(required) says so; kNoOffset: do not wait.
  Offset required = kNoOffset;
};

struct PartitionFetch {
  std::string_view topic;
  TopicId topic_id;  // unless zero (before Fetch v13) that of our log, else kInconsistentTopicId
  PartitionIndex partition;
  Offset fetch_offset;
  Offset follower_log_start = kNoOffset;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
  LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;
  std::int32_t max_bytes = 0;  // negative answers kUnknownServerError
};

struct FetchLimits {
  std::int32_t max_bytes = 0;  // all partitions together
  bool hard = false;           // Fetch v0-2: a batch larger than the limits is cut, not sent whole
};

// Whether a fetch may be answered now, by Kafka's rule.
struct ReadSummary {
  std::size_t bytes = 0;
  bool error = false;
  bool diverging = false;
  bool elsewhere = false;  // a reader is sent to another replica
  bool answer_now(std::int32_t min_bytes) const {
    return error || diverging || elsewhere || static_cast<std::int64_t>(bytes) >= min_bytes;
  }
};
// Where a result was read.
struct ReadSource {
  PartitionPtr partition;     // null: there is none
  std::uint64_t changes = 0;  // of it, before it was read
  bool held_back = false;     // by a limit: no records, though there may be some
};
struct ReadResults {
  std::vector<ReadResult> partitions;  // in the order asked
  std::vector<ReadSource> sources;     // in the same order
  ReadSummary summary;
};

// Records that are deleted here; done once partition->low_watermark() has reached `required`.
struct Deletion {
  PartitionPtr partition;
  Offset required;
};

struct ReplicaManagerConfig {
  BrokerId self;
  env::Duration replica_lag_time_max = std::chrono::seconds(30);
  ReplicaSelector selector = ReplicaSelector::kLeader;
  // The topic's effective config, for a log that is made.
  std::function<std::shared_ptr<const log::LogConfig>(const std::string& topic)> topic_config;
  // Where the ISR changes go that partitions want (IsrUpdater).
  std::function<void(IsrChange)> alter_isr = [](IsrChange) {};
  // What followers that are not in sync may be given; null: as much as there is.
  quota::ReplicationQuota* leader_quota = nullptr;
  // Of a log directory's file system.
  std::function<env::IoResult<env::DiskSpace>(const std::string& directory)> space;
};

class ReplicaManager {
 public:
  ReplicaManager(ReplicaManagerConfig config, log::LogManager* logs, MetadataCache* metadata,
                 env::Clock* clock, env::Disk* disk);
  ReplicaManager(const ReplicaManager&) = delete;
  ReplicaManager& operator=(const ReplicaManager&) = delete;
  ~ReplicaManager();

  // The czxid of our registration; requests with a lower one are answered STALE_BROKER_EPOCH.
  void set_broker_epoch(BrokerEpoch epoch) { broker_epoch_.store(epoch.value); }
  BrokerEpoch broker_epoch() const { return BrokerEpoch{broker_epoch_.load()}; }
  ControllerEpoch controller_epoch() const { return ControllerEpoch{controller_epoch_.load()}; }

  // Null if this broker has no replica.
  PartitionPtr find(std::string_view topic, PartitionIndex partition) const;
  // kUnknownTopicOrPartition if the cluster does not know it, kNotLeaderOrFollower if only we do
  // not have it, kKafkaStorageError if its directory is offline.
  Result<PartitionPtr> get(std::string_view topic, PartitionIndex partition) const;
  std::vector<PartitionPtr> all() const;

  // A whole readiness batch; items of one partition are written with one lock and one syscall, in
  // their order. Answers in the order of `items`.
  std::vector<AppendResult> append(std::span<PartitionAppend> items);
  // Reads in the given order; the byte limits go to the first ones (callers rotate).
  ReadResults read(const Reader& reader, std::span<const PartitionFetch> items, FetchLimits limits);
  // The same once more, for who has waited; what cannot have changed since stays as it was read.
  void read_again(const Reader& reader, std::span<const PartitionFetch> items, FetchLimits limits,
                  ReadResults& results);

  // This broker is shutting down. From now on it does not begin to follow where it is out of sync:
  // a leader's high watermark waits for whoever has caught up and is still alive (KIP-497), so its
  // producers would wait until our registration is gone.
  void leave() { leaving_.store(true); }

  env::Task<LeaderAndIsrResult> become_leader_or_follower(LeaderAndIsrCommand command);
  env::Task<StopReplicaResult> stop_replica(StopReplicaCommand command);
  UpdateMetadataResult update_metadata(const UpdateMetadataCommand& command);  // fast; no disk
  env::Task<AlterLogDirsResult> alter_log_dirs(std::vector<LogDirMove> moves);
  // Of those partitions, else of all.
  env::Task<std::vector<LogDirReport>> describe_log_dirs(
      std::optional<std::set<TopicPartition>> only);

  // What is before `before` (-1: the high watermark) is gone for readers at once. Errors as get()
  // and Partition::delete_records; kInvalidTopicException for an internal topic.
  Result<Deletion> delete_records(std::string_view topic, PartitionIndex partition, Offset before);

  // The controller's answer to a wanted ISR change. True: nothing is decided, it must be asked
  // again.
  bool settle_isr_change(const IsrChange& change, const IsrAnswer& answer);
  // Every replica.lag.time.max.ms / 2.
  void maybe_shrink_isr();

  // For replication-offset-checkpoint; the owner calls it every 5 s on a disk thread. Nothing is
  // written before the first LeaderAndIsr, lest an empty file overwrite what the partitions still
  // have to read.
  void checkpoint_high_watermarks();
  // Every partition in that directory answers KAFKA_STORAGE_ERROR from now on. Which ones.
  std::vector<TopicPartition> handle_directory_failure(const std::string& directory);
  // Fulfils LogManager::delete_old_segments' wish for a high watermark.
  Offset high_watermark(const TopicPartition& tp) const;

 private:
  struct Key {
    std::string_view topic;
    PartitionIndex partition;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>{}(key.topic) * 31 +
             static_cast<std::size_t>(key.partition.value);
    }
  };

  LeaderAndIsrResult apply(const LeaderAndIsrCommand& command);  // slow: disk threads
  StopReplicaResult apply(const StopReplicaCommand& command);    // slow: disk threads
  void apply_roles(const LeaderAndIsrCommand& command, bool leads, LeaderAndIsrResult& result);
  ErrorCode apply_one(const ControlHeader& header, const LeaderAndIsrCommand::Item& item,
                      LeaderAndIsrResult& result);
  PartitionPtr make_partition(const TopicPartition& tp);
  ErrorCode clear_the_way(const ControlHeader& header, const TopicPartition& tp);
  void remove(const PartitionPtr& partition);
  ErrorCode change_role(const PartitionPtr& partition, const LeaderAndIsrCommand::Item& item,
                        LeaderAndIsrResult& result);
  bool shall_follow(const LeaderAndIsr& state) const;
  bool alive_or_awaited(const PartitionPtr& partition, const LeaderAndIsr& state);
  void await_no_more(const PartitionPtr& partition);
  std::vector<PartitionPtr> follow_awaited();
  ErrorCode ensure_log(const PartitionPtr& partition, const LeaderAndIsrCommand::Item& item);
  ErrorCode stop_one(const StopReplicaCommand::Item& item, StopReplicaResult& result);
  ErrorCode move_one(const LogDirMove& move, AlterLogDirsResult& result);  // slow: disk threads
  LogDirReport report(const std::string& directory) const;
  std::int64_t offset_lag(const log::Log& log, bool is_future) const;
  ErrorCode accept(const ControlHeader& header);
  void insert(const PartitionPtr& partition);
  ErrorCode admit(const PartitionAppend& item, PartitionPtr& partition) const;
  void append_run(std::span<PartitionAppend> items, std::span<const std::size_t> run,
                  std::vector<AppendResult>& results);
  bool holds_back(const Partition& partition, const Reader& reader) const;
  BrokerId preferred_replica(const Partition& partition, const Reader& reader, Offset from) const;
  bool may_have_changed(const Reader& reader, const ReadSource& source,
                        const ReadResult& result) const;
  template <class Wanted>
  void read_where(const Reader& reader, std::span<const PartitionFetch> items, FetchLimits limits,
                  ReadResults& results, Wanted wanted);
  ReadResult read_one(const Reader& reader, const PartitionFetch& item, FetchLimits limits,
                      bool min_one_batch, ReadSource& source);

  const ReplicaManagerConfig config_;
  log::LogManager* const logs_;
  MetadataCache* const metadata_;
  env::Clock* const clock_;
  env::Disk* const disk_;
  std::atomic<std::int64_t> broker_epoch_{-1};
  std::atomic<std::int32_t> controller_epoch_{0};
  std::atomic<bool> controlled_{false};  // a LeaderAndIsr has been applied
  std::atomic<bool> leaving_{false};
  std::mutex awaited_mutex_;
  std::map<PartitionPtr, LeaderAndIsr> awaited_;  // to be followed once their leader is alive
  std::mutex control_;                            // LeaderAndIsr and StopReplica, one at a time

  mutable std::shared_mutex mutex_;  // the map; keys view into the partitions' own names
  std::unordered_map<Key, PartitionPtr, KeyHash> partitions_;
};

}  // namespace barnabas::broker::replica
