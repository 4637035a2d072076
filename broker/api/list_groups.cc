// ListGroups 0-5. v4: states (KIP-518); v5: types (KIP-848). The groups of this broker only.
#include <algorithm>

#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::ListGroupsRequest;
using Response = protocol::ListGroupsResponse;

constexpr auto kClassic = "classic";

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// An empty filter lets everything through.
bool passes(const std::vector<std::string>& filter, std::string_view text) {
  const auto is_it = [&](const std::string& wanted) { return same_text(wanted, text); };
  return filter.empty() || std::ranges::any_of(filter, is_it);
}

}  // namespace

env::Task<Response> handle_list_groups(Services* services, RequestContext context,
                                       Request request) {
  Response response;
  if (!services->groups.is_active()) response.error_code = ErrorCode::kCoordinatorNotAvailable;
  const bool any_type = passes(request.types_filter, kClassic);
  const auto shards = services->groups.shards();
  for (const auto& shard : shards) {
    if (shard->is_loading()) response.error_code = ErrorCode::kCoordinatorLoadInProgress;
    auto listing = at(shard.get(), &context, shard->list());
    const auto groups = co_await std::move(listing);
    for (const auto& group : groups) {
      if (!any_type || !passes(request.states_filter, name(group.state))) continue;
      auto& row = response.groups.emplace_back();
      row.group_id = group.group_id;
      row.protocol_type = group.protocol_type;
      row.group_state = name(group.state);
      row.group_type = kClassic;
    }
  }
  co_return response;
}

}  // namespace barnabas::broker::api
