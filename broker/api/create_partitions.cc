// CreatePartitions 0-3 (KIP-195).
#include <algorithm>

#include "broker/api/handlers.h"
#include "broker/api/topic_creation.h"
#include "env/run_on.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::CreatePartitionsRequest;
using Response = protocol::CreatePartitionsResponse;
using Row = Response::CreatePartitionsTopicResult;

Row refused(const std::string& name, ErrorCode error, std::optional<std::string> text) {
  Row row;
  row.name = name;
  row.error_code = error;
  row.error_message = std::move(text);
  return row;
}

controller::Growth growth(Services& services, const Request::CreatePartitionsTopic& topic,
                          bool validate_only) {
  controller::Growth growth;
  growth.topic = topic.name;
  growth.count = topic.count;
  growth.validate_only = validate_only;
  if (topic.assignments) {
    auto& rows = growth.assignments.emplace();
    for (const auto& assignment : *topic.assignments) rows.push_back(assignment.broker_ids);
  }
  for (const auto& broker : services.metadata.snapshot()->live_brokers()) {
    growth.brokers.push_back({broker.id, broker.rack});
  }
  return growth;
}

// Answers that need no look at ZooKeeper; a name that stands twice is answered once.
enum class Early { kGoOn, kAnswered };
Early answer_early(Services& services, const Request& request,
                   const Request::CreatePartitionsTopic& topic, std::vector<Row>& rows) {
  const auto same_name = [&](const auto& other) { return other.name == topic.name; };
  if (!services.controller.is_active()) {
    rows.push_back(refused(topic.name, ErrorCode::kNotController, std::nullopt));
    return Early::kAnswered;
  }
  if (std::ranges::count_if(request.topics, same_name) == 1) return Early::kGoOn;
  if (std::ranges::none_of(rows, same_name)) {
    rows.push_back(refused(topic.name, ErrorCode::kInvalidRequest, "Duplicate topic in request."));
  }
  return Early::kAnswered;
}

env::Task<bool> wait_for_leaders(Services* services, std::string name, std::int32_t count,
                                 env::Instant deadline) {
  const auto partitions = static_cast<std::size_t>(count);
  auto has_leaders = [name, partitions](const replica::MetadataSnapshot& snapshot) {
    return snapshot.has_leaders(name, partitions);
  };
  const bool usable = co_await wait_for_metadata(services, deadline, std::move(has_leaders));
  co_return usable;
}

}  // namespace

env::Task<Response> handle_create_partitions(Services* services, RequestContext, Request request) {
  Response response;
  const auto deadline = services->clock.now() + std::chrono::milliseconds(request.timeout_ms.value);
  for (const auto& topic : request.topics) {
    if (answer_early(*services, request, topic, response.results) == Early::kAnswered) continue;
    auto growing = services->topics.add_partitions(growth(*services, topic, request.validate_only));
    const auto grown = co_await env::run_on<controller::AdminResult<controller::Placement>>(
        services->zk_executor, std::move(growing));
    if (!grown) {
      response.results.push_back(refused(topic.name, grown.error().code, grown.error().message));
      continue;
    }
    auto error = ErrorCode::kNone;
    if (!request.validate_only) {
      const bool usable = co_await wait_for_leaders(services, topic.name, topic.count, deadline);
      if (!usable) error = ErrorCode::kRequestTimedOut;
    }
    response.results.push_back(refused(topic.name, error, std::nullopt));
  }
  co_return response;
}

}  // namespace barnabas::broker::api
