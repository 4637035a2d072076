// What a member is told at once: heartbeats, and whether it may commit offsets.
#include "broker/group/group.h"

namespace barnabas::broker::group {

ErrorCode Group::heartbeat(const MemberClaim& claim, Moment now) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const auto error = check_claim(claim);
  if (error != ErrorCode::kNone) return error;
  restart_session(*members_.find(claim.member_id), now);
  const bool preparing = state_ == GroupState::kPreparingRebalance;
  return preparing ? ErrorCode::kRebalanceInProgress : ErrorCode::kNone;
}

// Who says nothing of a generation or a member is no member: that is allowed to commit while there
// are none. In a transaction it is always allowed: before KIP-447 such a commit named neither.
ErrorCode Group::check_committer(const MemberClaim& claim, bool in_transaction) const {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const bool empty = state_ == GroupState::kEmpty;
  const bool has_generation = claim.generation >= Generation{0};
  if (!has_generation && empty) return ErrorCode::kNone;
  if (has_generation || !claim.member_id.empty() || claim.instance_id) return check_claim(claim);
  return in_transaction || empty ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
}

ErrorCode Group::check_commit(const MemberClaim& claim, Moment now) {
  const auto error = check_committer(claim, false);
  if (error != ErrorCode::kNone) return error;
  // Between generations the offsets of the last one may still come; once the next one has begun,
  // the member has to sync first.
  if (state_ == GroupState::kCompletingRebalance) return ErrorCode::kRebalanceInProgress;
  if (auto* member = members_.find(claim.member_id)) restart_session(*member, now);
  return ErrorCode::kNone;
}

ErrorCode Group::check_txn_commit(const MemberClaim& claim) const {
  return check_committer(claim, true);
}

}  // namespace barnabas::broker::group
