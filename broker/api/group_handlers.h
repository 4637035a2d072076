// The handlers of consumer groups: they turn requests into what the group's shard is asked.
#pragma once

#include "broker/api/context.h"
#include "broker/api/reply.h"
#include "broker/api/services.h"
#include "broker/group/coordinator.h"
#include "env/run_on.h"
#include "protocol/messages/consumer_group_describe.h"
#include "protocol/messages/consumer_group_heartbeat.h"
#include "protocol/messages/delete_groups.h"
#include "protocol/messages/describe_groups.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/leave_group.h"
#include "protocol/messages/list_groups.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_delete.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/messages/sync_group.h"

namespace barnabas::broker::api {

env::Task<protocol::FindCoordinatorResponse> handle_find_coordinator(
    Services* services, RequestContext context, protocol::FindCoordinatorRequest request);
env::Task<protocol::OffsetCommitResponse> handle_offset_commit(
    Services* services, RequestContext context, protocol::OffsetCommitRequest request);
Reply handle_offset_fetch(Services& services, const RequestContext& context,
                          protocol::OffsetFetchRequest request);
env::Task<protocol::OffsetDeleteResponse> handle_offset_delete(
    Services* services, RequestContext context, protocol::OffsetDeleteRequest request);
env::Task<protocol::JoinGroupResponse> handle_join_group(Services* services, RequestContext context,
                                                         protocol::JoinGroupRequest request);
env::Task<protocol::SyncGroupResponse> handle_sync_group(Services* services, RequestContext context,
                                                         protocol::SyncGroupRequest request);
env::Task<protocol::HeartbeatResponse> handle_heartbeat(Services* services, RequestContext context,
                                                        protocol::HeartbeatRequest request);
env::Task<protocol::LeaveGroupResponse> handle_leave_group(Services* services,
                                                           RequestContext context,
                                                           protocol::LeaveGroupRequest request);
env::Task<protocol::DescribeGroupsResponse> handle_describe_groups(
    Services* services, RequestContext context, protocol::DescribeGroupsRequest request);
env::Task<protocol::ListGroupsResponse> handle_list_groups(Services* services,
                                                           RequestContext context,
                                                           protocol::ListGroupsRequest request);
env::Task<protocol::DeleteGroupsResponse> handle_delete_groups(
    Services* services, RequestContext context, protocol::DeleteGroupsRequest request);
// The two of the new protocol (KIP-848), which a ZooKeeper cluster does not have.
protocol::ConsumerGroupHeartbeatResponse handle_consumer_group_heartbeat(
    Services& services, const RequestContext& context,
    protocol::ConsumerGroupHeartbeatRequest request);
protocol::ConsumerGroupDescribeResponse handle_consumer_group_describe(
    Services& services, const RequestContext& context,
    protocol::ConsumerGroupDescribeRequest request);

// Asks a shard on the loop that it lives on. The caller holds the shard until it is answered.
template <class Answer>
env::Task<Answer> at(group::Shard* shard, const RequestContext* context, env::Task<Answer> asking) {
  if (shard->executor() == context->connection->executor) return asking;
  return env::run_on(shard->executor(), std::move(asking));
}

}  // namespace barnabas::broker::api
