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

// What older versions cannot carry. v0 answered with segment base offsets; one offset is what any
// client of it looks at.
Row fit(Row row, std::int16_t version, std::int32_t max_offsets) {
  if (version < 4) row.leader_epoch = kNoLeaderEpoch;
  if (version > 0) return row;
  if (row.offset != kNoOffset && max_offsets > 0) row.old_style_offsets.push_back(row.offset);
  row.offset = kNoOffset;
  row.timestamp = kNoTimestamp;
  return row;
}

Row answer_one(Services& services, const Request& request, const std::string& topic,
               const Request::ListOffsetsPartition& asked, std::int16_t version) {
  if (version < first_version_of(asked.timestamp)) {
    return refused(asked.partition_index, ErrorCode::kUnsupportedVersion);
  }
  const auto partition = services.replicas.get(topic, asked.partition_index);
  if (!partition) return refused(asked.partition_index, partition.error());
  const bool leader_only = request.replica_id != BrokerId{-2};
  const auto found = (*partition)
                         ->offset_for(asked.timestamp, isolation_of(request),
                                      asked.current_leader_epoch, leader_only);
  if (!found) return refused(asked.partition_index, found.error());
  auto row = refused(asked.partition_index, ErrorCode::kNone);
  row.timestamp = found->timestamp;
  row.offset = found->offset;
  row.leader_epoch = found->epoch;
  return fit(std::move(row), version, asked.max_num_offsets);
}

// A partition named twice is refused wherever it stands.
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
  const auto twice = named_twice(request);
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
