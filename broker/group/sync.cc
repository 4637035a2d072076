// SyncGroup: the leader's assignment is stored, then everybody gets theirs.
#include <fmt/format.h>

#include "broker/group/group.h"
#include "env/check.h"

namespace barnabas::broker::group {

Effects Group::sync(Ticket ticket, SyncRequest request, Moment now) {
  Step step{now, {}};
  const auto error = check_sync(request);
  if (error != ErrorCode::kNone) {
    step.answer(ticket, SyncAnswer{.error = error});
  } else if (state_ == GroupState::kPreparingRebalance) {
    step.answer(ticket, SyncAnswer{.error = ErrorCode::kRebalanceInProgress});
  } else {
    received_sync(request.member_id);
    await_sync(step, ticket, std::move(request));
  }
  return std::move(step.effects);
}

// In Empty there are no members, so whoever asks is unknown.
ErrorCode Group::check_sync(const SyncRequest& request) const {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const auto error = check_claim({request.member_id, request.instance_id, request.generation});
  if (error != ErrorCode::kNone) return error;
  const bool same_type = !request.protocol_type || request.protocol_type == protocol_type_;
  const bool same_name = !request.protocol_name || request.protocol_name == protocol_name_;
  return same_type && same_name ? ErrorCode::kNone : ErrorCode::kInconsistentGroupProtocol;
}

void Group::received_sync(const std::string& member_id) {
  members_.unsynced().erase(member_id);
  if (members_.unsynced().empty()) sync_deadline_.reset();
}

void Group::await_sync(Step& step, Ticket ticket, SyncRequest request) {
  auto& member = *members_.find(request.member_id);
  answer_sync(step, member, SyncAnswer{.error = ErrorCode::kRebalanceInProgress});  // an older one
  member.sync = ticket;
  if (state_ == GroupState::kStable) return answer_sync(step, member, sync_answer(member));
  if (members_.is_leader(member.id) && !pending_assignment_) {
    store_assignment(step, std::move(request.assignments));
  }
}

// Members that the leader has forgotten get nothing; ids that it has made up are not kept.
void Group::store_assignment(Step& step, std::vector<Assignment> assignments) {
  Assignments by_member;
  for (auto& [id, bytes] : assignments) {
    if (members_.find(id) != nullptr) by_member[id] = std::move(bytes);
  }
  const auto token = store(step, by_member);
  pending_assignment_ = PendingAssignment{token, std::move(by_member)};
}

void Group::assignment_stored(Step& step, PendingAssignment pending, ErrorCode error) {
  BB_CHECK(state_ == GroupState::kCompletingRebalance);
  if (error != ErrorCode::kNone) {
    reset_assignments();
    answer_all_syncs(step, error);
    return maybe_prepare_rebalance(
        step, fmt::format("its assignment could not be stored: {}", barnabas::name(error)));
  }
  for (auto& [id, member] : members_.all()) member.assignment = std::move(pending.by_member[id]);
  become(step, GroupState::kStable);
  answer_all_syncs(step, ErrorCode::kNone);
}

SyncAnswer Group::sync_answer(const Member& member) const {
  return {ErrorCode::kNone, protocol_type_, protocol_name_, member.assignment};
}

void Group::answer_all_syncs(Step& step, ErrorCode error) {
  for (auto& [id, member] : members_.all()) {
    const bool ok = error == ErrorCode::kNone;
    answer_sync(step, member, ok ? sync_answer(member) : SyncAnswer{.error = error});
  }
}

// From here on the member can send heartbeats again.
void Group::answer_sync(Step& step, Member& member, SyncAnswer answer) {
  if (!member.sync) return;
  step.answer(*member.sync, std::move(answer));
  member.sync.reset();
  restart_session(member, step.now);
}

void Group::reset_assignments() {
  for (auto& [id, member] : members_.all()) member.assignment.clear();
}

}  // namespace barnabas::broker::group
