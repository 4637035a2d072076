// DescribeCluster 0-1 (KIP-700). v1: endpoint type, 2 (controllers) means KRaft and is refused.
#include <limits>

#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

constexpr std::int8_t kBrokers = 1;
constexpr auto kNotRequested = std::numeric_limits<std::int32_t>::min();

}  // namespace

protocol::DescribeClusterResponse handle_describe_cluster(
    Services& services, const RequestContext& context, protocol::DescribeClusterRequest request) {
  protocol::DescribeClusterResponse response;
  response.cluster_authorized_operations = kNotRequested;
  if (request.endpoint_type != kBrokers) {
    response.error_code = ErrorCode::kUnsupportedEndpointType;
    response.error_message = "Unsupported endpoint type " + std::to_string(request.endpoint_type);
    return response;
  }
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
