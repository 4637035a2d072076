// ConsumerGroupHeartbeat 0, ConsumerGroupDescribe 0: advertised by a ZooKeeper-mode broker, and
// refused.
#include "broker/api/group_handlers.h"

namespace barnabas::broker::api {

protocol::ConsumerGroupHeartbeatResponse handle_consumer_group_heartbeat(
    Services&, const RequestContext&, protocol::ConsumerGroupHeartbeatRequest) {
  protocol::ConsumerGroupHeartbeatResponse response;
  response.error_code = ErrorCode::kUnsupportedVersion;
  return response;
}

protocol::ConsumerGroupDescribeResponse handle_consumer_group_describe(
    Services&, const RequestContext&, protocol::ConsumerGroupDescribeRequest request) {
  protocol::ConsumerGroupDescribeResponse response;
  for (auto& group : request.group_ids) {
    auto& row = response.groups.emplace_back();
    row.group_id = std::move(group);
    row.error_code = ErrorCode::kUnsupportedVersion;
  }
  return response;
}

}  // namespace barnabas::broker::api
