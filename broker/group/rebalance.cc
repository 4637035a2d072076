// From one generation to the next: wait until everybody has joined, or until their time is up.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "broker/group/group.h"
#include "broker/group/subscription.h"
#include "env/check.h"

namespace barnabas::broker::group {
namespace {

std::chrono::milliseconds duration(Millis time) { return std::chrono::milliseconds(time.value); }

// After the last one comes the first again.
Generation after(Generation generation) {
  const bool last = generation.value == std::numeric_limits<std::int32_t>::max();
  return last ? Generation{1} : generation + 1;
}

}  // namespace

void Group::maybe_prepare_rebalance(Step& step, const std::string& reason) {
  const bool can = state_ == GroupState::kEmpty || state_ == GroupState::kStable ||
                   state_ == GroupState::kCompletingRebalance;
  if (can) prepare_rebalance(step, reason);
}

// The first rebalance of a group that was empty takes its time, so that members which start
// together also begin together (KIP-134).
void Group::prepare_rebalance(Step& step, const std::string& reason) {
  note(step, fmt::format("rebalances, because {}", reason));
  if (state_ == GroupState::kCompletingRebalance) {
    reset_assignments();
    answer_all_syncs(step, ErrorCode::kRebalanceInProgress);
  }
  sync_deadline_.reset();
  forget_stores();
  const bool was_empty = state_ == GroupState::kEmpty;
  become(step, GroupState::kPreparingRebalance);
  if (was_empty) {
    const auto delay = config_.initial_rebalance_delay;
    const auto longest = members_.rebalance_timeout();
    start_initial_delay(step, delay, longest > delay ? Millis(longest - delay) : Millis{0});
  } else {
    start_join_timer(step);
    maybe_complete_join(step);
  }
}

void Group::start_initial_delay(Step& step, Millis delay, Millis remaining) {
  initial_delay_ = InitialDelay{delay, remaining};
  join_deadline_ = step.now.steady + duration(delay);
}

// Each time somebody came while it ran it runs once more, in all for no longer than the members
// would wait for a rebalance.
void Group::initial_delay_over(Step& step) {
  const auto [delay, remaining] = *initial_delay_;
  if (!member_added_ || remaining == Millis{0}) return complete_join(step);
  member_added_ = false;
  start_initial_delay(step, std::min(config_.initial_rebalance_delay, remaining),
                      std::max(Millis(remaining - delay), Millis{0}));
}

// At least a moment: a group that nobody comes back to asks again and again.
void Group::start_join_timer(Step& step) {
  join_deadline_ = step.now.steady + duration(std::max(members_.rebalance_timeout(), Millis{1}));
}

void Group::maybe_complete_join(Step& step) {
  const bool preparing = state_ == GroupState::kPreparingRebalance;
  if (preparing && !initial_delay_ && members_.all_joined()) complete_join(step);
}

void Group::complete_join(Step& step) {
  initial_delay_.reset();
  join_deadline_.reset();
  remove_not_rejoined(step);
  if (members_.empty()) return become_empty(step);
  if (members_.elect_joined_leader()) return begin_generation(step);
  note(step, "no member has joined again; it waits until one does or their sessions are over");
  start_join_timer(step);
}

// Static members may stay away until their session is over.
void Group::remove_not_rejoined(Step& step) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_.all()) {
    if (!member.join && !member.instance_id) gone.push_back(id);
  }
  for (const auto& id : gone) {
    note(step, fmt::format("member {} has not joined again", id));
    drop(step, id);
  }
}

void Group::become_empty(Step& step) {
  generation_ = after(generation_);
  protocol_name_.reset();
  subscribed_ = subscribed_topics(protocol_type_, protocol_name_, members_);
  become(step, GroupState::kEmpty);
  note(step, "is empty");
  // Nobody waits for this write. If it fails, the members that the log still has will time out.
  store(step, {});
}

void Group::begin_generation(Step& step) {
  generation_ = after(generation_);
  protocol_name_ = members_.select_protocol();
  subscribed_ = subscribed_topics(protocol_type_, protocol_name_, members_);
  become(step, GroupState::kCompletingRebalance);
  note(step, fmt::format("begins with {} members, led by {}", members_.size(), *members_.leader()));
  for (auto& [id, member] : members_.all()) {
    answer_join(step, member, join_answer(member));
    member.is_new = false;
    members_.unsynced().insert(id);
    restart_session(member, step.now);
  }
  sync_deadline_ = step.now.steady + duration(members_.rebalance_timeout());
}

void Group::sync_deadline_over(Step& step) {
  sync_deadline_.reset();
  const auto silent = members_.unsynced();
  for (const auto& id : silent) drop(step, id);
  prepare_rebalance(step, fmt::format("{} members did not sync in time", silent.size()));
}

}  // namespace barnabas::broker::group
