// AlterConfigs 0-2 (KIP-133): all settings of a resource are replaced.
// IncrementalAlterConfigs 0-1 (KIP-339): each by itself. Any broker serves both.
#include <algorithm>

#include "broker/api/config_alteration.h"
#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

using config::Alteration;
using config::AlterOperation;

std::vector<Alteration> changes_of(
    const std::vector<protocol::AlterConfigsRequest::AlterableConfig>& configs) {
  std::vector<Alteration> changes;
  for (const auto& config : configs) {
    changes.push_back({config.name, AlterOperation::kSet, config.value});
  }
  return changes;
}

std::vector<Alteration> changes_of(
    const std::vector<protocol::IncrementalAlterConfigsRequest::AlterableConfig>& configs) {
  std::vector<Alteration> changes;
  for (const auto& config : configs) {
    const auto operation = static_cast<AlterOperation>(config.config_operation);
    changes.push_back({config.name, operation, config.value});
  }
  return changes;
}

template <class Request>
bool stands_alone(const Request& request, const typename Request::AlterConfigsResource& resource) {
  return std::ranges::count_if(request.resources, [&](const auto& other) {
           return other.resource_type == resource.resource_type &&
                  other.resource_name == resource.resource_name;
         }) == 1;
}

template <class Request>
env::Task<typename Request::Response> alter_all(Services* services, Request request,
                                                bool replaces) {
  typename Request::Response response;
  for (const auto& resource : request.resources) {
    typename Request::Response::AlterConfigsResourceResponse row;
    row.resource_type = resource.resource_type;
    row.resource_name = resource.resource_name;
    row.error_message.reset();
    std::expected<void, config::AlterRefusal> done = std::unexpected(config::AlterRefusal{
        ErrorCode::kInvalidRequest, "Each resource must appear at most once."});
    if (stands_alone(request, resource)) {
      ConfigAlteration asked{static_cast<ConfigResource>(resource.resource_type),
                             resource.resource_name, changes_of(resource.configs), replaces,
                             request.validate_only};
      done = co_await alter_config(services, std::move(asked));
    }
    if (!done) {
      row.error_code = done.error().error;
      row.error_message = done.error().text;
    }
    response.responses.push_back(std::move(row));
  }
  co_return response;
}

}  // namespace

env::Task<protocol::AlterConfigsResponse> handle_alter_configs(
    Services* services, RequestContext, protocol::AlterConfigsRequest request) {
  return alter_all(services, std::move(request), true);
}

env::Task<protocol::IncrementalAlterConfigsResponse> handle_incremental_alter_configs(
    Services* services, RequestContext, protocol::IncrementalAlterConfigsRequest request) {
  return alter_all(services, std::move(request), false);
}

}  // namespace barnabas::broker::api
