// What this broker knows of the cluster: all that UpdateMetadata told it so far.
//
// Owns        the current snapshot. A reader takes it once and keeps a consistent view for as long
//             as it likes.
// Does not    ask anybody, check epochs (ReplicaManager does), or authorize.
// Threading   every method from any thread; readers take no lock that an update holds.
// Invariants  a published snapshot never changes; an update copies the topics it names and shares
//             the others, so its cost is that of the topics in it.
// Kafka       server/metadata/ZkMetadataCache. Differs: nothing is left of a topic once another of
//             its name is known.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/replica/watchers.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

struct BrokerEndpoint {
  std::string listener;  // "PLAINTEXT", "INTERNAL"
  std::string host;
  std::int32_t port = 0;
  std::int16_t security_protocol = 0;
  friend bool operator==(const BrokerEndpoint&, const BrokerEndpoint&) = default;
};

struct LiveBroker {
  BrokerId id;
  std::vector<BrokerEndpoint> endpoints;
  std::optional<std::string> rack;
  const BrokerEndpoint* endpoint(std::string_view listener) const;  // nullptr if it has none
  friend bool operator==(const LiveBroker&, const LiveBroker&) = default;
};

// One partition as UpdateMetadata carries it.
struct PartitionUpdate {
  PartitionIndex index;
  ControllerEpoch controller_epoch;
  BrokerId leader = kNoBroker;  // -2: the partition is being deleted
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  PartitionEpoch partition_epoch;
  std::vector<BrokerId> isr;
  std::vector<BrokerId> replicas;
  std::vector<BrokerId> offline_replicas;
  friend bool operator==(const PartitionUpdate&, const PartitionUpdate&) = default;
};
inline constexpr BrokerId kLeaderDuringDelete{-2};

struct TopicUpdate {
  std::string name;
  TopicId id;  // zero before IBP 2.8
  std::vector<PartitionUpdate> partitions;
};

struct MetadataUpdate {
  BrokerId controller_id = kNoBroker;
  std::vector<TopicUpdate> topics;       // partial: what is not named stays
  std::vector<LiveBroker> live_brokers;  // always all of them
  ControllerEpoch controller_epoch{0};
};

// A partition inside a TopicMetadata: valid while that lives.
struct PartitionView {
  PartitionIndex index;
  ControllerEpoch controller_epoch;
  BrokerId leader;
  LeaderEpoch leader_epoch;
  PartitionEpoch partition_epoch;
  std::span<const BrokerId> replicas;
  std::span<const BrokerId> isr;
  std::span<const BrokerId> offline_replicas;
};

// One topic, immutable. About 36 bytes a partition plus 4 per id in its three lists.
class TopicMetadata {
 public:
  const std::string& name() const { return name_; }
  const TopicId& id() const { return id_; }
  std::size_t size() const { return slots_.size(); }
  PartitionView at(std::size_t n) const;  // by position, ascending index
  std::optional<PartitionView> find(PartitionIndex index) const;
  // `old` (may be null) with `update` merged in; null if no partition is left.
  static std::shared_ptr<const TopicMetadata> merge(const TopicMetadata* old,
                                                    const TopicUpdate& update);

 private:
  struct Slot {
    PartitionIndex index;
    ControllerEpoch controller_epoch;
    BrokerId leader;
    LeaderEpoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::uint32_t ids = 0;  // where its ids begin: replicas, then isr, then offline replicas
    std::uint16_t replicas = 0, isr = 0, offline = 0;
  };
  void add(const PartitionView& partition);

  std::string name_;
  TopicId id_;
  std::vector<Slot> slots_;
  std::vector<BrokerId> ids_;
};
using TopicPtr = std::shared_ptr<const TopicMetadata>;

// What a Metadata answer says of one partition (the error depends on listener and version).
struct PartitionMetadata {
  ErrorCode error = ErrorCode::kNone;
  PartitionIndex index;
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::vector<BrokerId> replicas, isr, offline_replicas;
};

class MetadataSnapshot {
 public:
  BrokerId controller_id() const { return controller_id_; }               // kNoBroker if not known
  ControllerEpoch controller_epoch() const { return controller_epoch_; }  // its term
  const std::vector<LiveBroker>& live_brokers() const { return *brokers_; }  // ascending id
  const LiveBroker* broker(BrokerId id) const;                               // nullptr if not alive
  bool alive(BrokerId id) const { return broker(id) != nullptr; }

  TopicPtr topic(std::string_view name) const;  // null if unknown
  TopicPtr topic(const TopicId& id) const;
  std::optional<TopicId> topic_id(std::string_view name) const;  // nullopt if unknown or without id
  std::optional<std::string> topic_name(const TopicId& id) const;
  std::size_t topic_count() const { return topics_; }
  std::size_t partition_count() const { return partitions_; }
  void for_each_topic(const std::function<void(const TopicMetadata&)>& fn) const;  // in no order
  bool contains(std::string_view topic, PartitionIndex partition) const;
  // All partitions 0..count-1 have a live leader: what CreateTopics waits for.
  bool has_leaders(std::string_view topic, std::size_t count) const;

  // For Metadata: `unavailable_endpoints` for v0 (replicas without the listener are errors and left
  // out), `unavailable_listeners` from v6 on (LISTENER_NOT_FOUND instead of LEADER_NOT_AVAILABLE).
  PartitionMetadata describe(const PartitionView& partition, std::string_view listener,
                             bool unavailable_endpoints, bool unavailable_listeners) const;

 private:
  friend class MetadataCache;
  static constexpr std::size_t kShards = 512;
  using Shard = std::vector<TopicPtr>;  // ascending by name, or by id
  using Shards = std::array<std::shared_ptr<const Shard>, kShards>;

  BrokerId controller_id_ = kNoBroker;
  ControllerEpoch controller_epoch_{0};
  std::shared_ptr<const std::vector<LiveBroker>> brokers_;
  Shards by_name_, by_id_;
  std::size_t topics_ = 0, partitions_ = 0;
};
using MetadataPtr = std::shared_ptr<const MetadataSnapshot>;

class MetadataCache {
 public:
  MetadataCache();
  MetadataPtr snapshot() const;  // never null
  // Merges and publishes. Returns the partitions that were removed (group coordinators want to
  // know).
  std::vector<TopicPartition> update(const MetadataUpdate& update);
  // For who has seen that ZooKeeper does not have this topic, though it is known here: a controller
  // that ends while it deletes one may not have told everybody. One that was made anew stays.
  // Returns what update() returns.
  std::vector<TopicPartition> forget(const TopicMetadata& topic);
  // Everybody who waits here looks again (shutdown).
  void wake_all() { watchers_.notify(kLeadership); }
  // Woken once, by the next update: register, look at snapshot(), then wait.
  [[nodiscard]] Watch watch(env::Signal signal) {
    return watchers_.add(std::move(signal), kLeadership);
  }

 private:
  static void merge_topics(MetadataSnapshot& next, const std::vector<TopicUpdate>& topics,
                           std::vector<TopicPartition>& removed);

  std::mutex update_;  // one writer at a time
  std::atomic<MetadataPtr> current_;
  Watchers watchers_;
};

}  // namespace barnabas::broker::replica
