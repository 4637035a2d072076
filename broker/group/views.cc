// What others ask about a group: DescribeGroups, ListGroups, deletion, expiry of offsets.
#include "broker/group/group.h"
#include "broker/group/subscription.h"

namespace barnabas::broker::group {

Description Group::describe() const {
  const bool stable = state_ == GroupState::kStable;
  const auto protocol = stable ? protocol_name_.value_or("") : "";
  Description described{state_, protocol_type_.value_or(""), protocol, {}};
  for (const auto& [id, member] : members_.all()) {
    auto& out = described.members.emplace_back(DescribedMember{
        id, member.instance_id, member.client_id, member.client_host, Blob{}, Blob{}});
    if (!stable) continue;
    out.metadata = member.metadata(protocol);
    out.assignment = member.assignment;
  }
  return described;
}

Overview Group::overview() const { return {id_, protocol_type_.value_or(""), state_}; }

ErrorCode Group::check_delete() const {
  if (state_ == GroupState::kDead) return ErrorCode::kGroupIdNotFound;
  return state_ == GroupState::kEmpty ? ErrorCode::kNone : ErrorCode::kNonEmptyGroup;
}

ErrorCode Group::check_delete_offsets() const {
  const auto error = check_delete();
  const bool consumers = protocol_type_ == kConsumerProtocolType;
  return error == ErrorCode::kNonEmptyGroup && consumers ? ErrorCode::kNone : error;
}

bool Group::is_subscribed_to(const std::string& topic) const {
  return !subscribed_ || subscribed_->contains(topic);
}

std::optional<ExpiryRule> Group::expiry_rule() const {
  if (!protocol_type_) return ExpiryRule{};  // somebody only keeps offsets here
  if (state_ == GroupState::kEmpty) {
    ExpiryRule rule;
    if (state_since_ != kNoTimestamp) rule.empty_since = state_since_;
    return rule;
  }
  const bool consumers = protocol_type_ == kConsumerProtocolType && subscribed_;
  if (consumers && state_ == GroupState::kStable) return ExpiryRule{std::nullopt, *subscribed_};
  return std::nullopt;
}

}  // namespace barnabas::broker::group
