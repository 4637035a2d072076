// DeleteRecords 0-2 (KIP-107).
#include <algorithm>

#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::DeleteRecordsRequest;
using Response = protocol::DeleteRecordsResponse;
using Row = Response::DeleteRecordsPartitionResult;

// A partition whose followers have not all moved their log start yet.
struct Awaited {
  std::size_t topic = 0, row = 0;  // in the response
  replica::PartitionPtr partition;
  Offset required;
};

Row failed(PartitionIndex partition, ErrorCode error) {
  Row row;
  row.partition_index = partition;
  row.low_watermark = kNoOffset;
  row.error_code = error;
  return row;
}

// True once the answer to it is known.
bool settle(Response& response, const Awaited& one) {
  auto& row = response.topics[one.topic].partitions[one.row];
  const auto low = one.partition->low_watermark();
  if (low == kNoOffset) {
    const bool offline = one.partition->is_offline();
    row = failed(row.partition_index,
                 offline ? ErrorCode::kKafkaStorageError : ErrorCode::kNotLeaderOrFollower);
    return true;
  }
  row.low_watermark = low;
  row.error_code = low < one.required ? ErrorCode::kRequestTimedOut : ErrorCode::kNone;
  return low >= one.required;
}

// Until every follower's log starts where it shall, or timeout_ms: what is not there then says so.
env::Task<void> wait_for_followers(Services* services, Response* response, Millis timeout,
                                   std::vector<Awaited> waiting) {
  const auto deadline = services->clock.now() + std::chrono::milliseconds(timeout.value);
  for (bool in_time = true;;) {
    env::Signal signal;
    std::vector<replica::Watch> watches;
    for (const auto& one : waiting) {
      watches.push_back(one.partition->watch(signal, replica::kLowWatermarkMoved));
    }
    std::erase_if(waiting, [&](const Awaited& one) { return settle(*response, one); });
    if (waiting.empty() || !in_time || services->shutting_down) co_return;
    in_time = co_await signal.wait_until(services->clock, deadline);
  }
}

}  // namespace

env::Task<Response> handle_delete_records(Services* services, RequestContext, Request request) {
  Response response;
  std::vector<Awaited> waiting;
  const auto metadata = services->metadata.snapshot();
  for (const auto& topic : request.topics) {
    auto& rows = response.topics.emplace_back();
    rows.name = topic.name;
    for (const auto& asked : topic.partitions) {
      const auto index = asked.partition_index;
      if (!metadata->contains(topic.name, index)) {
        rows.partitions.push_back(failed(index, ErrorCode::kUnknownTopicOrPartition));
        continue;
      }
      auto deleted = services->replicas.delete_records(topic.name, index, asked.offset);
      rows.partitions.push_back(failed(index, deleted ? ErrorCode::kNone : deleted.error()));
      if (!deleted) continue;
      waiting.push_back({response.topics.size() - 1, rows.partitions.size() - 1,
                         std::move(deleted->partition), deleted->required});
    }
  }
  co_await wait_for_followers(services, &response, request.timeout_ms, std::move(waiting));
  co_return response;
}

}  // namespace barnabas::broker::api
