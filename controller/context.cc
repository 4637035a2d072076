#include "controller/context.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "env/check.h"

namespace barnabas::controller {
namespace {

// Every partition of every topic for which `wanted(topic name, partition)` holds.
template <class Wanted>
std::vector<TopicPartition> select(const std::map<std::string, Topic>& topics, Wanted wanted) {
  std::vector<TopicPartition> found;
  for (const auto& [topic, entry] : topics) {
    for (const auto& [index, partition] : entry.partitions) {
      TopicPartition tp{topic, index};
      if (wanted(tp, partition)) found.push_back(std::move(tp));
    }
  }
  return found;
}

void append_replicas(std::vector<Replica>& out, const TopicPartition& tp,
                     const Partition& partition) {
  for (const BrokerId broker : partition.assignment.replicas) out.push_back({tp, broker});
}

}  // namespace

void Context::set_live_brokers(std::map<BrokerId, LiveBroker> brokers) {
  brokers_ = std::move(brokers);
  shutting_down_.clear();
  offline_.clear();
}

void Context::add_broker(BrokerId id, LiveBroker broker) {
  brokers_.insert_or_assign(id, std::move(broker));
}

void Context::remove_broker(BrokerId id) {
  brokers_.erase(id);
  shutting_down_.erase(id);
  offline_.erase(id);
}

const LiveBroker* Context::broker(BrokerId id) const {
  const auto found = brokers_.find(id);
  return found == brokers_.end() ? nullptr : &found->second;
}

std::vector<BrokerId> Context::broker_ids() const {
  const auto ids = std::views::keys(brokers_);
  return {ids.begin(), ids.end()};
}

bool Context::is_live(BrokerId id) const {
  return brokers_.contains(id) && !shutting_down_.contains(id);
}

void Context::set_registration(BrokerId id, zk::BrokerRegistration registration) {
  const auto found = brokers_.find(id);
  if (found != brokers_.end()) found->second.registration = std::move(registration);
}

std::vector<Replica> Context::set_offline_replicas(BrokerId id,
                                                   std::set<TopicPartition> partitions) {
  std::vector<Replica> fresh;
  for (const TopicPartition& tp : partitions) {
    if (partition(tp) != nullptr && !offline_[id].contains(tp)) fresh.push_back({tp, id});
  }
  offline_[id] = std::move(partitions);
  return fresh;
}

bool Context::is_replica_online(BrokerId id, const TopicPartition& tp,
                                bool or_shutting_down) const {
  if (!(or_shutting_down ? brokers_.contains(id) : is_live(id))) return false;
  const auto failed = offline_.find(id);
  return failed == offline_.end() || !failed->second.contains(tp);
}

std::vector<BrokerId> Context::online_of(const std::vector<BrokerId>& ids,
                                         const TopicPartition& tp) const {
  std::vector<BrokerId> online;
  std::ranges::copy_if(ids, std::back_inserter(online),
                       [&](BrokerId id) { return is_replica_online(id, tp); });
  return online;
}

void Context::add_topic(const std::string& topic) { topics_[topic]; }

void Context::set_topic_id(const std::string& topic, TopicId id) {
  names_.erase(topics_[topic].id);
  topics_[topic].id = id;
  names_.insert_or_assign(id, topic);
}

void Context::remove_topic(const std::string& topic) {
  names_.erase(topic_id(topic));
  topics_.erase(topic);
  to_be_deleted.erase(topic);
  deletion_begun.erase(topic);
  ineligible_for_deletion.erase(topic);
}

const Topic* Context::topic(const std::string& topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : &found->second;
}

TopicId Context::topic_id(const std::string& topic) const {
  const Topic* entry = this->topic(topic);
  return entry == nullptr ? TopicId{} : entry->id;
}

const std::string* Context::topic_name(TopicId id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? nullptr : &found->second;
}

const Partition* Context::partition(const TopicPartition& tp) const {
  const Topic* entry = topic(tp.topic);
  if (entry == nullptr) return nullptr;
  const auto found = entry->partitions.find(tp.partition);
  return found == entry->partitions.end() ? nullptr : &found->second;
}

Partition* Context::partition(const TopicPartition& tp) {
  return const_cast<Partition*>(std::as_const(*this).partition(tp));
}

Partition& Context::assign(const TopicPartition& tp, zk::PartitionAssignment assignment) {
  Partition& partition = topics_[tp.topic].partitions[tp.partition];
  partition.assignment = std::move(assignment);
  return partition;
}

std::vector<TopicPartition> Context::partitions() const {
  return select(topics_, [](const TopicPartition&, const Partition&) { return true; });
}

std::vector<TopicPartition> Context::partitions_of(const std::string& topic) const {
  std::vector<TopicPartition> found;
  if (const Topic* entry = this->topic(topic)) {
    for (const auto& [index, partition] : entry->partitions) found.push_back({topic, index});
  }
  return found;
}

std::vector<TopicPartition> Context::partitions_with_leaders() const {
  return select(topics_,
                [](const TopicPartition&, const Partition& p) { return p.leadership.has_value(); });
}

std::vector<TopicPartition> Context::partitions_with_offline_leader() const {
  return select(topics_, [this](const TopicPartition& tp, const Partition& p) {
    return p.leadership && !is_replica_online(p.leadership->state.leader, tp) &&
           !being_deleted(tp.topic);
  });
}

std::vector<TopicPartition> Context::partitions_to_bring_online() const {
  return select(topics_, [this](const TopicPartition& tp, const Partition& p) {
    const bool waits = p.state == PartitionState::kNew || p.state == PartitionState::kOffline;
    return waits && !being_deleted(tp.topic);
  });
}

bool Context::any_reassigning() const {
  const auto moves = [](const Partition& p) { return p.assignment.reassigning(); };
  return std::ranges::any_of(std::views::values(topics_), [&](const Topic& topic) {
    return std::ranges::any_of(std::views::values(topic.partitions), moves);
  });
}

std::vector<TopicPartition> Context::partitions_reassigning() const {
  return select(topics_, [](const TopicPartition&, const Partition& p) {
    return p.assignment.reassigning();
  });
}

std::vector<Replica> Context::replicas() const {
  std::vector<Replica> all;
  for (const auto& [topic, entry] : topics_) {
    for (const auto& [index, partition] : entry.partitions)
      append_replicas(all, {topic, index}, partition);
  }
  return all;
}

std::vector<Replica> Context::replicas_of(const std::string& topic) const {
  std::vector<Replica> all;
  if (const Topic* entry = this->topic(topic)) {
    for (const auto& [index, partition] : entry->partitions)
      append_replicas(all, {topic, index}, partition);
  }
  return all;
}

std::vector<Replica> Context::replicas_of(std::span<const TopicPartition> partitions) const {
  std::vector<Replica> all;
  for (const TopicPartition& tp : partitions) {
    if (const Partition* p = partition(tp)) append_replicas(all, tp, *p);
  }
  return all;
}

std::vector<Replica> Context::replicas_on(const std::set<BrokerId>& brokers) const {
  std::vector<Replica> found = replicas();
  std::erase_if(found, [&](const Replica& replica) { return !brokers.contains(replica.broker); });
  return found;
}

ReplicaState Context::replica_state(const Replica& replica) const {
  const Partition* p = partition(replica.partition);
  if (p == nullptr) return ReplicaState::kNonExistent;
  const auto found = p->replicas.find(replica.broker);
  return found == p->replicas.end() ? ReplicaState::kNonExistent : found->second;
}

void Context::set_replica_state(const Replica& replica, ReplicaState state) {
  Partition* p = partition(replica.partition);
  BB_CHECK(p != nullptr);
  if (state == ReplicaState::kNonExistent) {
    p->replicas.erase(replica.broker);
  } else {
    p->replicas.insert_or_assign(replica.broker, state);
  }
}

bool Context::any_replica_in(const std::string& topic, ReplicaState state) const {
  return std::ranges::any_of(replicas_of(topic),
                             [&](const Replica& r) { return replica_state(r) == state; });
}

bool Context::all_replicas_in(const std::string& topic, ReplicaState state) const {
  return std::ranges::all_of(replicas_of(topic),
                             [&](const Replica& r) { return replica_state(r) == state; });
}

}  // namespace barnabas::controller
