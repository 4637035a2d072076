// A static member that comes back (KIP-345): it takes the place of the one that had its instance
// id, and a stable group need not rebalance for that.
#include <fmt/format.h>

#include <algorithm>

#include "broker/group/group.h"
#include "env/check.h"

namespace barnabas::broker::group {

void Group::replace_static(Step& step, Ticket ticket, JoinRequest request,
                           const std::string& new_id) {
  const auto old_id = *members_.id_of_instance(*request.instance_id);
  const auto reason = fmt::format("static member {} is back as {} (its reason: {})",
                                  *request.instance_id, new_id, request.reason);
  PendingReplacement replacement{.old_member_id = old_id,
                                 .new_member_id = new_id,
                                 .old_leader = members_.leader(),
                                 .supports_skip_assignment = request.supports_skip_assignment};
  auto& member = replace_id(step, old_id, new_id);
  replacement.old_protocols = member.protocols;
  replacement.old_rebalance_timeout = member.rebalance_timeout;
  replacement.old_session_timeout = member.session_timeout;
  update_member(step, ticket, std::move(request), member);
  // While members sync, the old id is in what the leader is about to assign; nobody would get it.
  const bool same_protocol =
      state_ == GroupState::kStable && members_.select_protocol() == protocol_name_;
  if (!same_protocol) return maybe_prepare_rebalance(step, reason);
  note(step, reason);
  // Of two that come one after the other, the second has fenced the first.
  std::erase_if(pending_replacements_,
                [&](const auto& entry) { return entry.second.new_member_id == old_id; });
  const auto token = store(step, current_assignments());
  pending_replacements_.emplace(token, std::move(replacement));
}

// Whoever still waits under the old id is an impostor now.
Member& Group::replace_id(Step& step, const std::string& old_id, const std::string& new_id) {
  auto& old = *members_.find(old_id);
  answer_join(step, old, JoinAnswer{.error = ErrorCode::kFencedInstanceId, .member_id = old_id});
  answer_sync(step, old, SyncAnswer{.error = ErrorCode::kFencedInstanceId});
  auto& member = members_.rename(old_id, new_id);
  restart_session(member, step.now);
  return member;
}

// Before version 9 a leader that came back was told of the old leader, lest it compute an
// assignment that nobody waits for; since KIP-814 it can be told not to.
void Group::replacement_stored(Step& step, const PendingReplacement& replacement, ErrorCode error) {
  auto* member = members_.find(replacement.new_member_id);
  BB_CHECK(member != nullptr && state_ == GroupState::kStable);
  if (error != ErrorCode::kNone) return revert(step, replacement, error);
  auto answer = join_answer(*member);
  if (replacement.supports_skip_assignment) {
    answer.skip_assignment = members_.is_leader(member->id);
  } else {
    answer.leader = replacement.old_leader.value_or("");
    answer.members.clear();
  }
  answer_join(step, *member, std::move(answer));
  restart_session(*member, step.now);
}

void Group::revert(Step& step, const PendingReplacement& replacement, ErrorCode error) {
  note(step, fmt::format("could not store that {} is {} now: {}", replacement.old_member_id,
                         replacement.new_member_id, barnabas::name(error)));
  auto& member = *members_.find(replacement.new_member_id);
  members_.set_protocols(member, replacement.old_protocols);
  member.rebalance_timeout = replacement.old_rebalance_timeout;
  member.session_timeout = replacement.old_session_timeout;
  answer_join(step, member,
              JoinAnswer{error,
                         generation_,
                         protocol_type_,
                         protocol_name_,
                         replacement.old_leader.value_or(""),
                         false,
                         "",
                         {}});
  auto& old = members_.rename(replacement.new_member_id, replacement.old_member_id);
  restart_session(old, step.now);
}

}  // namespace barnabas::broker::group
