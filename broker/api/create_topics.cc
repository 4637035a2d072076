// CreateTopics 0-7. v1: validate_only; v4: broker defaults by -1; v5: the topic's configs
// (KIP-525); v7: id.
#include <algorithm>

#include "broker/api/config_rows.h"
#include "broker/api/handlers.h"
#include "broker/api/topic_creation.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::CreateTopicsRequest;
using Response = protocol::CreateTopicsResponse;
using Row = Response::CreatableTopicResult;

constexpr std::string_view kClusterMetadata = "__cluster_metadata";

Row refused(const std::string& name, ErrorCode error, std::string text) {
  Row row;
  row.name = name;
  row.error_code = error;
  row.error_message = std::move(text);
  row.num_partitions = -1;
  row.replication_factor = -1;
  row.configs.emplace();
  return row;
}

Row created(Services& services, const Request::CreatableTopic& topic, const CreatedTopic& made) {
  Row row;
  row.name = topic.name;
  row.error_message.reset();
  row.topic_id = made.id;
  row.num_partitions = made.partitions;
  row.replication_factor = made.replication_factor;
  config::Properties overrides;
  for (const auto& entry : topic.configs) overrides[entry.name] = entry.value.value_or("");
  row.configs = created_topic_configs(*services.config.get(), overrides);
  return row;
}

// Answers that need no look at ZooKeeper.
std::optional<Row> refuse_early(Services& services, const Request& request,
                                const Request::CreatableTopic& topic) {
  const auto same_name = [&](const auto& other) { return other.name == topic.name; };
  if (!services.controller.is_active()) return refused(topic.name, ErrorCode::kNotController, "");
  if (std::ranges::count_if(request.topics, same_name) > 1) {
    return refused(topic.name, ErrorCode::kInvalidRequest,
                   "Found multiple entries for this topic.");
  }
  if (topic.name == kClusterMetadata) {
    return refused(topic.name, ErrorCode::kInvalidRequest,
                   "Creation of internal topic __cluster_metadata is prohibited.");
  }
  return std::nullopt;
}

// CreateTopics answers when the topics can be used, or with REQUEST_TIMED_OUT.
env::Task<void> wait_for_leaders(Services* services, std::vector<Row>* rows, Millis timeout) {
  const auto deadline = services->clock.now() + std::chrono::milliseconds(timeout.value);
  for (auto& row : *rows) {
    if (row.error_code != ErrorCode::kNone) continue;
    bool usable = false;
    if (timeout.value > 0) {
      const auto name = row.name;
      const auto count = static_cast<std::size_t>(row.num_partitions);
      auto has_leaders = [name, count](const replica::MetadataSnapshot& snapshot) {
        return snapshot.has_leaders(name, count);
      };
      usable = co_await wait_for_metadata(services, deadline, std::move(has_leaders));
    }
    if (!usable) row.error_code = ErrorCode::kRequestTimedOut;
  }
}

}  // namespace

env::Task<Response> handle_create_topics(Services* services, RequestContext, Request request) {
  Response response;
  std::vector<std::string> names;
  std::vector<std::size_t> places;  // theirs in the request
  for (const auto& topic : request.topics) {
    auto early = refuse_early(*services, request, topic);
    if (!early) {
      names.push_back(topic.name);
      places.push_back(response.topics.size());
    }
    response.topics.push_back(std::move(early).value_or(Row{}));
  }
  for (const auto next : order_of_creation(names)) {
    const auto& topic = request.topics[places[next]];
    const auto made = co_await create_topic(services, topic, request.validate_only);
    response.topics[places[next]] =
        made ? created(*services, topic, *made)
             : refused(topic.name, made.error().code, made.error().message);
  }
  if (!request.validate_only) {
    co_await wait_for_leaders(services, &response.topics, request.timeout_ms);
  }
  co_return response;
}

}  // namespace barnabas::broker::api
