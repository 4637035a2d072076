// AlterReplicaLogDirs 0-2, DescribeLogDirs 0-4 (KIP-113). DescribeLogDirs v3: error at the top; v4:
// sizes of the volumes (KIP-827).
#include <map>

#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

using protocol::AlterReplicaLogDirsRequest;
using protocol::AlterReplicaLogDirsResponse;
using protocol::DescribeLogDirsRequest;
using protocol::DescribeLogDirsResponse;

// A partition named twice goes where it was named last, as in Kafka.
std::vector<replica::LogDirMove> moves_of(const AlterReplicaLogDirsRequest& request) {
  std::map<TopicPartition, std::string> directories;
  for (const auto& dir : request.dirs) {
    for (const auto& topic : dir.topics) {
      for (const PartitionIndex index : topic.partitions) {
        directories.insert_or_assign(TopicPartition{topic.name, index}, dir.path);
      }
    }
  }
  std::vector<replica::LogDirMove> moves;
  for (auto& [tp, directory] : directories) moves.push_back({tp, std::move(directory)});
  return moves;
}

std::optional<std::set<TopicPartition>> named_in(const DescribeLogDirsRequest& request) {
  if (!request.topics) return std::nullopt;
  std::set<TopicPartition> named;
  for (const auto& topic : *request.topics) {
    for (const PartitionIndex index : topic.partitions) named.insert({topic.topic, index});
  }
  return named;
}

DescribeLogDirsResponse::DescribeLogDirsResult to_result(const replica::LogDirReport& report) {
  DescribeLogDirsResponse::DescribeLogDirsResult result;
  result.error_code = report.error;
  result.log_dir = report.directory;
  result.total_bytes = report.total_bytes;
  result.usable_bytes = report.usable_bytes;
  for (const replica::ReplicaOnDisk& replica : report.replicas) {
    auto& topics = result.topics;
    if (topics.empty() || topics.back().name != replica.tp.topic) {
      topics.push_back({replica.tp.topic, {}});
    }
    topics.back().partitions.push_back({replica.tp.partition,
                                        static_cast<std::int64_t>(replica.size), replica.offset_lag,
                                        replica.is_future});
  }
  return result;
}

}  // namespace

env::Task<AlterReplicaLogDirsResponse> handle_alter_replica_log_dirs(
    Services* services, RequestContext, AlterReplicaLogDirsRequest request) {
  auto moves = moves_of(request);
  const auto result = co_await services->replicas.alter_log_dirs(std::move(moves));
  services->mover.move(result.moving);
  AlterReplicaLogDirsResponse response;
  for (const replica::PartitionError& answer : result.partitions) {
    auto& topics = response.results;
    if (topics.empty() || topics.back().topic_name != answer.tp.topic) {
      topics.push_back({answer.tp.topic, {}});
    }
    topics.back().partitions.push_back({answer.tp.partition, answer.error});
  }
  co_return response;
}

env::Task<DescribeLogDirsResponse> handle_describe_log_dirs(Services* services, RequestContext,
                                                            DescribeLogDirsRequest request) {
  auto named = named_in(request);
  const auto reports = co_await services->replicas.describe_log_dirs(std::move(named));
  DescribeLogDirsResponse response;
  for (const replica::LogDirReport& report : reports) {
    response.results.push_back(to_result(report));
  }
  co_return response;
}

}  // namespace barnabas::broker::api
