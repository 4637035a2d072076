// FindCoordinator 0-6. v4: batched keys (KIP-699); v6: share groups.
// No coordinator is served yet: a well-formed question is answered COORDINATOR_NOT_AVAILABLE, which
// clients retry.
#include "broker/api/handlers.h"

namespace barnabas::broker::api {
namespace {

constexpr std::int8_t kGroup = 0;
constexpr std::int8_t kTransaction = 1;
constexpr std::int8_t kShare = 2;

ErrorCode answer_to(std::int8_t type, std::int16_t version) {
  if (type == kGroup || type == kTransaction) return ErrorCode::kCoordinatorNotAvailable;
  if (type == kShare && version >= 6) return ErrorCode::kCoordinatorNotAvailable;
  return ErrorCode::kInvalidRequest;
}

// From v4 on only a wrong type has a text, and share coordinators never have one (as 3.9 answers).
std::string text_for(ErrorCode error, std::int8_t type, std::int16_t version) {
  const bool batched = version >= 4;
  if (type == kShare || (batched && error != ErrorCode::kInvalidRequest)) return "";
  return std::string(message(error));
}

}  // namespace

protocol::FindCoordinatorResponse handle_find_coordinator(
    Services&, const RequestContext& context, protocol::FindCoordinatorRequest request) {
  protocol::FindCoordinatorResponse response;
  const auto error = answer_to(request.key_type, context.version());
  const auto text = text_for(error, request.key_type, context.version());
  if (context.version() < 4) {
    response.error_code = error;
    response.error_message = text;
    response.node_id = kNoBroker;
    response.port = -1;
    return response;
  }
  for (auto& key : request.coordinator_keys) {
    protocol::FindCoordinatorResponse::Coordinator row;
    row.key = std::move(key);
    row.node_id = kNoBroker;
    row.port = -1;
    row.error_code = error;
    row.error_message = text;
    response.coordinators.push_back(std::move(row));
  }
  return response;
}

}  // namespace barnabas::broker::api
