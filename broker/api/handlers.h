// The handlers, one file each; table.cc lists them. A handler decides nothing that a pure core
// decides.
#pragma once

#include <span>
#include <vector>

#include "broker/api/context.h"
#include "broker/api/reply.h"
#include "broker/api/services.h"
#include "protocol/messages/allocate_producer_ids.h"
#include "protocol/messages/alter_configs.h"
#include "protocol/messages/alter_partition.h"
#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/alter_replica_log_dirs.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/controlled_shutdown.h"
#include "protocol/messages/create_partitions.h"
#include "protocol/messages/create_topics.h"
#include "protocol/messages/delete_records.h"
#include "protocol/messages/delete_topics.h"
#include "protocol/messages/describe_cluster.h"
#include "protocol/messages/describe_configs.h"
#include "protocol/messages/describe_log_dirs.h"
#include "protocol/messages/elect_leaders.h"
#include "protocol/messages/fetch.h"
#include "protocol/messages/incremental_alter_configs.h"
#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/list_partition_reassignments.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/offset_for_leader_epoch.h"
#include "protocol/messages/produce.h"
#include "protocol/messages/sasl_authenticate.h"
#include "protocol/messages/sasl_handshake.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"

namespace barnabas::broker::api {

// One decoded Produce of a batch; its records are views into the frame.
struct ProduceCall {
  RequestContext context;
  protocol::ProduceRequest request;
};
// All appends of all calls in one go; one reply each.
std::vector<Reply> handle_produce(Services& services, std::span<ProduceCall> calls);

// A handler that may wait is a coroutine and takes everything by value; the others take references.
Reply handle_fetch(Services& services, const RequestContext& context,
                   protocol::FetchRequest request);
protocol::ListOffsetsResponse handle_list_offsets(Services& services, const RequestContext& context,
                                                  protocol::ListOffsetsRequest request);
env::Task<protocol::MetadataResponse> handle_metadata(Services* services, RequestContext context,
                                                      protocol::MetadataRequest request);
env::Task<protocol::LeaderAndIsrResponse> handle_leader_and_isr(
    Services* services, RequestContext context, protocol::LeaderAndIsrRequest request);
env::Task<protocol::StopReplicaResponse> handle_stop_replica(Services* services,
                                                             RequestContext context,
                                                             protocol::StopReplicaRequest request);
protocol::UpdateMetadataResponse handle_update_metadata(Services& services,
                                                        const RequestContext& context,
                                                        protocol::UpdateMetadataRequest request);
protocol::SaslHandshakeResponse handle_sasl_handshake(Services& services,
                                                      const RequestContext& context,
                                                      protocol::SaslHandshakeRequest request);
protocol::SaslAuthenticateResponse handle_sasl_authenticate(
    Services& services, const RequestContext& context, protocol::SaslAuthenticateRequest request);
// Reads its own body: any version is answered (KIP-511).
Reply handle_api_versions(Services& services, const RequestContext& context,
                          protocol::Reader& body);
env::Task<protocol::CreateTopicsResponse> handle_create_topics(
    Services* services, RequestContext context, protocol::CreateTopicsRequest request);
env::Task<protocol::DeleteTopicsResponse> handle_delete_topics(
    Services* services, RequestContext context, protocol::DeleteTopicsRequest request);
env::Task<protocol::DeleteRecordsResponse> handle_delete_records(
    Services* services, RequestContext context, protocol::DeleteRecordsRequest request);
env::Task<protocol::CreatePartitionsResponse> handle_create_partitions(
    Services* services, RequestContext context, protocol::CreatePartitionsRequest request);
protocol::InitProducerIdResponse handle_init_producer_id(Services& services,
                                                         const RequestContext& context,
                                                         protocol::InitProducerIdRequest request);
protocol::OffsetForLeaderEpochResponse handle_offset_for_leader_epoch(
    Services& services, const RequestContext& context,
    protocol::OffsetForLeaderEpochRequest request);
env::Task<protocol::DescribeConfigsResponse> handle_describe_configs(
    Services* services, RequestContext context, protocol::DescribeConfigsRequest request);
env::Task<protocol::AlterConfigsResponse> handle_alter_configs(
    Services* services, RequestContext context, protocol::AlterConfigsRequest request);
env::Task<protocol::IncrementalAlterConfigsResponse> handle_incremental_alter_configs(
    Services* services, RequestContext context, protocol::IncrementalAlterConfigsRequest request);
env::Task<protocol::AlterReplicaLogDirsResponse> handle_alter_replica_log_dirs(
    Services* services, RequestContext context, protocol::AlterReplicaLogDirsRequest request);
env::Task<protocol::DescribeLogDirsResponse> handle_describe_log_dirs(
    Services* services, RequestContext context, protocol::DescribeLogDirsRequest request);
env::Task<protocol::ElectLeadersResponse> handle_elect_leaders(
    Services* services, RequestContext context, protocol::ElectLeadersRequest request);
env::Task<protocol::AlterPartitionReassignmentsResponse> handle_alter_partition_reassignments(
    Services* services, RequestContext context,
    protocol::AlterPartitionReassignmentsRequest request);
env::Task<protocol::ListPartitionReassignmentsResponse> handle_list_partition_reassignments(
    Services* services, RequestContext context,
    protocol::ListPartitionReassignmentsRequest request);
protocol::DescribeClusterResponse handle_describe_cluster(Services& services,
                                                          const RequestContext& context,
                                                          protocol::DescribeClusterRequest request);
env::Task<protocol::ControlledShutdownResponse> handle_controlled_shutdown(
    Services* services, RequestContext context, protocol::ControlledShutdownRequest request);
env::Task<protocol::AlterPartitionResponse> handle_alter_partition(
    Services* services, RequestContext context, protocol::AlterPartitionRequest request);
env::Task<protocol::AllocateProducerIdsResponse> handle_allocate_producer_ids(
    Services* services, RequestContext context, protocol::AllocateProducerIdsRequest request);

}  // namespace barnabas::broker::api
