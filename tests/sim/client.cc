#include "tests/sim/client.h"

#include "env/clock.h"
#include "protocol/messages/list_offsets.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr std::int16_t kMetadataVersion = 12;

protocol::MetadataRequest ask_for(std::string topic) {
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  protocol::MetadataRequest::MetadataRequestTopic one;
  one.name = std::move(topic);
  request.topics = {one};
  return request;
}

}  // namespace

Task<void> Client::pause(int longest_ms) {
  const auto longest = static_cast<std::uint64_t>(longest_ms * slower_);
  const std::chrono::milliseconds time(random_.below(longest) + 1);
  co_await env::sleep_for(cluster_->client().clock(), time);
}

Task<std::optional<int>> Client::find_controller() {
  auto request = ask_for("none");
  auto answer = co_await call(any_broker(), std::move(request), kMetadataVersion, kTimeout);
  if (!answer || answer->body.controller_id == kNoBroker) co_return std::nullopt;
  co_return answer->body.controller_id.value;
}

Task<std::optional<protocol::MetadataResponse::MetadataResponseTopic>> Client::find_topic(
    std::string topic) {
  auto request = ask_for(std::move(topic));
  auto answer = co_await call(any_broker(), std::move(request), kMetadataVersion, kTimeout);
  if (!answer || answer->body.topics.size() != 1) co_return std::nullopt;
  if (answer->body.topics[0].error_code != ErrorCode::kNone) co_return std::nullopt;
  co_return std::move(answer->body.topics[0]);
}

Task<std::optional<int>> Client::find_leader(TopicIdPartition of) {
  const auto topic = co_await find_topic(of.tp.topic);
  if (!topic || topic->topic_id != of.id) co_return std::nullopt;
  for (const auto& partition : topic->partitions) {
    if (partition.partition_index != of.tp.partition) continue;
    const bool usable = partition.leader_id != kNoBroker && is_news(of, partition.leader_epoch);
    co_return usable ? std::optional(partition.leader_id.value) : std::nullopt;
  }
  co_return std::nullopt;
}

Task<std::optional<std::int64_t>> Client::offset_at(int broker, TopicIdPartition of,
                                                    Timestamp position) {
  protocol::ListOffsetsRequest::ListOffsetsPartition partition;
  partition.partition_index = of.tp.partition;
  partition.timestamp = position;
  protocol::ListOffsetsRequest::ListOffsetsTopic topic;
  topic.name = of.tp.topic;
  topic.partitions.push_back(partition);
  protocol::ListOffsetsRequest request;
  request.replica_id = kNoBroker;
  request.topics.push_back(std::move(topic));
  auto answer = co_await call(broker, std::move(request), 7, kTimeout);
  if (!answer) co_return std::nullopt;
  const auto& body = answer->body.topics.at(0).partitions.at(0);
  if (body.error_code != ErrorCode::kNone) co_return std::nullopt;
  co_return body.offset.value;
}

bool Client::is_news(const TopicIdPartition& of, LeaderEpoch epoch) {
  LeaderEpoch& known = epochs_.try_emplace(of, epoch).first->second;
  if (epoch < known) return false;
  known = epoch;
  return true;
}

}  // namespace barnabas::simtest
