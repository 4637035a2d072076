// JoinGroup: who may come in, as what, and when that makes the group rebalance.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "broker/group/group.h"
#include "env/check.h"

namespace barnabas::broker::group {
namespace {

// A new member cannot send heartbeats while its first join waits, and its connection may be long
// gone; then it is not to hold up the others for ever.
constexpr std::chrono::minutes kNewMemberJoinTimeout{5};

constexpr std::string_view kHex = "0123456789abcdef";

// As Java prints a UUID: 8-4-4-4-12 hexadecimal digits.
std::string java_text(const Uuid& id) {
  std::string text;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[id.bytes[i] >> 4];
    text += kHex[id.bytes[i] & 15];
  }
  return text;
}

std::string new_member_id(const JoinRequest& request) {
  return request.instance_id.value_or(request.client_id) + '-' + java_text(request.random);
}

JoinAnswer refused(ErrorCode error, std::string member_id = {}) {
  return JoinAnswer{.error = error, .member_id = std::move(member_id)};
}

}  // namespace

Effects Group::join(Ticket ticket, JoinRequest request, Moment now) {
  Step step{now, {}};
  if (request.reason.empty()) request.reason = "not provided";
  if (!accepts(request.member_id)) {
    drop(step, request.member_id);
    step.answer(ticket, refused(ErrorCode::kGroupMaxSizeReached));
  } else if (state_ == GroupState::kDead) {
    step.answer(ticket, refused(ErrorCode::kCoordinatorNotAvailable, request.member_id));
  } else if (!supports(request)) {
    step.answer(ticket, refused(ErrorCode::kInconsistentGroupProtocol, request.member_id));
  } else if (request.member_id.empty()) {
    join_new(step, ticket, std::move(request));
  } else {
    join_known(step, ticket, std::move(request));
  }
  maybe_complete_join(step);
  return std::move(step.effects);
}

// While a rebalance is prepared, those who wait are counted: an oversized group sheds the members
// that come back last.
bool Group::accepts(const std::string& member_id) const {
  const auto limit = static_cast<std::size_t>(config_.max_size);
  const auto* member = members_.find(member_id);
  switch (state_) {
    case GroupState::kEmpty:
    case GroupState::kDead: return true;
    case GroupState::kPreparingRebalance:
      return (member != nullptr && member->join) || members_.joining() < limit;
    case GroupState::kCompletingRebalance:
    case GroupState::kStable: return member != nullptr || members_.size() < limit;
  }
  return false;
}

bool Group::supports(const JoinRequest& request) const {
  if (state_ == GroupState::kEmpty) {
    return !request.protocol_type.empty() && !request.protocols.empty();
  }
  return protocol_type_ == request.protocol_type &&
         std::ranges::any_of(request.protocols,
                             [&](const Protocol& p) { return members_.all_support(p.name); });
}

void Group::join_new(Step& step, Ticket ticket, JoinRequest request) {
  auto id = new_member_id(request);
  if (request.instance_id) {
    if (members_.id_of_instance(*request.instance_id) != nullptr) {
      replace_static(step, ticket, std::move(request), id);
    } else {
      add_member(step, ticket, std::move(request), std::move(id));
    }
  } else if (request.require_known_member_id) {
    run_pending(id, step.now.steady + std::chrono::milliseconds(request.session_timeout.value));
    step.answer(ticket, refused(ErrorCode::kMemberIdRequired, std::move(id)));
  } else {
    add_member(step, ticket, std::move(request), std::move(id));
  }
}

void Group::join_known(Step& step, Ticket ticket, JoinRequest request) {
  auto id = request.member_id;
  if (members_.is_pending(id)) {
    // We gave this id to a member without an instance id; Kafka has no better word for it either.
    if (request.instance_id) return step.answer(ticket, refused(ErrorCode::kUnknownServerError));
    return add_member(step, ticket, std::move(request), std::move(id));
  }
  const auto error = check_member(id, request.instance_id);
  if (error != ErrorCode::kNone) return step.answer(ticket, refused(error, std::move(id)));
  rejoin(step, ticket, std::move(request), *members_.find(id));
}

// A member may have missed the answer to its first try: unless something has changed it is told
// the same once more. The leader of a stable group joins to make the others rebalance.
void Group::rejoin(Step& step, Ticket ticket, JoinRequest request, Member& member) {
  const bool may_repeat = state_ == GroupState::kCompletingRebalance ||
                          (state_ == GroupState::kStable && !members_.is_leader(member.id));
  if (may_repeat && member.protocols == request.protocols) {
    return step.answer(ticket, join_answer(member));
  }
  const auto reason =
      fmt::format("member {} joins again (its reason: {})", member.id, request.reason);
  update_member(step, ticket, std::move(request), member);
  maybe_prepare_rebalance(step, reason);
}

void Group::add_member(Step& step, Ticket ticket, JoinRequest request, std::string member_id) {
  // Whoever comes before the first generation lets it wait a little longer for others.
  if (state_ == GroupState::kPreparingRebalance && generation_ == Generation{0}) {
    member_added_ = true;
  }
  if (members_.empty()) protocol_type_ = request.protocol_type;
  const auto reason = fmt::format("member {} is new (its reason: {})", member_id, request.reason);
  Member member;
  member.id = std::move(member_id);
  member.instance_id = std::move(request.instance_id);
  member.client_id = std::move(request.client_id);
  member.client_host = std::move(request.client_host);
  member.rebalance_timeout = request.rebalance_timeout;
  member.session_timeout = request.session_timeout;
  member.protocols = std::move(request.protocols);
  member.is_new = true;
  auto& added = members_.add(std::move(member));
  members_.start_join(added, ticket);
  run_session(added, step.now.steady + kNewMemberJoinTimeout);
  maybe_prepare_rebalance(step, reason);
}

// Only the last of a member's requests counts: it sends another when it has given up on the first.
void Group::update_member(Step& step, Ticket ticket, JoinRequest request, Member& member) {
  answer_join(step, member, refused(ErrorCode::kRebalanceInProgress, member.id));
  members_.set_protocols(member, std::move(request.protocols));
  member.rebalance_timeout = request.rebalance_timeout;
  member.session_timeout = request.session_timeout;
  members_.start_join(member, ticket);
}

void Group::answer_join(Step& step, Member& member, JoinAnswer answer) {
  if (const auto ticket = members_.end_join(member)) step.answer(*ticket, std::move(answer));
}

// Of the current generation.
JoinAnswer Group::join_answer(const Member& member) const {
  JoinAnswer answer{ErrorCode::kNone,
                    generation_,
                    protocol_type_,
                    protocol_name_,
                    members_.leader().value_or(""),
                    false,
                    member.id,
                    {}};
  if (members_.is_leader(member.id)) answer.members = joined_members();
  return answer;
}

std::vector<JoinedMember> Group::joined_members() const {
  std::vector<JoinedMember> joined;
  joined.reserve(members_.size());
  for (const auto& [id, member] : members_.all()) {
    joined.push_back({id, member.instance_id, member.metadata(protocol_name_.value_or(""))});
  }
  return joined;
}

}  // namespace barnabas::broker::group
