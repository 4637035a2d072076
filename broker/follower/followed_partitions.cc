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
  const TopicPartition& tp = partition->topic_partition();
  const std::lock_guard lock(mutex_);
  failed_->remove(tp);
  const FetchState state(following.leader_epoch, following.log, truncates_on_fetch_);
  entries_.insert_or_assign(tp, Entry{std::move(partition), following.topic_id,
                                      following.log.log_start, state, ++generations_});
  touch(tp);
}

void FollowedPartitions::unfollow(std::span<const TopicPartition> partitions) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& tp : partitions) {
    if (entries_.erase(tp) > 0) touch(tp);
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

void FollowedPartitions::refresh(env::Instant now, LeaderSession& session,
                                 std::int32_t partition_max_bytes) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& tp : waiting_) {
    const auto entry = entries_.find(tp);
    if (entry != entries_.end() && entry->second.state.ready_to_fetch(now)) changed_.insert(tp);
  }
  for (const TopicPartition& tp : changed_) {
    const auto found = entries_.find(tp);
    waiting_.erase(tp);
    const bool is_followed = found != entries_.end();
    if (is_followed && found->second.state.ready_to_fetch(now)) {
      fetch(tp, found->second, session);
      continue;
    }
    session.drop(tp);
    turns_.leave(tp, session);
    if (is_followed) waiting_.insert(tp);
  }
  turns_.next_round(session, partition_max_bytes);
  changed_.clear();
  woken_ = false;
}

void FollowedPartitions::fetch(const TopicPartition& tp, const Entry& entry,
                               LeaderSession& session) {
  const FetchState& state = entry.state;
  session.want(tp, {entry.topic_id, state.fetch_offset(), entry.log_start, state.leader_epoch(),
                    state.last_fetched_epoch()});
  if (!state.lag()) {
    turns_.leave(tp, session);
  } else if (state.in_sync()) {
    turns_.in_sync(tp, session);
  } else {
    turns_.lags(tp, session);
  }
}

Claim FollowedPartitions::claim_of(const Entry& entry) {
  return {entry.partition, entry.state.leader_epoch(), entry.state.fetch_offset(),
          entry.generation};
}

std::vector<Claim> FollowedPartitions::to_truncate(env::Instant now) const {
  const std::lock_guard lock(mutex_);
  std::vector<Claim> claims;
  for (const TopicPartition& tp : waiting_) {
    const auto found = entries_.find(tp);
    if (found == entries_.end() || !found->second.state.ready_to_truncate(now)) continue;
    claims.push_back(claim_of(found->second));
  }
  return claims;
}

std::optional<Claim> FollowedPartitions::claim(const TopicPartition& tp) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(tp);
  if (found == entries_.end() || changed_.contains(tp)) return std::nullopt;
  return claim_of(found->second);
}

FollowedPartitions::Rest FollowedPartitions::rest() {
  const std::lock_guard lock(mutex_);
  Rest rest;
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
  changed_.insert(claim.tp());
  entries_.erase(found);
}

}  // namespace barnabas::broker::follower
