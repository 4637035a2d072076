// DescribeGroups 0-5. v3: authorized operations (KIP-430); v4: static membership (KIP-345).
#include "broker/api/authorized_operations.h"
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Response = protocol::DescribeGroupsResponse;

env::Task<Result<group::Description>> describe(Services* services, RequestContext context,
                                               std::string group) {
  const auto shard = services->groups.find(group, group::GroupIds::kAny);
  if (!shard) co_return std::unexpected(shard.error());
  auto describing = (*shard)->describe(std::move(group));
  auto asking = at(shard->get(), &context, std::move(describing));
  auto described = co_await std::move(asking);
  co_return described;
}

void fill(Response::DescribedGroup& row, group::Description described) {
  row.group_state = name(described.state);
  row.protocol_type = std::move(described.protocol_type);
  row.protocol_data = std::move(described.protocol);
  for (auto& from : described.members) {
    auto& member = row.members.emplace_back();
    member.member_id = std::move(from.member_id);
    member.group_instance_id = std::move(from.instance_id);
    member.client_id = std::move(from.client_id);
    member.client_host = std::move(from.client_host);
    member.member_metadata = std::move(from.metadata);
    member.member_assignment = std::move(from.assignment);
  }
}

}  // namespace

env::Task<Response> handle_describe_groups(Services* services, RequestContext context,
                                           protocol::DescribeGroupsRequest request) {
  Response response;
  for (const auto& group : request.groups) {
    auto describing = describe(services, context, group);
    auto described = co_await std::move(describing);
    auto& row = response.groups.emplace_back();
    row.group_id = group;
    if (!described) {
      row.error_code = described.error();
      continue;
    }
    fill(row, *std::move(described));
    row.authorized_operations = authorized_on_group(request.include_authorized_operations);
  }
  co_return response;
}

}  // namespace barnabas::broker::api
