// JoinGroup 0-9. v1: rebalance timeout (KIP-62); v4: a member id is required first (KIP-394); v5:
// static membership (KIP-345); v9: the leader may skip the assignment (KIP-814).
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::JoinGroupRequest;
using Response = protocol::JoinGroupResponse;

Uuid random_uuid(env::Random& random) {
  Uuid id;
  for (std::size_t half = 0; half < id.bytes.size(); half += 8) {
    const auto bits = random.next();
    for (std::size_t i = 0; i < 8; ++i) {
      id.bytes[half + i] = static_cast<std::uint8_t>(bits >> (8 * i));
    }
  }
  return id;
}

group::JoinRequest asked(Services& services, const RequestContext& context, Request request) {
  const auto version = context.version();
  group::JoinRequest join;
  join.member_id = std::move(request.member_id);
  join.instance_id = std::move(request.group_instance_id);
  join.client_id = context.header.client_id.value_or("");
  join.client_host = "/" + context.connection->peer_host;  // as Java prints an address
  join.session_timeout = request.session_timeout_ms;
  join.rebalance_timeout = version == 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  join.protocol_type = std::move(request.protocol_type);
  for (auto& [name, metadata] : request.protocols) {
    join.protocols.push_back({std::move(name), std::move(metadata)});
  }
  join.require_known_member_id = version >= 4;
  join.supports_skip_assignment = version >= 9;
  join.reason = std::move(request.reason).value_or("not provided");
  join.random = random_uuid(services.random);
  return join;
}

Response answer(group::JoinAnswer joined, std::int16_t version) {
  Response response;
  response.error_code = joined.error;
  response.generation_id = joined.generation;
  response.protocol_type = std::move(joined.protocol_type);
  response.protocol_name = std::move(joined.protocol_name);
  if (version < 7 && !response.protocol_name) response.protocol_name = "";
  response.leader = std::move(joined.leader);
  response.skip_assignment = joined.skip_assignment;
  response.member_id = std::move(joined.member_id);
  for (auto& from : joined.members) {
    auto& member = response.members.emplace_back();
    member.member_id = std::move(from.member_id);
    member.group_instance_id = std::move(from.instance_id);
    member.metadata = std::move(from.metadata);
  }
  return response;
}

}  // namespace

env::Task<Response> handle_join_group(Services* services, RequestContext context, Request request) {
  const auto shard = services->groups.find(request.group_id, group::GroupIds::kNamed);
  if (!shard) {
    group::JoinAnswer refused;
    refused.error = shard.error();
    refused.member_id = std::move(request.member_id);
    co_return answer(std::move(refused), context.version());
  }
  auto group = request.group_id;
  auto joining = (*shard)->join(std::move(group), asked(*services, context, std::move(request)));
  auto asking = at(shard->get(), &context, std::move(joining));
  auto joined = co_await std::move(asking);
  co_return answer(std::move(joined), context.version());
}

}  // namespace barnabas::broker::api
