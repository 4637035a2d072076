#include "tests/sim/group_member.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "protocol/messages/leave_group.h"
#include "tests/sim/group_calls.h"

namespace barnabas::simtest {

using env::Task;

namespace {

constexpr const char* kProtocol = "range";
constexpr const char* kProtocolType = "consumer";
constexpr env::Duration kMoment = std::chrono::seconds(2);

Millis millis(env::Duration time) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return Millis{static_cast<std::int32_t>(whole)};
}

using Joined = protocol::JoinGroupResponse;
using Owners = std::map<int, const Joined::JoinGroupResponseMember*>;

bool assigns(const Joined& joined) {
  return joined.leader == joined.member_id && !joined.skip_assignment;
}

// What the leader decides: a range of partitions each.
Owners divide(const Joined& joined) {
  std::vector<const Joined::JoinGroupResponseMember*> members;
  for (const auto& member : joined.members) members.push_back(&member);
  std::ranges::sort(members, {}, [](const auto* member) { return member->member_id; });
  Owners owners;
  for (int i = 0; i < kReadPartitions; ++i) {
    owners[i] = members[static_cast<std::size_t>(i) * members.size() / kReadPartitions];
  }
  return owners;
}

}  // namespace

Task<void> GroupMember::live() {
  note("starts");
  while (stays()) {
    if (!coordinator_) {
      coordinator_ = co_await find_coordinator(&client_, identity_.group);
    } else if (!generation_) {
      co_await join();
    } else {
      co_await work();
    }
    if (stays()) co_await client_.pause(300);
  }
  if (order_ == Order::kLeave && coordinator_ && !member_id_.empty()) co_await say_goodbye();
  note("ends");
}

GroupChecker::Claim GroupMember::claim() const {
  return {identity_.group, generation(), member_id_, identity_.instance.value_or(member_id_)};
}

// What an error tells a member to do next.
void GroupMember::refused(const std::string& what, ErrorCode error) {
  note(what + ": " + std::string(barnabas::name(error)));
  switch (error) {
    case ErrorCode::kMemberIdRequired: return;
    case ErrorCode::kUnknownMemberId: member_id_.clear(); [[fallthrough]];
    case ErrorCode::kIllegalGeneration:
    case ErrorCode::kRebalanceInProgress: generation_.reset(); return;
    case ErrorCode::kFencedInstanceId: die(); return;
    case ErrorCode::kNotCoordinator:
    case ErrorCode::kCoordinatorNotAvailable: coordinator_.reset(); return;
    case ErrorCode::kCoordinatorLoadInProgress:
    case ErrorCode::kUnstableOffsetCommit:
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kRequestTimedOut: return;
    default: report_(fmt::format("{}: {} answers {}", name(), what, barnabas::name(error)));
  }
}

protocol::JoinGroupRequest GroupMember::join_request() const {
  protocol::JoinGroupRequest request;
  request.group_id = identity_.group;
  request.session_timeout_ms = millis(kSession);
  request.rebalance_timeout_ms = millis(kRebalance);
  request.member_id = member_id_;
  request.group_instance_id = identity_.instance;
  request.protocol_type = kProtocolType;
  request.protocols = {{kProtocol, {}}};
  return request;
}

Task<void> GroupMember::join() {
  auto request = join_request();
  auto answer = co_await ask(std::move(request), 9, kRebalance + kMoment);
  if (!answer) co_return;
  if (answer->error_code == ErrorCode::kMemberIdRequired) member_id_ = answer->member_id;
  if (answer->error_code != ErrorCode::kNone) co_return refused("join", answer->error_code);
  member_id_ = answer->member_id;
  note(fmt::format("join: generation {}, {} of {} members, led by {}", answer->generation_id.value,
                   member_id_, answer->members.size(), answer->leader));
  co_await sync(*std::move(answer));
}

protocol::SyncGroupRequest GroupMember::sync_request(const Joined& joined) const {
  protocol::SyncGroupRequest request;
  request.group_id = identity_.group;
  request.generation_id = joined.generation_id;
  request.member_id = member_id_;
  request.group_instance_id = identity_.instance;
  request.protocol_type = joined.protocol_type;
  request.protocol_name = joined.protocol_name;
  if (!assigns(joined)) return request;
  // A byte for each partition: an assignment is whatever the leader and the others agree on.
  std::map<std::string, std::vector<std::byte>> by_member;
  for (const auto& [partition, owner] : divide(joined)) {
    by_member[owner->member_id].push_back(static_cast<std::byte>(partition));
  }
  for (auto& [member, partitions] : by_member) request.assignments.push_back({member, partitions});
  return request;
}

Task<void> GroupMember::sync(Joined joined) {
  auto request = sync_request(joined);
  const int asked = checker_->events();
  const auto answer = co_await ask(std::move(request), 5, kRebalance + kMoment);
  if (!answer) co_return;
  if (answer->error_code != ErrorCode::kNone) co_return refused("sync", answer->error_code);
  if (assigns(joined)) tell_stored(joined);
  begin(joined.generation_id.value, answer->assignment, asked);
}

void GroupMember::tell_stored(const Joined& joined) {
  const int generation = joined.generation_id.value;
  GroupChecker::Owners owners;
  for (const auto& [partition, owner] : divide(joined)) {
    const std::string& id = owner->member_id;
    owners[partition] = {identity_.group, generation, id, owner->group_instance_id.value_or(id)};
  }
  note(fmt::format("has stored the assignment of generation {}", generation));
  checker_->stored({identity_.group, generation, member_id_, member_id_}, owners);
}

void GroupMember::begin(int generation, const std::vector<std::byte>& assignment, int asked) {
  generation_ = generation;
  partitions_.clear();
  for (const std::byte one : assignment) partitions_.push_back(std::to_integer<int>(one));
  is_placed_ = false;
  positions_.clear();
  committed_.clear();
  note(fmt::format("owns {} in generation {}", fmt::join(partitions_, ","), generation));
  checker_->assigned(claim(), partitions_, asked);
}

// Asked once: if nobody hears it, the session ends by itself.
Task<void> GroupMember::say_goodbye() {
  protocol::LeaveGroupRequest request;
  request.group_id = identity_.group;
  request.members.push_back({member_id_, identity_.instance, std::nullopt});
  const auto answer = co_await ask(std::move(request), 5, kMoment);
  if (answer) note("leaves: " + std::string(barnabas::name(answer->error_code)));
}

}  // namespace barnabas::simtest
