// AlterPartitionReassignments 0 and ListPartitionReassignments 0 (KIP-455): the controller's
// business alone.
#include "broker/api/handlers.h"
#include "env/run_on.h"

namespace barnabas::broker::api {

env::Task<protocol::AlterPartitionReassignmentsResponse> handle_alter_partition_reassignments(
    Services* services, RequestContext, protocol::AlterPartitionReassignmentsRequest request) {
  auto altering = services->controller.alter_partition_reassignments(std::move(request));
  co_return co_await env::run_on<protocol::AlterPartitionReassignmentsResponse>(
      services->zk_executor, std::move(altering));
}

env::Task<protocol::ListPartitionReassignmentsResponse> handle_list_partition_reassignments(
    Services* services, RequestContext, protocol::ListPartitionReassignmentsRequest request) {
  auto listing = services->controller.list_partition_reassignments(std::move(request));
  co_return co_await env::run_on<protocol::ListPartitionReassignmentsResponse>(
      services->zk_executor, std::move(listing));
}

}  // namespace barnabas::broker::api
