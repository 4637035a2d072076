// ListOffsets 0-9. v0: several offsets (segment bases); v1: one, with its timestamp; v2: isolation;
// v4: leader epochs; v7: -3 max timestamp (KIP-734); v8: -4 local log start; v9: -5 tiered.
#include <set>

#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::ListOffsetsRequest;
using Response = protocol::ListOffsetsResponse;
using Row = Response::ListOffsetsPartitionResponse;

constexpr BrokerId kConsumer{-1};
constexpr BrokerId kDebuggingConsumer{-2};
constexpr std::int16_t kFirstWithLeaderEpoch = 4;

std::int16_t first_version_of(Timestamp at) {
  if (at == replica::kMaxTimestamp) return 7;
  if (at == replica::kEarliestLocalTimestamp) return 8;
  if (at == replica::kLatestTieredTimestamp) return 9;
  return at < replica::kEarliestTimestamp ? INT16_MAX : 0;
}

std::optional<replica::Isolation> isolation_of(const Request& request) {
  if (request.replica_id != kConsumer) return std::nullopt;
  return request.isolation_level == 1 ? replica::Isolation::kCommitted
                                      : replica::Isolation::kHighWatermark;
}

Row refused(PartitionIndex partition, ErrorCode error) {
  Row row;
  row.partition_index = partition;
  row.error_code = error;
  row.timestamp = kNoTimestamp;
  row.offset = kNoOffset;
  row.leader_epoch = kNoLeaderEpoch;
  return row;
}

Row segment_offsets(Services& services, replica::Partition& partition, const Request& request,
                    const Request::ListOffsetsPartition& asked) {
  const replica::SegmentsWish wish{.at = asked.timestamp,
                                   .max_count = asked.max_num_offsets,
                                   .from_consumer = request.replica_id == kConsumer,
                                   .leader_only = request.replica_id != kDebuggingConsumer};
  auto found = partition.segment_offsets(wish, Timestamp(services.clock.wall().count()));
  if (!found) return refused(asked.partition_index, found.error());
  auto row = refused(asked.partition_index, ErrorCode::kNone);
  row.old_style_offsets = *std::move(found);
  return row;
}

Row offset_for(replica::Partition& partition, const Request& request,
               const Request::ListOffsetsPartition& asked, std::int16_t version) {
  const bool leader_only = request.replica_id != kDebuggingConsumer;
  const auto found = partition.offset_for(asked.timestamp, isolation_of(request),
                                          asked.current_leader_epoch, leader_only);
  if (!found) return refused(asked.partition_index, found.error());
  auto row = refused(asked.partition_index, ErrorCode::kNone);
  row.timestamp = found->timestamp;
  row.offset = found->offset;
  if (version >= kFirstWithLeaderEpoch) row.leader_epoch = found->epoch;
  return row;
}

Row answer_one(Services& services, const Request& request, const std::string& topic,
               const Request::ListOffsetsPartition& asked, std::int16_t version) {
  if (version < first_version_of(asked.timestamp)) {
    return refused(asked.partition_index, ErrorCode::kUnsupportedVersion);
  }
  const auto partition = services.replicas.get(topic, asked.partition_index);
  if (!partition) return refused(asked.partition_index, partition.error());
  return version == 0 ? segment_offsets(services, **partition, request, asked)
                      : offset_for(**partition, request, asked, version);
}

// A partition named twice is refused wherever it stands (since v1).
std::set<TopicPartition> named_twice(const Request& request) {
  std::set<TopicPartition> seen, twice;
  for (const auto& topic : request.topics) {
    for (const auto& asked : topic.partitions) {
      TopicPartition tp{topic.name, asked.partition_index};
      if (!seen.insert(tp).second) twice.insert(std::move(tp));
    }
  }
  return twice;
}

}  // namespace

Response handle_list_offsets(Services& services, const RequestContext& context, Request request) {
  const bool may_repeat = context.version() == 0;
  const auto twice = may_repeat ? std::set<TopicPartition>{} : named_twice(request);
  Response response;
  for (const auto& topic : request.topics) {
    Response::ListOffsetsTopicResponse result;
    result.name = topic.name;
    for (const auto& asked : topic.partitions) {
      result.partitions.push_back(
          twice.contains({topic.name, asked.partition_index})
              ? refused(asked.partition_index, ErrorCode::kInvalidRequest)
              : answer_one(services, request, topic.name, asked, context.version()));
    }
    response.topics.push_back(std::move(result));
  }
  return response;
}

}  // namespace barnabas::broker::api
