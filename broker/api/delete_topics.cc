// DeleteTopics 0-6. v5: error message; v6: topics by id (KIP-516).
#include "broker/api/handlers.h"
#include "broker/api/topic_creation.h"
#include "broker/group/coordinator.h"
#include "env/run_on.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::DeleteTopicsRequest;
using Response = protocol::DeleteTopicsResponse;
using Row = Response::DeletableTopicResult;

// What was asked, with the name that belongs to an id, or the reason against it. Who asks by name
// is not told the id.
Row resolve(const replica::MetadataSnapshot& metadata, const Request::DeleteTopicState& asked) {
  Row row;
  row.name = asked.name;
  row.topic_id = asked.topic_id;
  const bool has_id = !asked.topic_id.is_zero();
  if (asked.name && has_id) {
    row.error_code = ErrorCode::kInvalidRequest;
  } else if (!asked.name && !has_id) {
    row.error_code = ErrorCode::kTopicAuthorizationFailed;  // as 3.9 answers a nameless topic
  } else if (has_id) {
    row.name = metadata.topic_name(asked.topic_id);
    if (!row.name) row.error_code = ErrorCode::kUnknownTopicId;
  }
  if (row.error_code == ErrorCode::kNone && !metadata.topic(*row.name)) {
    row.error_code = ErrorCode::kUnknownTopicOrPartition;
  }
  return row;
}

std::vector<Request::DeleteTopicState> asked_topics(const Request& request, std::int16_t version) {
  if (version >= 6) return request.topics;
  std::vector<Request::DeleteTopicState> topics;
  for (const auto& name : request.topic_names) topics.emplace_back().name = name;
  return topics;
}

env::Task<void> wait_until_gone(Services* services, std::vector<Row>* rows, Millis timeout) {
  const auto deadline = services->clock.now() + std::chrono::milliseconds(timeout.value);
  for (auto& row : *rows) {
    if (row.error_code != ErrorCode::kNone) continue;
    bool gone = false;
    if (timeout.value > 0) {
      const auto name = *row.name;
      auto is_gone = [name](const replica::MetadataSnapshot& snapshot) {
        return !snapshot.topic(name);
      };
      gone = co_await wait_for_metadata(services, deadline, std::move(is_gone));
    }
    if (!gone) row.error_code = ErrorCode::kRequestTimedOut;
  }
}

}  // namespace

env::Task<Response> handle_delete_topics(Services* services, RequestContext context,
                                         Request request) {
  Response response;
  const auto metadata = services->metadata.snapshot();
  const bool enabled = services->config[config::key::delete_topic_enable];
  for (const auto& asked : asked_topics(request, context.version())) {
    auto row = resolve(*metadata, asked);
    if (!services->controller.is_active()) {
      row = {};
      row.name = asked.name;
      row.topic_id = asked.topic_id;
      row.error_code = ErrorCode::kNotController;
    } else if (!enabled) {
      row.error_code =
          context.version() < 3 ? ErrorCode::kInvalidRequest : ErrorCode::kTopicDeletionDisabled;
    }
    if (row.error_code == ErrorCode::kNone) {
      auto marking = services->topics.delete_topic(*row.name);
      const auto marked = co_await env::run_on<controller::AdminResult<void>>(services->zk_executor,
                                                                              std::move(marking));
      if (!marked) row.error_code = marked.error().code;
      if (row.error_code == ErrorCode::kUnknownTopicOrPartition) {
        // It is gone, and this broker was not told.
        const auto stale = metadata->topic(*row.name);
        services->groups.forget(services->metadata.forget(*stale));
      }
    }
    response.responses.push_back(std::move(row));
  }
  co_await wait_until_gone(services, &response.responses, request.timeout_ms);
  co_return response;
}

}  // namespace barnabas::broker::api
