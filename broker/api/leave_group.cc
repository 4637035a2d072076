// LeaveGroup 0-5. v3: many members, static ones too (KIP-345); v5: reason (KIP-800).
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::LeaveGroupRequest;
using Response = protocol::LeaveGroupResponse;

// Before v3 the one member's error is that of the whole.
Response answer(const std::vector<group::LeavingMember>& leaving, const group::LeaveAnswer& left,
                std::int16_t version) {
  Response response;
  response.error_code = left.error;
  const bool single = version < 3;
  if (single && left.error == ErrorCode::kNone) response.error_code = left.members.front();
  if (single) return response;
  for (std::size_t i = 0; i < left.members.size(); ++i) {
    response.members.push_back({leaving[i].member_id, leaving[i].instance_id, left.members[i]});
  }
  return response;
}

}  // namespace

env::Task<Response> handle_leave_group(Services* services, RequestContext context,
                                       Request request) {
  std::vector<group::LeavingMember> leaving;
  if (context.version() < 3) leaving.push_back({std::move(request.member_id), {}, {}});
  for (auto& member : request.members) {
    leaving.push_back({std::move(member.member_id), std::move(member.group_instance_id),
                       std::move(member.reason)});
  }
  const auto shard = services->groups.find(request.group_id, group::GroupIds::kNamed);
  if (!shard) {
    const group::LeaveAnswer refused{shard.error(), {}};
    co_return answer(leaving, refused, context.version());
  }
  auto asked = (*shard)->leave(std::move(request.group_id), leaving);
  auto asking = at(shard->get(), &context, std::move(asked));
  const auto left = co_await std::move(asking);
  co_return answer(leaving, left, context.version());
}

}  // namespace barnabas::broker::api
