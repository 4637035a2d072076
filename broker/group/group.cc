#include "broker/group/group.h"

#include <fmt/format.h>

#include "broker/group/subscription.h"
#include "env/check.h"

namespace barnabas::broker::group {
namespace {

bool may_follow(GroupState next, GroupState from) {
  using enum GroupState;
  switch (next) {
    case kEmpty: return from == kPreparingRebalance;
    case kPreparingRebalance:
      return from == kStable || from == kCompletingRebalance || from == kEmpty;
    case kCompletingRebalance: return from == kPreparingRebalance;
    case kStable: return from == kCompletingRebalance;
    case kDead: return true;
  }
  return false;
}

std::optional<std::string> none_if_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

Member restored(StoredMember stored, const std::string& protocol) {
  Member member;
  member.id = std::move(stored.member_id);
  member.instance_id = std::move(stored.instance_id);
  member.client_id = std::move(stored.client_id);
  member.client_host = std::move(stored.client_host);
  member.session_timeout = stored.session_timeout;
  const bool has_own = stored.rebalance_timeout >= Millis{0};
  member.rebalance_timeout = has_own ? stored.rebalance_timeout : stored.session_timeout;
  member.protocols = {{protocol, std::move(stored.subscription)}};
  member.assignment = std::move(stored.assignment);
  return member;
}

}  // namespace

std::string_view name(GroupState state) {
  switch (state) {
    case GroupState::kEmpty: return "Empty";
    case GroupState::kPreparingRebalance: return "PreparingRebalance";
    case GroupState::kCompletingRebalance: return "CompletingRebalance";
    case GroupState::kStable: return "Stable";
    case GroupState::kDead: return "Dead";
  }
  return "";
}

ErrorCode check_session_timeout(const GroupConfig& config, Millis session_timeout) {
  const bool within = session_timeout >= config.min_session_timeout &&
                      session_timeout <= config.max_session_timeout;
  return within ? ErrorCode::kNone : ErrorCode::kInvalidSessionTimeout;
}

Group::Group(std::string id, GroupConfig config, Moment now)
    : id_(std::move(id)), config_(config), state_since_(now.wall) {}

// A value that names a member or an instance twice is wrong, and no reason to fall over.
Group::Group(std::string id, GroupConfig config, StoredGroup stored)
    : id_(std::move(id)),
      config_(config),
      state_(stored.members.empty() ? GroupState::kEmpty : GroupState::kStable),
      state_since_(stored.state_since),
      generation_(stored.generation),
      protocol_type_(none_if_empty(std::move(stored.protocol_type))),
      protocol_name_(std::move(stored.protocol)) {
  for (auto& member : stored.members) {
    if (members_.find(member.member_id) != nullptr) continue;
    if (member.instance_id && members_.id_of_instance(*member.instance_id) != nullptr) continue;
    members_.add(restored(std::move(member), protocol_name_.value_or("")));
  }
  if (stored.leader && members_.find(*stored.leader) != nullptr) {
    members_.set_leader(std::move(stored.leader));
  }
  subscribed_ = subscribed_topics(protocol_type_, protocol_name_, members_);
}

Effects Group::on_loaded(Moment now) {
  Step step{now, {}};
  if (members_.size() > static_cast<std::size_t>(config_.max_size)) {
    prepare_rebalance(step, fmt::format("as loaded it has more than {} members", config_.max_size));
  }
  for (auto& [id, member] : members_.all()) restart_session(member, now);
  return std::move(step.effects);
}

Effects Group::kill(Moment now) {
  Step step{now, {}};
  for (auto& [id, member] : members_.all()) {
    answer_join(step, member,
                JoinAnswer{.error = ErrorCode::kNotCoordinator, .member_id = member.id});
    answer_sync(step, member, SyncAnswer{.error = ErrorCode::kNotCoordinator});
  }
  become(step, GroupState::kDead);
  members_ = {};
  initial_delay_.reset();
  join_deadline_.reset();
  sync_deadline_.reset();
  first_session_.reset();
  forget_stores();
  return std::move(step.effects);
}

void Group::become(Step& step, GroupState next) {
  BB_CHECK(may_follow(next, state_));
  state_ = next;
  state_since_ = step.now.wall;
}

ErrorCode Group::check_member(const std::string& member_id,
                              const std::optional<std::string>& instance_id) const {
  if (instance_id) {
    const auto* current = members_.id_of_instance(*instance_id);
    if (current == nullptr) return ErrorCode::kUnknownMemberId;
    if (*current != member_id) return ErrorCode::kFencedInstanceId;
  }
  return members_.find(member_id) != nullptr ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
}

ErrorCode Group::check_claim(const MemberClaim& claim) const {
  const auto error = check_member(claim.member_id, claim.instance_id);
  if (error != ErrorCode::kNone) return error;
  return claim.generation == generation_ ? ErrorCode::kNone : ErrorCode::kIllegalGeneration;
}

void Group::note(Step& step, const std::string& what) const {
  step.effects.log.push_back(
      fmt::format("group {} (generation {}): {}", id_, generation_.value, what));
}

}  // namespace barnabas::broker::group
