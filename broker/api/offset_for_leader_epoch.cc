// OffsetForLeaderEpoch 0-4 (KIP-101, KIP-279). v2: current leader epoch; v3: replica id.
#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

using Response = protocol::OffsetForLeaderEpochResponse;
using Request = protocol::OffsetForLeaderEpochRequest;

Response::EpochEndOffset answer_one(Services& services, const std::string& topic,
                                    const Request::OffsetForLeaderPartition& asked) {
  Response::EpochEndOffset row;
  row.partition = asked.partition;
  row.leader_epoch = kNoLeaderEpoch;
  row.end_offset = kNoOffset;
  const auto partition = services.replicas.get(topic, asked.partition);
  if (!partition) {
    row.error_code = partition.error();
    return row;
  }
  const auto end =
      (*partition)->end_offset_for_epoch(asked.leader_epoch, asked.current_leader_epoch, true);
  if (!end) {
    row.error_code = end.error();
    return row;
  }
  row.leader_epoch = end->epoch;
  row.end_offset = end->end_offset;
  return row;
}

}  // namespace

Response handle_offset_for_leader_epoch(Services& services, const RequestContext&,
                                        Request request) {
  Response response;
  for (const auto& topic : request.topics) {
    Response::OffsetForLeaderTopicResult result;
    result.topic = topic.topic;
    for (const auto& asked : topic.partitions) {
      result.partitions.push_back(answer_one(services, topic.topic, asked));
    }
    response.topics.push_back(std::move(result));
  }
  return response;
}

}  // namespace barnabas::broker::api
