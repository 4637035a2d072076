// Heartbeat 0-4. v3: static membership (KIP-345).
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {

env::Task<protocol::HeartbeatResponse> handle_heartbeat(Services* services, RequestContext context,
                                                        protocol::HeartbeatRequest request) {
  protocol::HeartbeatResponse response;
  const auto shard = services->groups.find(request.group_id, group::GroupIds::kNamed);
  if (!shard) {
    response.error_code = shard.error();
    co_return response;
  }
  group::MemberClaim claim{std::move(request.member_id), std::move(request.group_instance_id),
                           request.generation_id};
  auto beating = (*shard)->heartbeat(std::move(request.group_id), std::move(claim));
  auto asking = at(shard->get(), &context, std::move(beating));
  response.error_code = co_await std::move(asking);
  co_return response;
}

}  // namespace barnabas::broker::api
