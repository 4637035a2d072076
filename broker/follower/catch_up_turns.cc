#include "broker/follower/catch_up_turns.h"

#include <algorithm>

namespace barnabas::broker::follower {

void CatchUpTurns::in_sync(const TopicPartition& tp, LeaderSession& session) {
  if (in_sync_.contains(tp)) return;
  leave(tp, session);
  in_sync_.insert(tp);
}

void CatchUpTurns::lags(const TopicPartition& tp, LeaderSession& session) {
  if (lagging_.contains(tp)) return;
  forget(tp);
  lagging_.emplace(tp, order_.insert(order_.end(), tp));
  if (mixed_) session.limit(tp, 0);
}

void CatchUpTurns::leave(const TopicPartition& tp, LeaderSession& session) {
  forget(tp);
  session.limit(tp, LeaderSession::kNoLimit);
}

void CatchUpTurns::forget(const TopicPartition& tp) {
  in_sync_.erase(tp);
  const auto found = lagging_.find(tp);
  if (found == lagging_.end()) return;
  order_.erase(found->second);
  lagging_.erase(found);
}

std::int64_t CatchUpTurns::round_bytes() const {
  const auto partitions = static_cast<std::int64_t>(in_sync_.size() + lagging_.size());
  return std::max(kRound, kPerPartition * partitions);
}

void CatchUpTurns::limit_all(LeaderSession& session, std::int32_t bytes) {
  for (const TopicPartition& tp : order_) session.limit(tp, bytes);
}

void CatchUpTurns::end_turns(LeaderSession& session) {
  for (const TopicPartition& tp : had_turn_) {
    if (lagging_.contains(tp)) session.limit(tp, 0);
  }
  had_turn_.clear();
}

void CatchUpTurns::next_round(LeaderSession& session, std::int32_t most_each) {
  const bool mixed = !in_sync_.empty() && !order_.empty();
  end_turns(session);
  if (mixed != mixed_) limit_all(session, mixed ? 0 : LeaderSession::kNoLimit);
  mixed_ = mixed;
  if (!mixed) return;
  std::int64_t left = round_bytes();
  for (std::size_t n = order_.size(); n > 0 && left > 0; --n) {
    const auto share = std::min<std::int64_t>(left, most_each);
    session.limit(order_.front(), static_cast<std::int32_t>(share));
    had_turn_.push_back(order_.front());
    order_.splice(order_.end(), order_, order_.begin());
    left -= share;
  }
}

}  // namespace barnabas::broker::follower
