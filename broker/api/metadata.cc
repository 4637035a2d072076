// Metadata 0-12. v0: empty means all topics; v1: null does; v4: auto-creation flag; v10: topic ids;
// v12: by id.
#include <algorithm>
#include <set>

#include "broker/api/authorized_operations.h"
#include "broker/api/handlers.h"
#include "broker/api/topic_creation.h"

namespace barnabas::broker::api {
namespace {

using Request = protocol::MetadataRequest;
using Response = protocol::MetadataResponse;
using TopicRow = Response::MetadataResponseTopic;

Response::MetadataResponseBroker broker_row(const replica::LiveBroker& broker,
                                            const replica::BrokerEndpoint& endpoint) {
  Response::MetadataResponseBroker row;
  row.node_id = broker.id;
  row.host = endpoint.host;
  row.port = endpoint.port;
  row.rack = broker.rack;
  return row;
}

TopicRow refused(std::optional<std::string> name, TopicId id, ErrorCode error) {
  TopicRow row;
  row.is_internal = name && is_internal_topic(*name);
  row.name = std::move(name);
  row.topic_id = id;
  row.error_code = error;
  return row;
}

TopicRow topic_row(const replica::MetadataSnapshot& metadata, const replica::TopicMetadata& topic,
                   const RequestContext& context) {
  auto row = refused(topic.name(), topic.id(), ErrorCode::kNone);
  for (std::size_t i = 0; i < topic.size(); ++i) {
    auto described = metadata.describe(topic.at(i), context.connection->listener,
                                       context.version() == 0, context.version() >= 6);
    Response::MetadataResponsePartition partition;
    partition.error_code = described.error;
    partition.partition_index = described.index;
    partition.leader_id = described.leader;
    partition.leader_epoch = described.leader_epoch;
    partition.replica_nodes = std::move(described.replicas);
    partition.isr_nodes = std::move(described.isr);
    partition.offline_replicas = std::move(described.offline_replicas);
    row.partitions.push_back(std::move(partition));
  }
  return row;
}

// A question that is refused as a whole: each topic echoed with the error, no brokers.
std::optional<Response> refuse_all(const Request& request, std::int16_t version) {
  if (!request.topics) return std::nullopt;
  auto error = ErrorCode::kNone;
  for (const auto& topic : *request.topics) {
    const bool has_id = !topic.topic_id.is_zero();
    if (version < 12 && (!topic.name || has_id)) error = ErrorCode::kInvalidRequest;
    if (version >= 12 && !topic.name && !has_id) error = ErrorCode::kUnknownServerError;
  }
  if (error == ErrorCode::kNone) return std::nullopt;
  Response response;
  for (const auto& topic : *request.topics) {
    response.topics.push_back(refused(topic.name.value_or(""), topic.topic_id, error));
    response.topics.back().is_internal = false;
  }
  return response;
}

bool all_wanted(const Request& request, std::int16_t version) {
  return !request.topics || (version == 0 && request.topics->empty());
}

bool by_id(const Request& request) {
  return std::ranges::any_of(*request.topics,
                             [](const auto& topic) { return !topic.topic_id.is_zero(); });
}

// A topic that is not there: made if that is wanted, else refused.
env::Task<TopicRow> missing_topic(Services* services, std::string name, bool may_create) {
  auto error = ErrorCode::kUnknownTopicOrPartition;
  if (!controller::validate_topic_name(name)) {
    error = ErrorCode::kInvalidTopicException;
  } else if (may_create && services->config[config::key::auto_create_topics_enable]) {
    // A broker that no controller has told anything yet knows neither the topics there are nor the
    // brokers; 3.9 says INVALID_REPLICATION_FACTOR then, which ends a producer's send.
    error = ErrorCode::kLeaderNotAvailable;
    const bool told = services->metadata.snapshot()->controller_id() != kNoBroker;
    if (told) error = co_await auto_create_topic(services, name);
  }
  co_return refused(name, TopicId{}, error);
}

env::Task<std::vector<TopicRow>> named_topics(Services* services, RequestContext context,
                                              Request request) {
  std::vector<TopicRow> rows;
  std::set<std::string> seen;
  const auto metadata = services->metadata.snapshot();
  for (const auto& topic : *request.topics) {
    if (!seen.insert(*topic.name).second) continue;
    if (const auto known = metadata->topic(*topic.name)) {
      rows.push_back(topic_row(*metadata, *known, context));
      continue;
    }
    auto row = co_await missing_topic(services, *topic.name, request.allow_auto_topic_creation);
    rows.push_back(std::move(row));
  }
  co_return rows;
}

std::vector<TopicRow> topics_by_id(const replica::MetadataSnapshot& metadata,
                                   const RequestContext& context, const Request& request) {
  std::vector<TopicRow> rows;
  std::set<TopicId> seen;
  for (const auto& topic : *request.topics) {
    if (topic.topic_id.is_zero() || !seen.insert(topic.topic_id).second) continue;
    const auto known = metadata.topic(topic.topic_id);
    rows.push_back(known ? topic_row(metadata, *known, context)
                         : refused(std::nullopt, topic.topic_id, ErrorCode::kUnknownTopicId));
  }
  return rows;
}

std::vector<TopicRow> all_topics(const replica::MetadataSnapshot& metadata,
                                 const RequestContext& context) {
  std::vector<TopicRow> rows;
  rows.reserve(metadata.topic_count());
  metadata.for_each_topic([&](const replica::TopicMetadata& topic) {
    rows.push_back(topic_row(metadata, topic, context));
  });
  return rows;
}

}  // namespace

env::Task<Response> handle_metadata(Services* services, RequestContext context, Request request) {
  if (auto refused = refuse_all(request, context.version())) co_return *std::move(refused);
  Response response;
  const bool topic_operations = request.include_topic_authorized_operations;
  response.cluster_authorized_operations =
      authorized_on_cluster(request.include_cluster_authorized_operations);
  const auto metadata = services->metadata.snapshot();
  response.cluster_id = services->cluster_id;
  response.controller_id = metadata->controller_id();
  for (const auto& broker : metadata->live_brokers()) {
    const auto* endpoint = broker.endpoint(context.connection->listener);
    if (endpoint != nullptr) response.brokers.push_back(broker_row(broker, *endpoint));
  }
  if (all_wanted(request, context.version())) {
    response.topics = all_topics(*metadata, context);
  } else if (by_id(request)) {
    response.topics = topics_by_id(*metadata, context, request);
  } else {
    auto named = named_topics(services, context, std::move(request));
    response.topics = co_await std::move(named);
  }
  for (auto& row : response.topics) {
    row.topic_authorized_operations = authorized_on_topic(topic_operations);
  }
  co_return response;
}

}  // namespace barnabas::broker::api
