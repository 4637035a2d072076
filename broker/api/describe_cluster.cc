// DescribeCluster 0-1 (KIP-700). v1: endpoint type, 2 (controllers) means KRaft and is refused.
#include "broker/api/authorized_operations.h"
#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

protocol::DescribeClusterResponse refused(std::int8_t endpoint_type) {
  protocol::DescribeClusterResponse response;
  if (endpoint_type == kControllers) {
    response.error_code = ErrorCode::kMismatchedEndpointType;
    response.error_message =
        "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
        "CONTROLLER";
  } else {
    response.error_code = ErrorCode::kUnsupportedEndpointType;
    response.error_message = "Unsupported endpoint type " + std::to_string(endpoint_type);
  }
  return response;
}

}  // namespace

protocol::DescribeClusterResponse handle_describe_cluster(
    Services& services, const RequestContext& context, protocol::DescribeClusterRequest request) {
  if (request.endpoint_type != kBrokers) return refused(request.endpoint_type);
  protocol::DescribeClusterResponse response;
  response.cluster_authorized_operations =
      authorized_on_cluster(request.include_cluster_authorized_operations);
  const auto metadata = services.metadata.snapshot();
  response.cluster_id = services.cluster_id;
  response.controller_id = metadata->controller_id();
  for (const auto& broker : metadata->live_brokers()) {
    const auto* endpoint = broker.endpoint(context.connection->listener);
    if (endpoint == nullptr) continue;
    protocol::DescribeClusterResponse::DescribeClusterBroker row;
    row.broker_id = broker.id;
    row.host = endpoint->host;
    row.port = endpoint->port;
    row.rack = broker.rack;
    response.brokers.push_back(std::move(row));
  }
  return response;
}

}  // namespace barnabas::broker::api
