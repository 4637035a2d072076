// All groups that this broker coordinates: those of the partitions of __consumer_offsets it leads.
//
// Owns        a Shard for each such partition, the last leader epoch heard of each, the coroutines
//             that load and write.
// Does not    decode requests; know a group.
// Threading   every method from any thread; the mutex guards the map of shards only.
// Invariants  a shard is made by a later leader epoch only, and is closed before it leaves the map;
//             after shutdown() there is none.
// Kafka       coordinator/group/GroupCoordinator (onElection, onResignation, validateGroupStatus).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "broker/group/shard.h"
#include "broker/replica/control.h"

namespace barnabas::broker::group {

using ShardPtr = std::shared_ptr<Shard>;

// Whether the empty group id is a group: of the requests that are about offsets or that
// administrators send it is, of those of members it is not.
enum class GroupIds { kAny, kNamed };

class Coordinator {
 public:
  // A shard runs on one of `loops`.
  Coordinator(ShardConfig config, replica::ReplicaManager* replicas,
              replica::MetadataCache* metadata, env::Clock* clock, env::Disk* disk,
              std::vector<env::Executor> loops);

  // kInvalidGroupId, kNotCoordinator, or kCoordinatorNotAvailable after shutdown. The shard may be
  // loading, or retired by the time it is asked: it says so itself. Nobody is found before metadata
  // says how many partitions __consumer_offsets has: with another number the group is elsewhere.
  Result<ShardPtr> find(const std::string& group, GroupIds ids) const;
  std::vector<ShardPtr> shards() const;
  bool is_active() const;

  // What LeaderAndIsr, StopReplica, UpdateMetadata and a failed directory did; partitions of other
  // topics are passed over.
  void lead(const std::vector<replica::PartitionPtr>& leaders);
  void follow(const std::vector<replica::PartitionPtr>& followers);
  void resign(const std::vector<TopicPartition>& stopped);
  void forget(const std::vector<TopicPartition>& removed);
  // After UpdateMetadata: whoever was to tell this broker that it leads no more may be gone (a
  // replica that was moved away has no second chance), and its members would try here for ever.
  void heed_metadata();

  env::Task<void> shutdown();

 private:
  struct Slot {
    LeaderEpoch epoch = kNoLeaderEpoch;  // the last one heard of
    ShardPtr shard;
  };
  void lead_one(const replica::PartitionPtr& partition);
  void follow_one(PartitionIndex partition, LeaderEpoch epoch);
  void drop(PartitionIndex partition);
  void retire(const ShardPtr& shard);
  // By another broker, in a later epoch than this one knows of.
  bool is_led_elsewhere(const replica::PartitionView& known) const;

  const ShardConfig config_;
  replica::ReplicaManager* const replicas_;
  replica::MetadataCache* const metadata_;
  env::Clock* const clock_;
  env::Disk* const disk_;
  const std::vector<env::Executor> loops_;
  env::Gate gate_;

  mutable std::mutex mutex_;
  bool active_ = true;
  std::map<PartitionIndex, Slot> slots_;
};

}  // namespace barnabas::broker::group
