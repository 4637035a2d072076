// How much each partition of a fetcher may bring in the next round.
//
// Producers with acks=all wait until the followers in the ISR have fetched again. So a round that
// also brings old records to partitions that lag is kept short: those take turns, the others are
// told to wait. While all of them lag, or none does, nothing is limited.
//
// Owns        who is in sync, who lags, whose turn is next.
// Does not    know offsets or answers: FollowedPartitions tells it who lags.
// Threading   FollowedPartitions' lock.
// Invariants  beside a partition in sync the lagging ones are granted round_bytes() together (and
//             the leader may add one batch, which it gives whole whatever is asked: KIP-74).
//             Whoever lags after an answer cannot join the ISR with the request that follows, so
//             no long round is under way when a partition joins.
// Kafka       no counterpart: there a round brings replica.fetch.response.max.bytes always.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/follower/leader_session.h"

namespace barnabas::broker::follower {

class CatchUpTurns {
 public:
  // Bytes of old records in one round.
  static constexpr std::int64_t kRound = 256 << 10;
  // The leader looks at every partition in every round, whatever it brings: with many of them a
  // round may bring more, so that not most of the time goes into looking.
  static constexpr std::int64_t kPerPartition = 2 << 10;

  // `tp` is wanted of the leader, and has all that is committed there, or not.
  void in_sync(const TopicPartition& tp, LeaderSession& session);
  void lags(const TopicPartition& tp, LeaderSession& session);
  // It is not wanted, or the leader has not said yet how far it is. No limit then: it may be in the
  // ISR of a leader that has just been elected.
  void leave(const TopicPartition& tp, LeaderSession& session);
  // Before each request. `most_each`: what one partition may bring at all.
  void next_round(LeaderSession& session, std::int32_t most_each);

 private:
  using Order = std::list<TopicPartition>;

  void forget(const TopicPartition& tp);
  std::int64_t round_bytes() const;
  void end_turns(LeaderSession& session);
  void limit_all(LeaderSession& session, std::int32_t bytes);

  std::unordered_set<TopicPartition> in_sync_;
  Order order_;  // of those that lag: the front is next
  std::unordered_map<TopicPartition, Order::iterator> lagging_;
  std::vector<TopicPartition> had_turn_;  // in the last round
  bool mixed_ = false;                    // some in sync, some not: the lagging ones take turns
};

}  // namespace barnabas::broker::follower
