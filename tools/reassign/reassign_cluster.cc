#include "tools/reassign/reassign_cluster.h"

#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/alter_replica_log_dirs.h"
#include "protocol/messages/describe_log_dirs.h"
#include "protocol/messages/list_partition_reassignments.h"
#include "tools/java_errors.h"

namespace barnabas::tools {
namespace {

using protocol::AlterPartitionReassignmentsRequest;
using protocol::AlterPartitionReassignmentsResponse;
using protocol::AlterReplicaLogDirsRequest;
using protocol::IncrementalAlterConfigsRequest;
using protocol::ListPartitionReassignmentsResponse;
using ConfigResource = IncrementalAlterConfigsRequest::AlterConfigsResource;

constexpr Millis kServerTimeout{30000};
constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kBrokerResource = 4;
constexpr std::int8_t kSet = 0;
constexpr std::int8_t kDelete = 1;

AdminError broker_error(ErrorCode code, const std::optional<std::string>& told = std::nullopt) {
  return {error_text(code, told), code};
}

ConfigResource resource_of(std::int8_t type, std::string name, const ConfigChanges& changes) {
  ConfigResource resource;
  resource.resource_type = type;
  resource.resource_name = std::move(name);
  for (const auto& [key, value] : changes) {
    auto& config = resource.configs.emplace_back();
    config.name = key;
    config.config_operation = value ? kSet : kDelete;
    config.value = value;
  }
  return resource;
}

void add_replica(AlterReplicaLogDirsRequest& request, const TopicPartition& partition,
                 const std::string& directory) {
  auto& dir = request.dirs.emplace_back();
  dir.path = directory;
  auto& topic = dir.topics.emplace_back();
  topic.name = partition.topic;
  topic.partitions.push_back(partition.partition);
}

void add_places(ReplicaPlaces& places, BrokerId broker,
                const protocol::DescribeLogDirsResponse& answer) {
  for (const auto& directory : answer.results) {
    if (directory.error_code != ErrorCode::kNone) continue;
    for (const auto& topic : directory.topics) {
      for (const auto& partition : topic.partitions) {
        auto& place = places[{broker, {topic.name, partition.partition_index}}];
        (partition.is_future_key ? place.future : place.current) = directory.log_dir;
      }
    }
  }
}

}  // namespace

env::Task<AdminResult<Racks>> ReassignCluster::brokers() {
  auto cluster = co_await client_.cluster("listNodes");
  if (!cluster) co_return std::unexpected(cluster.error());
  Racks racks;
  for (const auto& broker : cluster->brokers) racks[broker.node_id] = broker.rack;
  co_return racks;
}

env::Task<AdminResult<OngoingMoves>> ReassignCluster::ongoing() {
  protocol::ListPartitionReassignmentsRequest request;
  request.timeout_ms = kServerTimeout;
  request.topics = std::nullopt;  // all
  const Target target = Controller{};
  auto answer = co_await client_.call(target, std::move(request), "listPartitionReassignments",
                                      [](const ListPartitionReassignmentsResponse& r) {
                                        return r.error_code == ErrorCode::kNotController;
                                      });
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->error_code != ErrorCode::kNone) {
    co_return std::unexpected(broker_error(answer->error_code, answer->error_message));
  }
  OngoingMoves moves;
  for (const auto& topic : answer->topics) {
    for (const auto& move : topic.partitions) {
      moves[{topic.name, move.partition_index}] = {move.replicas, move.adding_replicas,
                                                   move.removing_replicas};
    }
  }
  co_return moves;
}

env::Task<AdminResult<Assignments>> ReassignCluster::assignments(std::set<std::string> topics) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  for (const auto& topic : topics) request.topics->emplace_back().name = topic;
  const Target target = AnyBroker{};
  auto answer = co_await client_.call(target, std::move(request), "describeTopics");
  if (!answer) co_return std::unexpected(answer.error());
  Assignments assignments;
  for (const auto& topic : answer->topics) {
    if (topic.error_code == ErrorCode::kUnknownTopicOrPartition) continue;
    if (topic.error_code != ErrorCode::kNone) {
      co_return std::unexpected(broker_error(topic.error_code));
    }
    for (const auto& partition : topic.partitions) {
      assignments[{topic.name.value_or(""), partition.partition_index}] = partition.replica_nodes;
    }
  }
  co_return assignments;
}

env::Task<AdminResult<std::map<TopicPartition, std::string>>> ReassignCluster::reassign(
    std::map<TopicPartition, std::optional<Replicas>> targets) {
  AlterPartitionReassignmentsRequest request;
  request.timeout_ms = kServerTimeout;
  for (auto& [partition, replicas] : targets) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back().name = partition.topic;
    }
    request.topics.back().partitions.push_back({partition.partition, std::move(replicas)});
  }
  const Target target = Controller{};
  auto answer = co_await client_.call(target, std::move(request), "alterPartitionReassignments",
                                      [](const AlterPartitionReassignmentsResponse& r) {
                                        return r.error_code == ErrorCode::kNotController;
                                      });
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->error_code != ErrorCode::kNone) {
    co_return std::unexpected(broker_error(answer->error_code, answer->error_message));
  }
  std::map<TopicPartition, std::string> refused;
  for (const auto& topic : answer->responses) {
    for (const auto& result : topic.partitions) {
      if (result.error_code == ErrorCode::kNone) continue;
      refused[{topic.name, result.partition_index}] =
          error_text(result.error_code, result.error_message);
    }
  }
  co_return refused;
}

env::Task<AdminResult<void>> ReassignCluster::change_topics(
    std::map<std::string, ConfigChanges> changes) {
  IncrementalAlterConfigsRequest request;
  for (const auto& [topic, settings] : changes) {
    request.resources.push_back(resource_of(kTopicResource, topic, settings));
  }
  if (request.resources.empty()) co_return AdminResult<void>{};
  const Target target = AnyBroker{};
  auto changed = co_await change(target, std::move(request));
  co_return changed;
}

// A broker's own settings are changed by itself.
env::Task<AdminResult<void>> ReassignCluster::change_brokers(std::set<BrokerId> brokers,
                                                             ConfigChanges changes) {
  for (const auto broker : brokers) {
    IncrementalAlterConfigsRequest request;
    request.resources.push_back(
        resource_of(kBrokerResource, std::to_string(broker.value), changes));
    const Target target = broker;
    auto changed = co_await change(target, std::move(request));
    if (!changed) co_return changed;
  }
  co_return AdminResult<void>{};
}

env::Task<AdminResult<void>> ReassignCluster::change(Target target,
                                                     IncrementalAlterConfigsRequest request) {
  const auto answer = co_await client_.call(target, std::move(request), "incrementalAlterConfigs");
  if (!answer) co_return std::unexpected(answer.error());
  for (const auto& result : answer->responses) {
    if (result.error_code == ErrorCode::kNone) continue;
    co_return std::unexpected(broker_error(result.error_code, result.error_message));
  }
  co_return AdminResult<void>{};
}

env::Task<AdminResult<ReplicaPlaces>> ReassignCluster::places(std::set<BrokerId> brokers) {
  ReplicaPlaces places;
  for (const auto broker : brokers) {
    protocol::DescribeLogDirsRequest request;
    request.topics = std::nullopt;  // all
    const Target target = broker;
    const auto answer = co_await client_.call(target, std::move(request), "describeReplicaLogDirs");
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->error_code != ErrorCode::kNone) {
      co_return std::unexpected(broker_error(answer->error_code));
    }
    add_places(places, broker, *answer);
  }
  co_return places;
}

env::Task<AdminResult<std::map<ReplicaOf, ErrorCode>>> ReassignCluster::move(Directories targets) {
  std::map<BrokerId, AlterReplicaLogDirsRequest> requests;
  for (const auto& [replica, directory] : targets) {
    add_replica(requests[replica.broker], replica.partition, directory);
  }
  std::map<ReplicaOf, ErrorCode> results;
  for (auto& [broker, request] : requests) {
    const Target target = broker;
    const auto answer = co_await client_.call(target, std::move(request), "alterReplicaLogDirs");
    if (!answer) co_return std::unexpected(answer.error());
    for (const auto& topic : answer->results) {
      for (const auto& result : topic.partitions) {
        results[{broker, {topic.topic_name, result.partition_index}}] = result.error_code;
      }
    }
  }
  co_return results;
}

}  // namespace barnabas::tools
