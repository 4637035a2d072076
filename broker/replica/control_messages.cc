#include "broker/replica/control_messages.h"

namespace barnabas::broker::replica {

namespace {

using protocol::LeaderAndIsrRequest;
using protocol::LeaderAndIsrResponse;
using protocol::StopReplicaRequest;
using protocol::StopReplicaResponse;
using protocol::UpdateMetadataRequest;
using protocol::UpdateMetadataResponse;

template <class Request>
ControlHeader header_of(const Request& request) {
  return {request.controller_id, request.controller_epoch, request.broker_epoch};
}

LeaderAndIsrCommand::Item item_of(const std::string& topic, const TopicId& id,
                                  const LeaderAndIsrRequest::LeaderAndIsrPartitionState& in) {
  LeaderAndIsrCommand::Item item{{topic, in.partition_index}, id, {}};
  LeaderAndIsr& state = item.state;
  state.controller_epoch = in.controller_epoch;
  state.leader = in.leader;
  state.leader_epoch = in.leader_epoch;
  state.partition_epoch = in.partition_epoch;
  state.isr = in.isr;
  state.replicas = in.replicas;
  state.adding_replicas = in.adding_replicas;
  state.removing_replicas = in.removing_replicas;
  state.is_new = in.is_new;
  state.recovering = in.leader_recovery_state == 1;
  return item;
}

PartitionUpdate update_of(const UpdateMetadataRequest::UpdateMetadataPartitionState& in) {
  PartitionUpdate out;
  out.index = in.partition_index;
  out.controller_epoch = in.controller_epoch;
  out.leader = in.leader;
  out.leader_epoch = in.leader_epoch;
  out.partition_epoch = in.zk_version;
  out.isr = in.isr;
  out.replicas = in.replicas;
  out.offline_replicas = in.offline_replicas;
  return out;
}

// Before listeners had names (v3), they were called after their security protocol.
std::string default_listener(std::int16_t security_protocol) {
  switch (security_protocol) {
    case 1: return "SSL";
    case 2: return "SASL_PLAINTEXT";
    case 3: return "SASL_SSL";
    default: return "PLAINTEXT";
  }
}

LiveBroker broker_of(const UpdateMetadataRequest::UpdateMetadataBroker& in) {
  LiveBroker out{in.id, {}, in.rack};
  for (const auto& endpoint : in.endpoints) {
    out.endpoints.push_back({endpoint.listener.empty()
                                 ? default_listener(endpoint.security_protocol)
                                 : endpoint.listener,
                             endpoint.host, endpoint.port, endpoint.security_protocol});
  }
  if (!in.v0_host.empty()) out.endpoints.push_back({"PLAINTEXT", in.v0_host, in.v0_port, 0});
  return out;
}

}  // namespace

LeaderAndIsrCommand to_command(const LeaderAndIsrRequest& request) {
  LeaderAndIsrCommand command{header_of(request), {}};
  for (const auto& state : request.ungrouped_partition_states) {
    command.partitions.push_back(item_of(state.topic_name, {}, state));
  }
  for (const auto& topic : request.topic_states) {
    for (const auto& state : topic.partition_states) {
      command.partitions.push_back(item_of(topic.topic_name, topic.topic_id, state));
    }
  }
  return command;
}

StopReplicaCommand to_command(const StopReplicaRequest& request, std::int16_t version) {
  StopReplicaCommand command{header_of(request), {}};
  const bool remove = version < 3 && request.delete_partitions;
  for (const auto& partition : request.ungrouped_partitions) {
    command.partitions.push_back(
        {{partition.topic_name, partition.partition_index}, kNoLeaderEpoch, remove});
  }
  for (const auto& topic : request.topics) {
    for (const PartitionIndex index : topic.partition_indexes) {
      command.partitions.push_back({{topic.name, index}, kNoLeaderEpoch, remove});
    }
  }
  for (const auto& topic : request.topic_states) {
    for (const auto& state : topic.partition_states) {
      command.partitions.push_back(
          {{topic.topic_name, state.partition_index}, state.leader_epoch, state.delete_partition});
    }
  }
  return command;
}

UpdateMetadataCommand to_command(const UpdateMetadataRequest& request) {
  UpdateMetadataCommand command{header_of(request), {}};
  MetadataUpdate& update = command.update;
  update.controller_id = request.controller_id;
  update.controller_epoch = ControllerEpoch{request.controller_epoch};
  for (const auto& broker : request.live_brokers) update.live_brokers.push_back(broker_of(broker));
  for (const auto& topic : request.topic_states) {
    TopicUpdate& out = update.topics.emplace_back(topic.topic_name, topic.topic_id);
    for (const auto& state : topic.partition_states) out.partitions.push_back(update_of(state));
  }
  // Before v5 partitions come one by one; those of a topic stand together as a rule.
  for (const auto& state : request.ungrouped_partition_states) {
    const bool same = !update.topics.empty() && update.topics.back().name == state.topic_name;
    TopicUpdate& out =
        same ? update.topics.back() : update.topics.emplace_back(state.topic_name, TopicId{});
    out.partitions.push_back(update_of(state));
  }
  return command;
}

LeaderAndIsrResponse to_response(const LeaderAndIsrCommand& command,
                                 const LeaderAndIsrResult& result, std::int16_t version) {
  LeaderAndIsrResponse response;
  response.error_code = result.error;
  for (std::size_t n = 0; n < command.partitions.size(); ++n) {
    const auto& item = command.partitions[n];
    const bool refused = result.error != ErrorCode::kNone;
    LeaderAndIsrResponse::LeaderAndIsrPartitionError error;
    error.partition_index = item.tp.partition;
    error.error_code = refused ? result.error : result.partitions[n].error;
    if (version < 5) {
      error.topic_name = item.tp.topic;
      response.partition_errors.push_back(std::move(error));
      continue;
    }
    auto& topics = response.topics;
    if (topics.empty() || topics.back().topic_id != item.topic_id) {
      topics.emplace_back().topic_id = item.topic_id;
    }
    topics.back().partition_errors.push_back(std::move(error));
  }
  return response;
}

StopReplicaResponse to_response(const StopReplicaResult& result) {
  StopReplicaResponse response;
  response.error_code = result.error;
  for (const PartitionError& partition : result.partitions) {
    response.partition_errors.push_back(
        {partition.tp.topic, partition.tp.partition, partition.error});
  }
  return response;
}

UpdateMetadataResponse to_response(const UpdateMetadataResult& result) {
  UpdateMetadataResponse response;
  response.error_code = result.error;
  return response;
}

}  // namespace barnabas::broker::replica
