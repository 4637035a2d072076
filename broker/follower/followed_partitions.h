// The partitions of one fetcher: who is fetched, who waits, who was changed from outside.
//
// Owns        a FetchState for each partition; shares the Partition and the list of failed ones.
// Does not    fetch, truncate, or touch a log.
// Threading   a monitor: LeaderAndIsr adds and removes from any thread while the fetcher works on
//             claims. What became of a claim is taken over only if the partition was not removed
//             or added anew meanwhile.
// Invariants  after refresh() each partition is either in the leader's session or waiting.
// Kafka       the PartitionStates of server/AbstractFetcherThread, and its partitionMapLock.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/follower/catch_up_turns.h"
#include "broker/follower/failed_partitions.h"
#include "broker/follower/fetch_state.h"
#include "broker/follower/leader_session.h"
#include "broker/replica/partition.h"
#include "env/spawn.h"

namespace barnabas::broker::follower {

using PartitionPtr = std::shared_ptr<replica::Partition>;

// One partition as the fetcher took it up.
struct Claim {
  PartitionPtr partition;
  LeaderEpoch leader_epoch;
  Offset fetch_offset;
  std::uint64_t generation = 0;
  const TopicPartition& tp() const { return partition->topic_partition(); }
};

class FollowedPartitions {
 public:
  FollowedPartitions(bool truncates_on_fetch, FailedPartitions* failed)
      : truncates_on_fetch_(truncates_on_fetch), failed_(failed) {}

  // --- from any thread
  void follow(PartitionPtr partition, const replica::Following& following);
  void unfollow(std::span<const TopicPartition> partitions);
  bool empty() const;
  std::int64_t max_lag() const;
  // Set when follow, unfollow or wake_up was called since the last refresh.
  void wake_up();

  // --- for the fetcher
  // Tells the session what has changed, what has waited long enough, and how much each may bring.
  void refresh(env::Instant now, LeaderSession& session, std::int32_t partition_max_bytes);
  // Those whose logs must be cut before they can be fetched.
  std::vector<Claim> to_truncate(env::Instant now) const;
  // nullopt: removed, or changed from outside since the request was made. Its answer is void.
  std::optional<Claim> claim(const TopicPartition& tp) const;
  struct Rest {
    env::Signal wake;                   // set by the next change from outside
    std::optional<env::Instant> until;  // the first that has waited long enough then
  };
  Rest rest();
  // When the first of those that wait has waited long enough; nullopt: nobody waits.
  std::optional<env::Instant> next_retry() const;

  void appended(const Claim& claim, const FollowedLog& log, Offset leader_high_watermark);
  void truncated(const Claim& claim, const FollowedLog& log, bool complete);
  void range_repaired(const Claim& claim, const FollowedLog& log, Offset leader_end);
  void wait(const Claim& claim, env::Instant retry_at);
  // How long that will be (FetchState::wait_for_leader); nothing if the claim is void.
  env::Duration wait_for_leader(const Claim& claim, env::Instant now, env::Duration most);
  void wait_all(env::Instant retry_at);  // the leader cannot be reached
  // Those of `which` that are not in sync with their leader.
  void hold_back(const std::function<bool(const TopicPartition&)>& which, env::Instant until);
  void fail(const Claim& claim);

 private:
  struct Entry {
    PartitionPtr partition;
    TopicId topic_id;
    Offset log_start;
    FetchState state;
    std::uint64_t generation = 0;
  };
  static Claim claim_of(const Entry& entry);
  void fetch(const TopicPartition& tp, const Entry& entry, LeaderSession& session);
  template <class Change>
  void update(const Claim& claim, Change change);
  void touch(const TopicPartition& tp);
  std::optional<env::Instant> next_retry_locked() const;

  const bool truncates_on_fetch_;
  FailedPartitions* const failed_;
  mutable std::mutex mutex_;
  std::unordered_map<TopicPartition, Entry> entries_;
  std::unordered_set<TopicPartition> changed_;  // since the last refresh
  std::unordered_set<TopicPartition> waiting_;  // not in the session
  CatchUpTurns turns_;                          // of those in the session
  std::uint64_t generations_ = 0;
  bool woken_ = false;
  env::Signal wake_;
};

}  // namespace barnabas::broker::follower
