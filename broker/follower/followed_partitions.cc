#include "broker/follower/followed_partitions.h"

#include <algorithm>

namespace barnabas::broker::follower {

void FollowedPartitions::touch(const TopicPartition& tp) {
  changed_.insert(tp);
  woken_ = true;
  wake_.set();
}

void FollowedPartitions::wake_up() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.set();
}

void FollowedPartitions::follow(PartitionPtr partition, const replica::Following& following) {
  const TopicPartition tp = partition->topic_partition();
  const std::lock_guard lock(mutex_);
  failed_->remove(tp);
  const FetchState state(following.leader_epoch, following.log, truncates_on_fetch_);
  put(tp, {std::move(partition), following.topic_id, following.log.log_start, state});
}

void FollowedPartitions::put(const TopicPartition& tp, Entry entry) {
  entry.generation = ++generations_;
  misplaced_.erase(tp);
  if (is_misplaced(entry.state)) misplaced_.insert(tp);
  entries_.insert_or_assign(tp, std::move(entry));
  touch(tp);
}

void FollowedPartitions::erase(const TopicPartition& tp) {
  entries_.erase(tp);
  misplaced_.erase(tp);
  changed_.insert(tp);
}

bool FollowedPartitions::is_misplaced(const FetchState& state) const {
  if (!state.lag()) return false;
  return state.in_sync() != (lane_ == Lane::kInSync);
}

bool FollowedPartitions::busy() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

std::vector<FollowedPartitions::Entry> FollowedPartitions::give_away() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> given;
  if (in_hand_) return given;
  for (const TopicPartition& tp : misplaced_) {
    given.push_back(std::move(entries_.at(tp)));
    entries_.erase(tp);
    touch(tp);
  }
  misplaced_.clear();
  return given;
}

void FollowedPartitions::take(std::vector<Entry> entries) {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries) {
    const TopicPartition tp = entry.partition->topic_partition();
    put(tp, std::move(entry));
  }
}

void FollowedPartitions::end_round() {
  const std::lock_guard lock(mutex_);
  busy_ = false;
  in_hand_ = false;
}

void FollowedPartitions::unfollow(std::span<const TopicPartition> partitions) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& tp : partitions) {
    if (!entries_.contains(tp)) continue;
    erase(tp);
    touch(tp);
  }
}

bool FollowedPartitions::empty() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty();
}

std::int64_t FollowedPartitions::max_lag() const {
  const std::lock_guard lock(mutex_);
  std::int64_t most = 0;
  for (const auto& [tp, entry] : entries_) most = std::max(most, entry.state.lag().value_or(0));
  return most;
}

bool FollowedPartitions::refresh(env::Instant now, LeaderSession& session) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& tp : waiting_) {
    const auto entry = entries_.find(tp);
    if (entry != entries_.end() && entry->second.state.ready_to_fetch(now)) changed_.insert(tp);
  }
  bool has_newcomers = false;
  for (const TopicPartition& tp : changed_) {
    const auto found = entries_.find(tp);
    waiting_.erase(tp);
    const bool is_followed = found != entries_.end();
    if (!is_followed || !found->second.state.ready_to_fetch(now)) {
      session.drop(tp);
      if (is_followed) waiting_.insert(tp);
      continue;
    }
    const Entry& entry = found->second;
    const FetchState& state = entry.state;
    session.want(tp, {entry.topic_id, state.fetch_offset(), entry.log_start, state.leader_epoch(),
                      state.last_fetched_epoch()});
    has_newcomers |= !state.lag();
  }
  changed_.clear();
  woken_ = false;
  busy_ = true;
  return has_newcomers;
}

Claim FollowedPartitions::claim_of(const Entry& entry) {
  return {entry.partition, entry.state.leader_epoch(), entry.state.fetch_offset(),
          entry.generation};
}

std::vector<Claim> FollowedPartitions::to_truncate(env::Instant now) {
  const std::lock_guard lock(mutex_);
  std::vector<Claim> claims;
  for (const TopicPartition& tp : waiting_) {
    const auto found = entries_.find(tp);
    if (found == entries_.end() || !found->second.state.ready_to_truncate(now)) continue;
    claims.push_back(claim_of(found->second));
    in_hand_ = true;
  }
  return claims;
}

std::optional<Claim> FollowedPartitions::claim(const TopicPartition& tp) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(tp);
  if (found == entries_.end() || changed_.contains(tp)) return std::nullopt;
  in_hand_ = true;
  return claim_of(found->second);
}

FollowedPartitions::Rest FollowedPartitions::rest() {
  const std::lock_guard lock(mutex_);
  Rest rest;
  busy_ = false;
  if (woken_) {
    rest.wake.set();
    return rest;
  }
  wake_ = rest.wake;
  rest.until = next_retry_locked();
  return rest;
}

std::optional<env::Instant> FollowedPartitions::next_retry() const {
  const std::lock_guard lock(mutex_);
  return next_retry_locked();
}

std::optional<env::Instant> FollowedPartitions::next_retry_locked() const {
  std::optional<env::Instant> next;
  for (const TopicPartition& tp : waiting_) {
    const auto found = entries_.find(tp);
    if (found == entries_.end()) continue;
    const env::Instant at = found->second.state.retry_at();
    next = std::min(next.value_or(at), at);
  }
  return next;
}

template <class Change>
void FollowedPartitions::update(const Claim& claim, Change change) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(claim.tp());
  if (found == entries_.end() || found->second.generation != claim.generation) return;
  change(found->second);
  changed_.insert(claim.tp());
  if (is_misplaced(found->second.state)) {
    misplaced_.insert(claim.tp());
  } else {
    misplaced_.erase(claim.tp());
  }
}

void FollowedPartitions::appended(const Claim& claim, const FollowedLog& log,
                                  Offset leader_high_watermark) {
  update(claim, [&](Entry& entry) {
    entry.log_start = log.log_start;
    entry.state.appended(log, leader_high_watermark);
  });
}

void FollowedPartitions::truncated(const Claim& claim, const FollowedLog& log, bool complete) {
  update(claim, [&](Entry& entry) {
    entry.log_start = log.log_start;
    entry.state.truncated(log, complete);
  });
}

void FollowedPartitions::range_repaired(const Claim& claim, const FollowedLog& log,
                                        Offset leader_end) {
  update(claim, [&](Entry& entry) {
    entry.log_start = log.log_start;
    entry.state.range_repaired(log, leader_end);
  });
}

void FollowedPartitions::wait(const Claim& claim, env::Instant retry_at) {
  update(claim, [&](Entry& entry) { entry.state.wait_until(retry_at); });
}

env::Duration FollowedPartitions::wait_for_leader(const Claim& claim, env::Instant now,
                                                  env::Duration most) {
  env::Duration patience{0};
  update(claim, [&](Entry& entry) { patience = entry.state.wait_for_leader(now, most); });
  return patience;
}

void FollowedPartitions::wait_all(env::Instant retry_at) {
  const std::lock_guard lock(mutex_);
  for (auto& [tp, entry] : entries_) {
    if (entry.state.retry_at() < retry_at) entry.state.wait_until(retry_at);
    changed_.insert(tp);
  }
}

void FollowedPartitions::hold_back(const std::function<bool(const TopicPartition&)>& which,
                                   env::Instant until) {
  const std::lock_guard lock(mutex_);
  for (auto& [tp, entry] : entries_) {
    // A log that must first be cut is cut all the same.
    if (entry.state.in_sync() || !entry.state.ready_to_fetch(until) || !which(tp)) continue;
    entry.state.wait_until(until);
    changed_.insert(tp);
  }
}

void FollowedPartitions::fail(const Claim& claim) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(claim.tp());
  if (found == entries_.end() || found->second.generation != claim.generation) return;
  failed_->add(claim.tp());
  erase(claim.tp());
}

}  // namespace barnabas::broker::follower
