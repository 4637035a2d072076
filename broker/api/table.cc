#include "broker/api/table.h"

#include <algorithm>

#include "broker/api/answer.h"
#include "broker/api/group_handlers.h"
#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

// The whole version range of 3.9 of each key, from its schema.
template <class Request, auto Fn>
constexpr Row row() {
  return {Request::kKey, Request::kMinVersion, Request::kMaxVersion, &typed<Request, Fn>};
}

// Produce goes through handle_produce, a whole batch at once (Dispatcher).
Reply never_alone(Services&, const RequestContext&, protocol::Reader&) {
  return CloseConnection{"Produce outside a batch"};
}

constexpr Row kTable[] = {
    {ApiKey::kProduce, protocol::ProduceRequest::kMinVersion, protocol::ProduceRequest::kMaxVersion,
     &never_alone},
    row<protocol::FetchRequest, handle_fetch>(),
    row<protocol::ListOffsetsRequest, handle_list_offsets>(),
    row<protocol::MetadataRequest, handle_metadata>(),
    row<protocol::LeaderAndIsrRequest, handle_leader_and_isr>(),
    row<protocol::StopReplicaRequest, handle_stop_replica>(),
    row<protocol::UpdateMetadataRequest, handle_update_metadata>(),
    row<protocol::ControlledShutdownRequest, handle_controlled_shutdown>(),
    row<protocol::OffsetCommitRequest, handle_offset_commit>(),
    row<protocol::OffsetFetchRequest, handle_offset_fetch>(),
    row<protocol::FindCoordinatorRequest, handle_find_coordinator>(),
    row<protocol::JoinGroupRequest, handle_join_group>(),
    row<protocol::HeartbeatRequest, handle_heartbeat>(),
    row<protocol::LeaveGroupRequest, handle_leave_group>(),
    row<protocol::SyncGroupRequest, handle_sync_group>(),
    row<protocol::DescribeGroupsRequest, handle_describe_groups>(),
    row<protocol::ListGroupsRequest, handle_list_groups>(),
    row<protocol::SaslHandshakeRequest, handle_sasl_handshake>(),
    {ApiKey::kApiVersions, protocol::ApiVersionsRequest::kMinVersion,
     protocol::ApiVersionsRequest::kMaxVersion, &handle_api_versions},
    row<protocol::CreateTopicsRequest, handle_create_topics>(),
    row<protocol::DeleteTopicsRequest, handle_delete_topics>(),
    row<protocol::DeleteRecordsRequest, handle_delete_records>(),
    row<protocol::InitProducerIdRequest, handle_init_producer_id>(),
    row<protocol::OffsetForLeaderEpochRequest, handle_offset_for_leader_epoch>(),
    row<protocol::DescribeConfigsRequest, handle_describe_configs>(),
    row<protocol::AlterConfigsRequest, handle_alter_configs>(),
    row<protocol::AlterReplicaLogDirsRequest, handle_alter_replica_log_dirs>(),
    row<protocol::DescribeLogDirsRequest, handle_describe_log_dirs>(),
    row<protocol::SaslAuthenticateRequest, handle_sasl_authenticate>(),
    row<protocol::CreatePartitionsRequest, handle_create_partitions>(),
    row<protocol::DeleteGroupsRequest, handle_delete_groups>(),
    row<protocol::ElectLeadersRequest, handle_elect_leaders>(),
    row<protocol::IncrementalAlterConfigsRequest, handle_incremental_alter_configs>(),
    row<protocol::AlterPartitionReassignmentsRequest, handle_alter_partition_reassignments>(),
    row<protocol::ListPartitionReassignmentsRequest, handle_list_partition_reassignments>(),
    row<protocol::OffsetDeleteRequest, handle_offset_delete>(),
    row<protocol::AlterPartitionRequest, handle_alter_partition>(),
    row<protocol::DescribeClusterRequest, handle_describe_cluster>(),
    row<protocol::AllocateProducerIdsRequest, handle_allocate_producer_ids>(),
    row<protocol::ConsumerGroupHeartbeatRequest, handle_consumer_group_heartbeat>(),
    row<protocol::ConsumerGroupDescribeRequest, handle_consumer_group_describe>(),
};

}  // namespace

std::span<const Row> table() { return kTable; }

const Row* find(std::int16_t key) {
  const auto at = std::ranges::lower_bound(
      kTable, key, {}, [](const Row& row) { return static_cast<std::int16_t>(row.key); });
  const bool found = at != std::end(kTable) && static_cast<std::int16_t>(at->key) == key;
  return found ? &*at : nullptr;
}

}  // namespace barnabas::broker::api
