// DescribeConfigs 0-4. v1: synonyms; v3: types and documentation (Apache's texts: answered with
// null).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "broker/api/broker_loggers.h"
#include "broker/api/config_alteration.h"
#include "broker/api/config_rows.h"
#include "broker/api/handlers.h"
#include "broker/read_config.h"
#include "env/log.h"
#include "env/run_on.h"
#include "zk/paths.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::DescribeConfigsRequest;
using Response = protocol::DescribeConfigsResponse;
using Row = Response::DescribeConfigsResult;

Row refuse(Row row, ErrorCode error, std::string text) {
  row.error_code = error;
  row.error_message = std::move(text);
  return row;
}

env::Task<Row> describe_topic(Services* services, Row row, config::Wanted wanted, bool synonyms) {
  if (const auto named = controller::validate_topic_name(row.resource_name); !named) {
    co_return refuse(std::move(row), named.error().code, named.error().message);
  }
  if (!services->metadata.snapshot()->topic(row.resource_name)) {
    co_return refuse(std::move(row), ErrorCode::kUnknownTopicOrPartition, "");
  }
  // Fresh from ZooKeeper, as 3.9 reads them.
  auto reading = read_config(&services->zk, zk::paths::topic_config(row.resource_name));
  const auto overrides =
      co_await env::run_on<Result<config::Properties>>(services->zk_executor, std::move(reading));
  if (!overrides) {
    co_return refuse(std::move(row), overrides.error(), std::string(message(overrides.error())));
  }
  row.configs =
      described(config::describe_topic(*services->config.get(), *overrides, wanted), synonyms);
  co_return row;
}

// The id in a broker resource's name; an error row's text if it is not ours.
std::expected<void, std::string> check_broker(const std::string& name, BrokerId self) {
  std::int32_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc{} || end != name.data() + name.size()) {
    return std::unexpected("Broker id must be an integer, but it is: " + name);
  }
  if (id == self.value) return {};
  return std::unexpected(fmt::format(
      "Unexpected broker id, expected {} or empty string, but received {}", self.value, name));
}

Row describe_broker(Services& services, Row row, const config::Wanted& wanted, bool synonyms) {
  if (row.resource_name.empty()) {
    row.configs =
        described(config::describe_default_broker(*services.config.get(), wanted), synonyms);
    return row;
  }
  const auto checked = check_broker(row.resource_name, services.broker_id);
  if (!checked) return refuse(std::move(row), ErrorCode::kInvalidRequest, checked.error());
  row.configs = described(config::describe_broker(*services.config.get(), wanted), synonyms);
  return row;
}

Row describe_loggers(Services& services, Row row, const config::Wanted& wanted) {
  constexpr std::int8_t kDynamicBrokerLogger = 6;
  if (row.resource_name.empty()) {
    return refuse(std::move(row), ErrorCode::kInvalidRequest, "Broker id must not be empty");
  }
  const auto checked = check_broker(row.resource_name, services.broker_id);
  if (!checked) return refuse(std::move(row), ErrorCode::kInvalidRequest, checked.error());
  const bool all = !wanted || wanted->empty();
  for (const auto& logger : broker_loggers()) {
    if (!all && std::ranges::find(*wanted, logger) == wanted->end()) continue;
    auto& entry = row.configs.emplace_back();
    entry.name = logger;
    entry.value = env::to_string(env::log_level(logger));
    entry.config_source = kDynamicBrokerLogger;
  }
  return row;
}

}  // namespace

env::Task<Response> handle_describe_configs(Services* services, RequestContext, Request request) {
  Response response;
  for (auto& asked : request.resources) {
    Row row;
    row.error_message = "";
    row.resource_type = asked.resource_type;
    row.resource_name = std::move(asked.resource_name);
    switch (static_cast<ConfigResource>(asked.resource_type)) {
      case ConfigResource::kTopic: {
        auto describing = describe_topic(services, std::move(row), asked.configuration_keys,
                                         request.include_synonyms);
        row = co_await std::move(describing);
        break;
      }
      case ConfigResource::kBroker:
        row = describe_broker(*services, std::move(row), asked.configuration_keys,
                              request.include_synonyms);
        break;
      case ConfigResource::kBrokerLogger:
        row = describe_loggers(*services, std::move(row), asked.configuration_keys);
        break;
      case ConfigResource::kClientMetrics:
        row = refuse(std::move(row), ErrorCode::kInvalidRequest,
                     "Config type client-metrics is only supported on KRaft clusters");
        break;
      default:
        row = refuse(std::move(row), ErrorCode::kInvalidRequest,
                     std::string(message(ErrorCode::kInvalidRequest)));
    }
    response.results.push_back(std::move(row));
  }
  co_return response;
}

}  // namespace barnabas::broker::api
