#include "controller/request_batch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace barnabas::controller {
namespace {

constexpr BrokerId kLeaderDuringDelete{-2};

std::map<BrokerId, zk::BrokerRegistration> registrations(const Context& context,
                                                         const std::set<BrokerId>& wanted) {
  std::map<BrokerId, zk::BrokerRegistration> found;
  for (const BrokerId id : wanted) {
    if (const LiveBroker* broker = context.broker(id)) found.emplace(id, broker->registration);
  }
  return found;
}

std::set<BrokerId> leaders_in(const SendLeaderAndIsr& request) {
  std::set<BrokerId> leaders;
  for (const auto& [topic, partitions] : request.topics) {
    for (const auto& [index, p] : partitions) leaders.insert(p.leadership.state.leader);
  }
  return leaders;
}

LeaderAndIsr during_delete(const LeaderAndIsr& now) {
  LeaderAndIsr gone = now;
  gone.state.leader = kLeaderDuringDelete;
  gone.state.leader_epoch = LeaderEpoch{0};
  gone.partition_epoch = PartitionEpoch{0};
  return gone;
}

}  // namespace

void RequestBatch::add_leader_and_isr(const std::vector<BrokerId>& to, const TopicPartition& tp,
                                      const Partition& partition, bool is_new) {
  for (const BrokerId id : to) {
    if (id < BrokerId{0}) continue;
    SendLeaderAndIsr& request = leader_and_isr_[id];
    request.ids[tp.topic] = context_.topic_id(tp.topic);
    LeaderAndIsrPartition& entry = request.topics[tp.topic][tp.partition];
    entry = {*partition.leadership, partition.assignment, is_new || entry.is_new};
  }
  add_update_metadata(context_.broker_ids(), {tp});
}

void RequestBatch::add_stop_replica(BrokerId to, const TopicPartition& tp, bool remove) {
  if (to < BrokerId{0}) return;
  const Partition* partition = context_.partition(tp);
  LeaderEpoch epoch = kNoLeaderEpoch;
  if (context_.being_deleted(tp.topic)) {
    epoch = kEpochDuringDelete;
  } else if (partition != nullptr && partition->leadership) {
    epoch = partition->leadership->state.leader_epoch;
  }
  stop_replica_[to].topics[tp.topic].insert_or_assign(tp.partition,
                                                      StopReplicaPartition{epoch, remove});
}

void RequestBatch::add_update_metadata(const std::vector<BrokerId>& to,
                                       const std::vector<TopicPartition>& partitions) {
  metadata_to_.insert(to.begin(), to.end());
  metadata_about_.insert(partitions.begin(), partitions.end());
}

bool RequestBatch::empty() const {
  return leader_and_isr_.empty() && stop_replica_.empty() && metadata_to_.empty();
}

std::vector<Outgoing> RequestBatch::finish() {
  std::vector<Outgoing> out;
  finish_leader_and_isr(out);
  finish_update_metadata(out);
  finish_stop_replica(out);
  return out;
}

void RequestBatch::finish_leader_and_isr(std::vector<Outgoing>& out) {
  for (auto& [id, request] : std::exchange(leader_and_isr_, {})) {
    const LiveBroker* broker = context_.broker(id);
    if (broker == nullptr) continue;
    request.live_leaders = registrations(context_, leaders_in(request));
    out.push_back({id, broker->epoch, std::make_shared<const RequestBody>(std::move(request))});
  }
}

SendUpdateMetadata RequestBatch::metadata() const {
  SendUpdateMetadata request;
  for (const TopicPartition& tp : metadata_about_) {
    const Partition* partition = context_.partition(tp);
    if (partition == nullptr || !partition->leadership) continue;
    UpdateMetadataPartition entry{*partition->leadership, partition->assignment.replicas, {}};
    if (context_.being_deleted(tp.topic)) entry.leadership = during_delete(entry.leadership);
    std::ranges::copy_if(entry.replicas, std::back_inserter(entry.offline),
                         [&](BrokerId id) { return !context_.is_replica_online(id, tp); });
    request.ids[tp.topic] = context_.topic_id(tp.topic);
    request.topics[tp.topic].emplace(tp.partition, std::move(entry));
  }
  for (const auto& [id, broker] : context_.brokers())
    request.live_brokers.emplace(id, broker.registration);
  return request;
}

void RequestBatch::finish_update_metadata(std::vector<Outgoing>& out) {
  if (metadata_to_.empty()) return;
  const auto body = std::make_shared<const RequestBody>(metadata());
  for (const BrokerId id : std::exchange(metadata_to_, {})) {
    if (const LiveBroker* broker = context_.broker(id)) out.push_back({id, broker->epoch, body});
  }
  metadata_about_.clear();
}

void RequestBatch::finish_stop_replica(std::vector<Outgoing>& out) {
  for (auto& [id, request] : std::exchange(stop_replica_, {})) {
    const LiveBroker* broker = context_.broker(id);
    if (broker == nullptr) continue;
    out.push_back({id, broker->epoch, std::make_shared<const RequestBody>(std::move(request))});
  }
}

}  // namespace barnabas::controller
