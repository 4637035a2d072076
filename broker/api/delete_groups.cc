// DeleteGroups 0-2 (KIP-229).
#include <set>

#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Response = protocol::DeleteGroupsResponse;

env::Task<ErrorCode> delete_one(Services* services, RequestContext context, std::string group) {
  const auto shard = services->groups.find(group, group::GroupIds::kAny);
  if (!shard) co_return shard.error();
  auto deleting = (*shard)->delete_group(std::move(group));
  auto asking = at(shard->get(), &context, std::move(deleting));
  const auto error = co_await std::move(asking);
  co_return error;
}

}  // namespace

env::Task<Response> handle_delete_groups(Services* services, RequestContext context,
                                         protocol::DeleteGroupsRequest request) {
  Response response;
  std::set<std::string> seen;
  for (const auto& group : request.groups_names) {
    if (!seen.insert(group).second) continue;
    auto deleting = delete_one(services, context, group);
    const auto error = co_await std::move(deleting);
    response.results.push_back({group, error});
  }
  co_return response;
}

}  // namespace barnabas::broker::api
