#include "broker/group/stored_group.h"

#include <utility>

namespace barnabas::broker::group {

StoredGroup stored_group(protocol::GroupMetadataValue value) {
  StoredGroup group;
  group.protocol_type = std::move(value.protocol_type);
  group.generation = value.generation;
  group.protocol = std::move(value.protocol);
  group.leader = std::move(value.leader);
  group.state_since = value.current_state_timestamp;
  for (auto& from : value.members) {
    StoredMember member;
    member.member_id = std::move(from.member_id);
    member.instance_id = std::move(from.group_instance_id);
    member.client_id = std::move(from.client_id);
    member.client_host = std::move(from.client_host);
    member.rebalance_timeout = from.rebalance_timeout;
    member.session_timeout = from.session_timeout;
    member.subscription = std::move(from.subscription);
    member.assignment = std::move(from.assignment);
    group.members.push_back(std::move(member));
  }
  return group;
}

protocol::GroupMetadataValue group_value(const StoredGroup& group) {
  protocol::GroupMetadataValue value;
  value.protocol_type = group.protocol_type;
  value.generation = group.generation;
  value.protocol = group.protocol;
  value.leader = group.leader;
  value.current_state_timestamp = group.state_since;
  for (const auto& from : group.members) {
    auto& member = value.members.emplace_back();
    member.member_id = from.member_id;
    member.group_instance_id = from.instance_id;
    member.client_id = from.client_id;
    member.client_host = from.client_host;
    member.rebalance_timeout = from.rebalance_timeout;
    member.session_timeout = from.session_timeout;
    member.subscription = from.subscription;
    member.assignment = from.assignment;
  }
  return value;
}

}  // namespace barnabas::broker::group
