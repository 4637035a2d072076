#include "tools/groups/leader_offsets.h"

#include <fmt/format.h>

namespace barnabas::tools {
namespace {

using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;
using protocol::MetadataResponse;

constexpr BrokerId kNoReplica{-1};
constexpr std::string_view kMetadataCall = "listOffsets(api=METADATA)";

ListOffsetsRequest::ListOffsetsTopic& topic_in(ListOffsetsRequest& request,
                                               const std::string& name) {
  request.replica_id = kNoReplica;
  if (request.topics.empty() || request.topics.back().name != name) {
    request.topics.emplace_back().name = name;
  }
  return request.topics.back();
}

}  // namespace

env::Task<Called<PartitionOffsets>> LeaderOffsets::find(std::vector<TopicPartition> partitions) {
  pending_ = {partitions.begin(), partitions.end()};
  Attempts attempts(client_.clock(), timeout_);
  while (!pending_.empty()) {
    const auto answer = co_await metadata();
    if (!answer) co_return std::unexpected(answer.error());
    auto requests = by_leader(*answer);
    if (!requests) co_return std::unexpected(requests.error());
    for (auto& [leader, request] : *requests) {
      const Target target = leader;
      const auto offsets = co_await client_.call(target, std::move(request), "listOffsets");
      if (!offsets) co_return std::unexpected(thrown(offsets.error()));
      const auto taken = take(*offsets);
      if (!taken) co_return std::unexpected(taken.error());
    }
    if (pending_.empty()) break;
    const bool in_time = co_await attempts.again();
    if (!in_time) {
      co_return std::unexpected(
          thrown(ErrorCode::kRequestTimedOut,
                 fmt::format("Timed out waiting for a node assignment. Call: {}", kMetadataCall)));
    }
  }
  co_return std::move(found_);
}

env::Task<Called<MetadataResponse>> LeaderOffsets::metadata() {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  std::set<std::string> topics;
  for (const auto& partition : pending_) topics.insert(partition.topic);
  for (const auto& topic : topics) request.topics->emplace_back().name = topic;
  const Target target = AnyBroker{};
  auto answer = co_await client_.call(target, std::move(request), std::string(kMetadataCall));
  if (!answer) co_return std::unexpected(thrown(answer.error()));
  co_return std::move(*answer);
}

Called<LeaderOffsets::Requests> LeaderOffsets::by_leader(const MetadataResponse& metadata) const {
  Requests requests;
  for (const auto& topic : metadata.topics) {
    const auto name = topic.name.value_or("");
    if (topic.error_code == ErrorCode::kUnknownTopicOrPartition) {
      return std::unexpected(unknown_topic(name));
    }
    if (topic.error_code != ErrorCode::kNone && !is_retriable(topic.error_code)) {
      return std::unexpected(thrown(topic.error_code));
    }
    for (const auto& partition : topic.partitions) {
      const bool asked = pending_.contains({name, partition.partition_index});
      if (!asked || partition.leader_id == kNoBroker) continue;
      auto& entry = topic_in(requests[partition.leader_id], name).partitions.emplace_back();
      entry.partition_index = partition.partition_index;
      entry.timestamp = at_;
    }
  }
  return requests;
}

Thrown LeaderOffsets::unknown_topic(const std::string& topic) const {
  const auto partition = pending_.lower_bound({topic, PartitionIndex(0)});
  return thrown(ErrorCode::kUnknownTopicOrPartition,
                fmt::format("Failed to fetch metadata for partition {} because metadata for topic "
                            "`{}` could not be found",
                            to_string(*partition), topic));
}

Called<void> LeaderOffsets::take(const ListOffsetsResponse& answer) {
  for (const auto& topic : answer.topics) {
    for (const auto& partition : topic.partitions) {
      const TopicPartition tp{topic.name, partition.partition_index};
      if (partition.error_code == ErrorCode::kNone) {
        found_[tp] = partition.offset;
        pending_.erase(tp);
      } else if (!is_retriable(partition.error_code)) {
        return std::unexpected(thrown(partition.error_code));
      }
    }
  }
  return {};
}

}  // namespace barnabas::tools
