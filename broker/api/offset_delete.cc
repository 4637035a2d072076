// OffsetDelete 0 (KIP-496).
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::OffsetDeleteRequest;
using Response = protocol::OffsetDeleteResponse;

}  // namespace

env::Task<Response> handle_offset_delete(Services* services, RequestContext context,
                                         Request request) {
  Response response;
  const auto shard = services->groups.find(request.group_id, group::GroupIds::kNamed);
  if (!shard) {
    response.error_code = shard.error();
    co_return response;
  }
  const auto metadata = services->metadata.snapshot();
  std::vector<TopicPartition> known;
  for (const auto& topic : request.topics) {
    for (const auto& [index] : topic.partitions) {
      if (metadata->contains(topic.name, index)) known.push_back({topic.name, index});
    }
  }
  auto deleting = (*shard)->delete_offsets(request.group_id, std::move(known));
  auto asking = at(shard->get(), &context, std::move(deleting));
  const auto deleted = co_await std::move(asking);
  if (!deleted) {
    response.error_code = deleted.error();
    co_return response;
  }
  auto error = deleted->begin();
  for (const auto& topic : request.topics) {
    auto& row = response.topics.emplace_back();
    row.name = topic.name;
    for (const auto& [index] : topic.partitions) {
      const bool is_known = metadata->contains(topic.name, index);
      row.partitions.push_back({index, is_known ? *error++ : ErrorCode::kUnknownTopicOrPartition});
    }
  }
  co_return response;
}

}  // namespace barnabas::broker::api
