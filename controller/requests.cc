#include "controller/requests.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace barnabas::controller {
namespace {

using protocol::LeaderAndIsrRequest;
using protocol::StopReplicaRequest;
using protocol::UpdateMetadataRequest;

constexpr std::int16_t kLeaderAndIsrGrouped = 2;
constexpr std::int16_t kLeaderAndIsrRecovery = 6;
constexpr std::int16_t kUpdateMetadataGrouped = 5;
constexpr std::int16_t kStopReplicaTopics = 1;

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
  std::ranges::move(more, std::back_inserter(to));
}

LeaderAndIsrRequest::LeaderAndIsrPartitionState wire(const std::string& topic, PartitionIndex index,
                                                     const LeaderAndIsrPartition& partition,
                                                     std::int16_t version) {
  const zk::PartitionState& state = partition.leadership.state;
  LeaderAndIsrRequest::LeaderAndIsrPartitionState out;
  if (version < kLeaderAndIsrGrouped) out.topic_name = topic;
  out.partition_index = index;
  out.controller_epoch = state.controller_epoch;
  out.leader = state.leader;
  out.leader_epoch = state.leader_epoch;
  out.isr = state.isr;
  out.partition_epoch = partition.leadership.partition_epoch;
  out.replicas = partition.assignment.replicas;
  out.adding_replicas = partition.assignment.adding;
  out.removing_replicas = partition.assignment.removing;
  out.is_new = partition.is_new;
  if (version >= kLeaderAndIsrRecovery) out.leader_recovery_state = state.recovering ? 1 : 0;
  return out;
}

UpdateMetadataRequest::UpdateMetadataPartitionState wire(const std::string& topic,
                                                         PartitionIndex index,
                                                         const UpdateMetadataPartition& partition,
                                                         std::int16_t version) {
  const zk::PartitionState& state = partition.leadership.state;
  UpdateMetadataRequest::UpdateMetadataPartitionState out;
  if (version < kUpdateMetadataGrouped) out.topic_name = topic;
  out.partition_index = index;
  out.controller_epoch = state.controller_epoch;
  out.leader = state.leader;
  out.leader_epoch = state.leader_epoch;
  out.isr = state.isr;
  out.zk_version = partition.leadership.partition_epoch;
  out.replicas = partition.replicas;
  out.offline_replicas = partition.offline;
  return out;
}

UpdateMetadataRequest::UpdateMetadataBroker wire(BrokerId id, const zk::BrokerRegistration& broker,
                                                 std::int16_t version) {
  UpdateMetadataRequest::UpdateMetadataBroker out;
  out.id = id;
  out.rack = broker.rack;
  for (const zk::BrokerEndpoint& endpoint : broker.endpoints) {
    UpdateMetadataRequest::UpdateMetadataEndpoint address;
    address.host = endpoint.host;
    address.port = endpoint.port;
    address.listener = endpoint.listener;
    address.security_protocol = security_protocol_id(endpoint.security_protocol);
    out.endpoints.push_back(std::move(address));
    if (version == 0 && out.v0_host.empty() && endpoint.security_protocol == "PLAINTEXT") {
      out.v0_host = endpoint.host;
      out.v0_port = endpoint.port;
    }
  }
  return out;
}

// Versions 0 to 2: those partitions whose `remove` is `remove`.
StopReplicaRequest stop_replica(const SendStopReplica& body, bool remove, std::int16_t version) {
  StopReplicaRequest out;
  out.delete_partitions = remove;
  for (const auto& [topic, partitions] : body.topics) {
    StopReplicaRequest::StopReplicaTopicV1 entry;
    entry.name = topic;
    for (const auto& [index, partition] : partitions) {
      if (partition.remove != remove) continue;
      if (version < kStopReplicaTopics) {
        StopReplicaRequest::StopReplicaPartitionV0 single;
        single.topic_name = topic;
        single.partition_index = index;
        out.ungrouped_partitions.push_back(std::move(single));
      } else {
        entry.partition_indexes.push_back(index);
      }
    }
    if (!entry.partition_indexes.empty()) out.topics.push_back(std::move(entry));
  }
  return out;
}

StopReplicaRequest stop_replica(const SendStopReplica& body) {
  StopReplicaRequest out;
  for (const auto& [topic, partitions] : body.topics) {
    StopReplicaRequest::StopReplicaTopicState entry;
    entry.topic_name = topic;
    for (const auto& [index, partition] : partitions) {
      StopReplicaRequest::StopReplicaPartitionState state;
      state.partition_index = index;
      state.leader_epoch = partition.leader_epoch;
      state.delete_partition = partition.remove;
      entry.partition_states.push_back(state);
    }
    out.topic_states.push_back(std::move(entry));
  }
  return out;
}

// A request of before `grouped_since` names the topic with every partition.
template <class Request, class Body>
void add_topics(Request& out, const Body& body, std::int16_t version, std::int16_t grouped_since) {
  for (const auto& [topic, partitions] : body.topics) {
    decltype(out.ungrouped_partition_states) states;
    for (const auto& [index, partition] : partitions) {
      states.push_back(wire(topic, index, partition, version));
    }
    if (version < grouped_since) {
      append(out.ungrouped_partition_states, std::move(states));
    } else {
      out.topic_states.push_back({topic, body.ids.at(topic), std::move(states)});
    }
  }
}

}  // namespace

LeaderAndIsrRequest wire(const Speaker& speaker, BrokerEpoch to, const SendLeaderAndIsr& body) {
  const std::int16_t version = speaker.ibp.leader_and_isr();
  LeaderAndIsrRequest out;
  out.controller_id = speaker.controller;
  out.controller_epoch = speaker.epoch;
  out.broker_epoch = to;
  add_topics(out, body, version, kLeaderAndIsrGrouped);
  for (const auto& [id, broker] : body.live_leaders) {
    const zk::BrokerEndpoint* endpoint = endpoint_of(broker, speaker.inter_broker_listener);
    if (endpoint != nullptr) out.live_leaders.push_back({id, endpoint->host, endpoint->port});
  }
  return out;
}

UpdateMetadataRequest wire(const Speaker& speaker, BrokerEpoch to, const SendUpdateMetadata& body) {
  const std::int16_t version = speaker.ibp.update_metadata();
  UpdateMetadataRequest out;
  out.controller_id = speaker.controller;
  out.controller_epoch = speaker.epoch;
  out.broker_epoch = to;
  add_topics(out, body, version, kUpdateMetadataGrouped);
  for (const auto& [id, broker] : body.live_brokers)
    out.live_brokers.push_back(wire(id, broker, version));
  return out;
}

std::vector<StopReplicaRequest> wire(const Speaker& speaker, BrokerEpoch to,
                                     const SendStopReplica& body) {
  const std::int16_t version = speaker.ibp.stop_replica();
  std::vector<StopReplicaRequest> out;
  if (version >= kStopReplicaPerPartition) {
    out.push_back(stop_replica(body));
  } else {
    for (const bool remove : {false, true}) {
      StopReplicaRequest part = stop_replica(body, remove, version);
      if (!part.topics.empty() || !part.ungrouped_partitions.empty())
        out.push_back(std::move(part));
    }
  }
  for (StopReplicaRequest& request : out) {
    request.controller_id = speaker.controller;
    request.controller_epoch = speaker.epoch;
    request.broker_epoch = to;
  }
  return out;
}

std::int16_t security_protocol_id(const std::string& name) {
  static constexpr const char* kNames[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
  const auto found = std::ranges::find(kNames, name);
  return found == std::end(kNames) ? std::int16_t{0}
                                   : static_cast<std::int16_t>(found - std::begin(kNames));
}

const zk::BrokerEndpoint* endpoint_of(const zk::BrokerRegistration& broker,
                                      const std::string& listener) {
  const auto found = std::ranges::find(broker.endpoints, listener, &zk::BrokerEndpoint::listener);
  return found == broker.endpoints.end() ? nullptr : &*found;
}

}  // namespace barnabas::controller
