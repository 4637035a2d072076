// What the controller knows of the cluster: brokers, topics, assignments, leaders, states,
// deletions.
//
// Owns        values only; filled at failover, kept up to date by the event handlers.
// Does not    read or write anything, decide, or check transitions (the state machines do).
// Threading   the controller's executor.
// Invariants  a replica or partition has a state only while its partition is assigned; a topic
//             being deleted is known.
// Kafka       controller.ControllerContext. Differs: iteration is by topic name and partition, so
//             what is written and sent has one order (Kafka's is its hash maps').
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "controller/state.h"

namespace barnabas::controller {

struct LiveBroker {
  zk::BrokerRegistration registration;
  BrokerEpoch epoch;
};

struct Partition {
  zk::PartitionAssignment assignment;
  std::optional<LeaderAndIsr> leadership;  // none before the state znode exists
  PartitionState state = PartitionState::kNonExistent;
  std::map<BrokerId, ReplicaState> replicas;
};

struct Topic {
  TopicId id;  // zero if it has none
  std::map<PartitionIndex, Partition> partitions;
};

class Context {
 public:
  // Brokers. A broker that shuts down is live no more, but requests still go to it.
  void set_live_brokers(std::map<BrokerId, LiveBroker> brokers);
  void add_broker(BrokerId id, LiveBroker broker);
  void remove_broker(BrokerId id);  // and its offline replicas and shutting-down mark
  const std::map<BrokerId, LiveBroker>& brokers() const {
    return brokers_;
  }  // live or shutting down
  const LiveBroker* broker(BrokerId id) const;
  std::vector<BrokerId> broker_ids() const;  // live or shutting down
  bool is_live(BrokerId id) const;           // and not shutting down
  void mark_shutting_down(BrokerId id) { shutting_down_.insert(id); }
  const std::set<BrokerId>& shutting_down() const { return shutting_down_; }
  void set_registration(BrokerId id, zk::BrokerRegistration registration);

  // Those replicas of a live broker whose log directory has failed, as it says now; returns the new
  // ones among them.
  std::vector<Replica> set_offline_replicas(BrokerId id, std::set<TopicPartition> partitions);
  bool is_replica_online(BrokerId id, const TopicPartition& tp,
                         bool or_shutting_down = false) const;
  std::vector<BrokerId> online_of(const std::vector<BrokerId>& ids, const TopicPartition& tp) const;

  // Topics and partitions.
  void add_topic(const std::string& topic);     // unless there is one
  void remove_topic(const std::string& topic);  // and everything about it, its deletion included
  void set_topic_id(const std::string& topic, TopicId id);
  const std::map<std::string, Topic>& topics() const { return topics_; }
  const Topic* topic(const std::string& topic) const;
  TopicId topic_id(const std::string& topic) const;  // zero if unknown
  const std::string* topic_name(TopicId id) const;
  const Partition* partition(const TopicPartition& tp) const;
  Partition* partition(const TopicPartition& tp);
  Partition& assign(const TopicPartition& tp, zk::PartitionAssignment assignment);
  std::vector<TopicPartition> partitions() const;
  std::vector<TopicPartition> partitions_of(const std::string& topic) const;
  std::vector<TopicPartition> partitions_with_leaders() const;  // whose state znode is known
  // Led by a replica that is not online; topics being deleted left out.
  std::vector<TopicPartition> partitions_with_offline_leader() const;
  // Neither online nor gone; topics being deleted left out.
  std::vector<TopicPartition> partitions_to_bring_online() const;
  bool any_reassigning() const;
  std::vector<TopicPartition> partitions_reassigning() const;

  // Replicas, as assigned.
  std::vector<Replica> replicas() const;
  std::vector<Replica> replicas_of(const std::string& topic) const;
  std::vector<Replica> replicas_of(std::span<const TopicPartition> partitions) const;
  std::vector<Replica> replicas_on(const std::set<BrokerId>& brokers) const;
  ReplicaState replica_state(const Replica& replica) const;
  void set_replica_state(const Replica& replica, ReplicaState state);  // kNonExistent forgets it
  bool any_replica_in(const std::string& topic, ReplicaState state) const;
  bool all_replicas_in(const std::string& topic, ReplicaState state) const;

  // Topic deletion.
  std::set<std::string> to_be_deleted;
  std::set<std::string>
      deletion_begun;  // their partitions are gone from the partition state machine
  std::set<std::string> ineligible_for_deletion;
  bool being_deleted(const std::string& topic) const { return to_be_deleted.contains(topic); }

 private:
  std::map<BrokerId, LiveBroker> brokers_;
  std::set<BrokerId> shutting_down_;
  std::map<BrokerId, std::set<TopicPartition>> offline_;
  std::map<std::string, Topic> topics_;
  std::map<TopicId, std::string> names_;
};

}  // namespace barnabas::controller
