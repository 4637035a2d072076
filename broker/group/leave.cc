// Members that go: by LeaveGroup, or because their session is over.
#include <fmt/format.h>

#include "broker/group/group.h"

namespace barnabas::broker::group {

LeaveResult Group::leave(const std::vector<LeavingMember>& leaving, Moment now) {
  if (state_ == GroupState::kDead) return {ErrorCode::kCoordinatorNotAvailable, {}, {}};
  Step step{now, {}};
  LeaveResult result;
  for (const auto& one : leaving) result.members.push_back(leave_one(step, one));
  result.effects = std::move(step.effects);
  return result;
}

ErrorCode Group::leave_one(Step& step, const LeavingMember& leaving) {
  auto id = leaving.member_id;
  if (id.empty()) {  // an operator removes whoever has that instance id
    const auto* current =
        leaving.instance_id ? members_.id_of_instance(*leaving.instance_id) : nullptr;
    if (current == nullptr) return ErrorCode::kUnknownMemberId;
    id = *current;
  } else if (members_.is_pending(id)) {
    remove_pending(step, id);
    return ErrorCode::kNone;
  } else if (const auto error = check_member(id, leaving.instance_id); error != ErrorCode::kNone) {
    return error;
  }
  remove_member(step, id,
                fmt::format("member {} has left (its reason: {})", id,
                            leaving.reason.value_or("not provided")));
  return ErrorCode::kNone;
}

void Group::remove_member(Step& step, const std::string& id, const std::string& reason) {
  drop(step, id);
  if (state_ == GroupState::kPreparingRebalance) {
    note(step, reason);
    maybe_complete_join(step);
  } else {
    maybe_prepare_rebalance(step, reason);
  }
}

void Group::remove_pending(Step& step, const std::string& id) {
  members_.remove(id);
  maybe_complete_join(step);
}

// Its client may still be there, and joins again under a new id then.
void Group::drop(Step& step, const std::string& id) {
  if (auto* member = members_.find(id)) {
    answer_join(step, *member, JoinAnswer{.error = ErrorCode::kUnknownMemberId});
    answer_sync(step, *member, SyncAnswer{.error = ErrorCode::kUnknownMemberId});
  }
  members_.remove(id);
}

}  // namespace barnabas::broker::group
