// What of a group is written to __consumer_offsets, and what waits for that.
#include "broker/group/group.h"

namespace barnabas::broker::group {

ErrorCode stored_error(ErrorCode append_error) {
  switch (append_error) {
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kNotEnoughReplicas:
    case ErrorCode::kNotEnoughReplicasAfterAppend: return ErrorCode::kCoordinatorNotAvailable;
    case ErrorCode::kNotLeaderOrFollower:
    case ErrorCode::kKafkaStorageError: return ErrorCode::kNotCoordinator;
    case ErrorCode::kRequestTimedOut: return ErrorCode::kRebalanceInProgress;
    case ErrorCode::kMessageTooLarge:
    case ErrorCode::kRecordListTooLarge:
    case ErrorCode::kInvalidFetchSize: return ErrorCode::kUnknownServerError;
    default: return append_error;
  }
}

StoreToken Group::store(Step& step, const Assignments& assignments) {
  ++last_token_;
  step.effects.stores.push_back({last_token_, snapshot(assignments)});
  return last_token_;
}

StoredGroup Group::snapshot(const Assignments& assignments) const {
  StoredGroup stored{protocol_type_.value_or(""), generation_,  protocol_name_,
                     members_.leader(),           state_since_, {}};
  for (const auto& [id, member] : members_.all()) {
    const auto assigned = assignments.find(id);
    stored.members.push_back({id, member.instance_id, member.client_id, member.client_host,
                              member.rebalance_timeout, member.session_timeout,
                              member.metadata(protocol_name_.value_or("")),
                              assigned == assignments.end() ? Blob{} : assigned->second});
  }
  return stored;
}

Group::Assignments Group::current_assignments() const {
  Assignments assignments;
  for (const auto& [id, member] : members_.all()) assignments.emplace(id, member.assignment);
  return assignments;
}

// A write that nobody waits for any more (the group has moved on) ends here without a trace.
Effects Group::on_stored(StoreToken token, ErrorCode append_error, Moment now) {
  Step step{now, {}};
  const auto error = stored_error(append_error);
  if (pending_assignment_ && pending_assignment_->token == token) {
    auto pending = std::move(*pending_assignment_);
    pending_assignment_.reset();
    assignment_stored(step, std::move(pending), error);
  } else if (auto found = pending_replacements_.extract(token)) {
    replacement_stored(step, found.mapped(), error);
  }
  return std::move(step.effects);
}

// Whoever still waits is answered by the rebalance that begins.
void Group::forget_stores() {
  pending_assignment_.reset();
  pending_replacements_.clear();
}

}  // namespace barnabas::broker::group
