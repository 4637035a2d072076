#include "broker/follower/leader_endpoint.h"

#include <map>
#include <utility>

#include "env/log.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/offset_for_leader_epoch.h"

namespace barnabas::broker::follower {

namespace {

constexpr auto kLogger = "kafka.server.RemoteLeaderEndpoint";
constexpr std::int16_t kFetchByTopicId = 13;
constexpr std::int16_t kFetchWithReplicaState = 15;
constexpr std::int16_t kSingleOffset = 1;  // ListOffsets v0 answers with a list

using protocol::ListOffsetsRequest;
using protocol::OffsetForLeaderEpochRequest;

ListOffsetsRequest list_offsets(BrokerId self, const TopicPartition& tp, LeaderEpoch current,
                                Timestamp at) {
  ListOffsetsRequest request;
  request.replica_id = self;
  auto& topic = request.topics.emplace_back();
  topic.name = tp.topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = tp.partition;
  partition.current_leader_epoch = current;
  partition.timestamp = at;
  return request;
}

Result<Offset> offset_in(const protocol::ListOffsetsResponse& response, std::int16_t version) {
  if (response.topics.size() != 1 || response.topics[0].partitions.size() != 1) {
    return std::unexpected(ErrorCode::kUnknownServerError);
  }
  const auto& partition = response.topics[0].partitions[0];
  if (partition.error_code != ErrorCode::kNone) return std::unexpected(partition.error_code);
  if (version >= kSingleOffset) return partition.offset;
  if (partition.old_style_offsets.empty()) {
    return std::unexpected(ErrorCode::kUnknownServerError);
  }
  return partition.old_style_offsets[0];
}

OffsetForLeaderEpochRequest epoch_request(BrokerId self,
                                          const std::vector<EpochQuestion>& questions) {
  OffsetForLeaderEpochRequest request;
  request.replica_id = self;
  std::map<std::string, std::size_t> places;
  for (const EpochQuestion& question : questions) {
    const auto [place, added] = places.try_emplace(question.tp.topic, request.topics.size());
    if (added) request.topics.emplace_back().topic = question.tp.topic;
    auto& partition = request.topics[place->second].partitions.emplace_back();
    partition.partition = question.tp.partition;
    partition.current_leader_epoch = question.current_leader_epoch;
    partition.leader_epoch = question.epoch;
  }
  return request;
}

}  // namespace

LeaderEndpoint::LeaderEndpoint(EndpointConfig config, std::unique_ptr<env::Channel> channel)
    : config_(std::move(config)),
      channel_(std::move(channel)),
      caller_(channel_.get(), config_.client_id) {}

bool LeaderEndpoint::speaks_ids(bool all_have_ids) const {
  return all_have_ids && config_.ibp.fetch() >= kFetchByTopicId;
}

env::Task<LeaderEndpoint::Answer<LeaderEndpoint::Fetched>> LeaderEndpoint::fetch(
    protocol::FetchRequest request, bool by_id, BrokerEpoch broker_epoch) {
  std::int16_t version = config_.ibp.fetch();
  if (!by_id && version >= kFetchByTopicId) version = kFetchByTopicId - 1;
  if (version >= kFetchWithReplicaState) {
    request.replica_state.replica_id = config_.self;
    request.replica_state.replica_epoch = broker_epoch;
  } else {
    request.replica_id = config_.self;
  }
  const env::Duration patience =
      config_.timeout + std::chrono::milliseconds(request.max_wait_ms.value);
  co_return co_await caller_.call_framed(std::move(request), version, patience);
}

env::Task<Result<Offset>> LeaderEndpoint::offset_at(TopicPartition tp,
                                                    LeaderEpoch current_leader_epoch,
                                                    Timestamp at) {
  const std::int16_t version = config_.ibp.list_offsets();
  auto request = list_offsets(config_.self, tp, current_leader_epoch, at);
  auto answer = co_await caller_.call(std::move(request), version, config_.timeout);
  if (!answer) {
    env::log_warn(kLogger, "ListOffsets for {} failed: {}", to_string(tp),
                  protocol::to_string(answer.error()));
    co_return std::unexpected(ErrorCode::kNetworkException);
  }
  co_return offset_in(*answer, version);
}

env::Task<std::vector<EpochAnswer>> LeaderEndpoint::epoch_ends(
    std::vector<EpochQuestion> questions) {
  auto request = epoch_request(config_.self, questions);
  auto answer = co_await caller_.call(std::move(request), config_.ibp.offset_for_leader_epoch(),
                                      config_.timeout);
  std::map<TopicPartition, EpochAnswer> found;
  if (!answer) {
    env::log_warn(kLogger, "OffsetForLeaderEpoch failed: {}", protocol::to_string(answer.error()));
  } else {
    for (const auto& topic : answer->topics) {
      for (const auto& one : topic.partitions) {
        TopicPartition tp{topic.topic, one.partition};
        found[tp] = {tp, one.error_code, {one.leader_epoch, one.end_offset}};
      }
    }
  }
  std::vector<EpochAnswer> answers;
  for (const EpochQuestion& question : questions) {
    const auto it = found.find(question.tp);
    EpochAnswer none{question.tp, ErrorCode::kNetworkException, {}};
    answers.push_back(it != found.end() ? it->second : none);
  }
  co_return answers;
}

}  // namespace barnabas::broker::follower
