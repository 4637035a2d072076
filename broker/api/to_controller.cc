// ControlledShutdown 0-3 (v2: broker epoch, KIP-380), AlterPartition 0-3 (v1: leader recovery, v2:
// topic ids, v3: broker epochs of the ISR), AllocateProducerIds 0: what brokers ask the controller,
// in its own queue.
#include "broker/api/handlers.h"
#include "env/run_on.h"

namespace barnabas::broker::api {

env::Task<protocol::ControlledShutdownResponse> handle_controlled_shutdown(
    Services* services, RequestContext, protocol::ControlledShutdownRequest request) {
  auto asked = services->controller.controlled_shutdown(std::move(request));
  co_return co_await env::run_on(services->zk_executor, std::move(asked));
}

env::Task<protocol::AlterPartitionResponse> handle_alter_partition(
    Services* services, RequestContext context, protocol::AlterPartitionRequest request) {
  auto asked = services->controller.alter_partition(context.version(), std::move(request));
  co_return co_await env::run_on(services->zk_executor, std::move(asked));
}

env::Task<protocol::AllocateProducerIdsResponse> handle_allocate_producer_ids(
    Services* services, RequestContext, protocol::AllocateProducerIdsRequest request) {
  auto asked = services->controller.allocate_producer_ids(std::move(request));
  co_return co_await env::run_on(services->zk_executor, std::move(asked));
}

}  // namespace barnabas::broker::api
