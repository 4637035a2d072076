// SyncGroup 0-5. v3: static membership (KIP-345); v5: protocol type and name (KIP-559).
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::SyncGroupRequest;
using Response = protocol::SyncGroupResponse;

group::SyncRequest asked(Request request) {
  group::SyncRequest sync;
  sync.member_id = std::move(request.member_id);
  sync.instance_id = std::move(request.group_instance_id);
  sync.generation = request.generation_id;
  sync.protocol_type = std::move(request.protocol_type);
  sync.protocol_name = std::move(request.protocol_name);
  for (auto& [member, bytes] : request.assignments) {
    sync.assignments.push_back({std::move(member), std::move(bytes)});
  }
  return sync;
}

ErrorCode check(const Request& request, std::int16_t version) {
  const bool named = request.protocol_type && request.protocol_name;
  return version >= 5 && !named ? ErrorCode::kInconsistentGroupProtocol : ErrorCode::kNone;
}

}  // namespace

env::Task<Response> handle_sync_group(Services* services, RequestContext context, Request request) {
  Response response;
  response.error_code = check(request, context.version());
  if (response.error_code != ErrorCode::kNone) co_return response;
  const auto shard = services->groups.find(request.group_id, group::GroupIds::kNamed);
  if (!shard) {
    response.error_code = shard.error();
    co_return response;
  }
  auto group = request.group_id;
  auto syncing = (*shard)->sync(std::move(group), asked(std::move(request)));
  auto asking = at(shard->get(), &context, std::move(syncing));
  auto synced = co_await std::move(asking);
  response.error_code = synced.error;
  response.protocol_type = std::move(synced.protocol_type);
  response.protocol_name = std::move(synced.protocol_name);
  response.assignment = std::move(synced.assignment);
  co_return response;
}

}  // namespace barnabas::broker::api
