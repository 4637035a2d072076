// OffsetFetch 0-9. v0: from ZooKeeper; v2: all topics, an error of the whole; v5: leader epoch; v7:
// stable offsets only (KIP-447); v8: many groups (KIP-709).
#include "broker/api/answer.h"
#include "broker/api/group_handlers.h"
#include "broker/api/zookeeper_offsets.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::OffsetFetchRequest;
using Response = protocol::OffsetFetchResponse;
using Wanted = std::optional<std::vector<group::TopicPartitions>>;
using Fetched = Result<std::vector<group::FetchedTopic>>;

template <class Topics>
Wanted wanted_of(const std::optional<Topics>& topics) {
  if (!topics) return std::nullopt;
  Wanted wanted(std::in_place);
  for (const auto& topic : *topics) wanted->push_back({topic.name, topic.partition_indexes});
  return wanted;
}

template <class Rows>
void fill(Rows& rows, const std::vector<group::FetchedTopic>& topics) {
  for (const auto& topic : topics) {
    auto& row = rows.emplace_back();
    row.name = topic.topic;
    for (const auto& from : topic.partitions) {
      auto& partition = row.partitions.emplace_back();
      partition.partition_index = from.partition;
      partition.committed_offset = from.offset;
      partition.committed_leader_epoch = from.leader_epoch;
      partition.metadata = from.metadata;
      partition.error_code = from.error;
    }
  }
}

env::Task<Fetched> fetch(Services* services, RequestContext context, std::string group,
                         Wanted wanted, bool require_stable) {
  const auto shard = services->groups.find(group, group::GroupIds::kAny);
  if (!shard) co_return std::unexpected(shard.error());
  auto fetching = (*shard)->fetch(std::move(group), std::move(wanted), require_stable);
  auto asking = at(shard->get(), &context, std::move(fetching));
  auto fetched = co_await std::move(asking);
  co_return fetched;
}

env::Task<Response> fetch_old(Services* services, RequestContext, Request request) {
  Response response;
  auto wanted = wanted_of(request.topics);
  auto fetching = fetch_from_zookeeper(services, request.group_id, *std::move(wanted));
  const auto fetched = co_await std::move(fetching);
  fill(response.topics, fetched);
  co_return response;
}

env::Task<Response> fetch_single(Services* services, RequestContext context, Request request) {
  Response response;
  auto fetching =
      fetch(services, context, request.group_id, wanted_of(request.topics), request.require_stable);
  const auto fetched = co_await std::move(fetching);
  if (fetched) {
    fill(response.topics, *fetched);
  } else {
    response.error_code = fetched.error();
  }
  co_return response;
}

env::Task<Response> fetch_many(Services* services, RequestContext context, Request request) {
  Response response;
  for (const auto& group : request.groups) {
    auto fetching =
        fetch(services, context, group.group_id, wanted_of(group.topics), request.require_stable);
    const auto fetched = co_await std::move(fetching);
    auto& row = response.groups.emplace_back();
    row.group_id = group.group_id;
    if (fetched) {
      fill(row.topics, *fetched);
    } else {
      row.error_code = fetched.error();
    }
  }
  co_return response;
}

}  // namespace

Reply handle_offset_fetch(Services& services, const RequestContext& context, Request request) {
  const bool many = context.version() >= 8;
  // 3.9 never answers this, nor anything that comes after it on the connection.
  if (many && request.groups.empty()) return CloseConnection{"OffsetFetch without a group"};
  const auto handle = many ? fetch_many : context.version() == 0 ? fetch_old : fetch_single;
  return Later{encode_when_done<Response>(context, handle(&services, context, std::move(request)))};
}

}  // namespace barnabas::broker::api
