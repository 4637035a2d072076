// The deadlines of a group: of the rebalance, of the syncs after it, of sessions, of unused ids.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "broker/group/group.h"

namespace barnabas::broker::group {
namespace {

void move_up(std::optional<env::Instant>& first, env::Instant deadline) {
  if (!first || deadline < *first) first = deadline;
}

}  // namespace

void Group::restart_session(Member& member, Moment now) {
  run_session(member, now.steady + std::chrono::milliseconds(member.session_timeout.value));
}

void Group::run_session(Member& member, env::Instant deadline) {
  member.deadline = deadline;
  move_up(first_session_, deadline);
}

void Group::run_pending(const std::string& member_id, env::Instant deadline) {
  members_.pending()[member_id] = deadline;
  move_up(first_session_, deadline);
}

std::optional<env::Instant> Group::next_deadline() const {
  auto first = first_session_;
  if (join_deadline_) move_up(first, *join_deadline_);
  if (sync_deadline_) move_up(first, *sync_deadline_);
  return first;
}

// In the order of their time, so that a late call gives what punctual ones would have given.
Effects Group::advance(Moment now) {
  Step step{now, {}};
  for (const auto& [deadline, id] : sessions_due(now.steady)) {
    fire_rebalance_timers(step, deadline);
    expire(step, id);
  }
  fire_rebalance_timers(step, now.steady);
  find_first_session();
  return std::move(step.effects);
}

std::vector<std::pair<env::Instant, std::string>> Group::sessions_due(env::Instant now) const {
  std::vector<std::pair<env::Instant, std::string>> due;
  if (!first_session_ || *first_session_ > now) return due;
  for (const auto& [id, member] : members_.all()) {
    if (member.can_expire() && member.deadline <= now) due.emplace_back(member.deadline, id);
  }
  for (const auto& [id, deadline] : members_.pending()) {
    if (deadline <= now) due.emplace_back(deadline, id);
  }
  std::ranges::sort(due);
  return due;
}

void Group::find_first_session() {
  first_session_.reset();
  for (const auto& [id, member] : members_.all()) {
    if (member.can_expire()) move_up(first_session_, member.deadline);
  }
  for (const auto& [id, deadline] : members_.pending()) move_up(first_session_, deadline);
}

// Another timer of the same call may have answered the member, or removed it.
void Group::expire(Step& step, const std::string& id) {
  if (members_.is_pending(id)) {
    note(step, fmt::format("the id {} was not used in time", id));
    remove_pending(step, id);
    return;
  }
  const auto* member = members_.find(id);
  if (member == nullptr || !member->can_expire() || member->deadline > step.now.steady) return;
  remove_member(step, id, fmt::format("the session of member {} is over", id));
}

void Group::fire_rebalance_timers(Step& step, env::Instant until) {
  while (join_deadline_ && *join_deadline_ <= until) {
    if (initial_delay_) {
      initial_delay_over(step);
    } else {
      complete_join(step);
    }
  }
  if (sync_deadline_ && *sync_deadline_ <= until) sync_deadline_over(step);
}

}  // namespace barnabas::broker::group
