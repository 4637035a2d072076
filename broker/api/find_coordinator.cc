// FindCoordinator 0-6. v4: batched keys (KIP-699); v6: share groups.
// Transactions have no coordinator yet: COORDINATOR_NOT_AVAILABLE, which clients retry.
#include "broker/api/group_handlers.h"
#include "broker/api/topic_creation.h"

namespace barnabas::broker::api {
namespace {

using Response = protocol::FindCoordinatorResponse;

constexpr std::int8_t kGroup = 0;
constexpr std::int8_t kTransaction = 1;
constexpr std::int8_t kShare = 2;

struct Found {
  ErrorCode error = ErrorCode::kCoordinatorNotAvailable;
  BrokerId id = kNoBroker;
  std::string host;
  std::int32_t port = -1;
};

bool is_known_type(std::int8_t type, std::int16_t version) {
  return type == kGroup || type == kTransaction || (type == kShare && version >= 6);
}

Found find_group(const RequestContext& context, const replica::MetadataSnapshot& metadata,
                 const std::string& group) {
  const auto topic = metadata.topic(group::kOffsetsTopic);
  if (!topic) return {};
  const auto partition =
      topic->find(group::partition_of(group, static_cast<std::int32_t>(topic->size())));
  const auto* broker = partition ? metadata.broker(partition->leader) : nullptr;
  const auto* endpoint = broker ? broker->endpoint(context.connection->listener) : nullptr;
  if (!endpoint) return {};
  return {ErrorCode::kNone, broker->id, endpoint->host, endpoint->port};
}

Found find_one(const RequestContext& context, const replica::MetadataSnapshot& metadata,
               std::int8_t type, const std::string& key) {
  if (!is_known_type(type, context.version())) return {ErrorCode::kInvalidRequest};
  return type == kGroup ? find_group(context, metadata, key) : Found{};
}

// The first who asks for a coordinator makes the topic; who asks again finds it.
env::Task<void> make_offsets_topic(Services* services) {
  const auto metadata = services->metadata.snapshot();
  // Not before a controller has said what topics and brokers there are.
  const bool is_missing = !metadata->topic(group::kOffsetsTopic);
  if (!is_missing || metadata->controller_id() == kNoBroker) co_return;
  auto creating = auto_create_topic(services, std::string(group::kOffsetsTopic));
  co_await std::move(creating);
}

// From v4 on only a wrong type has a text, and share coordinators never have one (as 3.9 answers).
std::string text_for(ErrorCode error, std::int8_t type, std::int16_t version) {
  const bool batched = version >= 4;
  if (type == kShare || (batched && error != ErrorCode::kInvalidRequest)) return "";
  return std::string(message(error));
}

}  // namespace

env::Task<Response> handle_find_coordinator(Services* services, RequestContext context,
                                            protocol::FindCoordinatorRequest request) {
  Response response;
  const auto type = request.key_type;
  const bool batched = context.version() >= 4;
  if (!batched) request.coordinator_keys = {request.key};
  const bool asked = type == kGroup && !request.coordinator_keys.empty();
  if (asked) co_await make_offsets_topic(services);
  const auto metadata = services->metadata.snapshot();
  for (const auto& key : request.coordinator_keys) {
    const auto found = find_one(context, *metadata, type, key);
    const auto text = text_for(found.error, type, context.version());
    if (batched) {
      response.coordinators.push_back({key, found.id, found.host, found.port, found.error, text});
      continue;
    }
    response.error_code = found.error;
    response.error_message = text;
    response.node_id = found.id;
    response.host = found.host;
    response.port = found.port;
  }
  co_return response;
}

}  // namespace barnabas::broker::api
