// The partitions of one fetcher: who is fetched, who waits, who was changed from outside.
//
// Owns        a FetchState for each partition; shares the Partition and the list of failed ones.
// Does not    fetch, truncate, or touch a log; move a partition to the other lane (FetcherManager
//             does: give_away() here, take() there).
// Threading   a monitor: LeaderAndIsr adds and removes from any thread while the fetcher works on
//             claims. What became of a claim is taken over only if the partition was not removed
//             or added anew meanwhile.
// Invariants  after refresh() each partition is either in the leader's session or waiting; between
//             the first claim of a round and its end no partition is given away, so that what was
//             claimed is appended by one fetcher only.
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

// A leader's partitions have two fetchers, so that old records never delay new ones: producers with
// acks=all wait for whoever is in sync.
enum class Lane {
  kInSync,   // those that have all that is committed
  kCatchUp,  // those that lag
};

class FollowedPartitions {
 public:
  struct Entry {
    PartitionPtr partition;
    TopicId topic_id;
    Offset log_start;
    FetchState state;
    std::uint64_t generation = 0;
  };

  FollowedPartitions(Lane lane, bool truncates_on_fetch, FailedPartitions* failed)
      : lane_(lane), truncates_on_fetch_(truncates_on_fetch), failed_(failed) {}

  // --- from any thread
  void follow(PartitionPtr partition, const replica::Following& following);
  void unfollow(std::span<const TopicPartition> partitions);
  bool empty() const;
  std::int64_t max_lag() const;
  // A round is under way: what is added now is fetched after it.
  bool busy() const;
  // Those that belong in the other lane by now, unless the fetcher has some in hand. They are gone
  // from here, and what an answer under way brings of them is void.
  std::vector<Entry> give_away();
  void take(std::vector<Entry> entries);
  // Set when follow, unfollow or wake_up was called since the last refresh.
  void wake_up();

  // --- for the fetcher
  // Begins a round: tells the session what has changed and what has waited long enough. True: of
  // some it is not known how far behind they are.
  bool refresh(env::Instant now, LeaderSession& session);
  // Nothing is in hand any more.
  void end_round();
  // Those whose logs must be cut before they can be fetched.
  std::vector<Claim> to_truncate(env::Instant now);
  // nullopt: removed, or changed from outside since the request was made. Its answer is void.
  std::optional<Claim> claim(const TopicPartition& tp);
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
  static Claim claim_of(const Entry& entry);
  bool is_misplaced(const FetchState& state) const;
  void put(const TopicPartition& tp, Entry entry);
  void erase(const TopicPartition& tp);
  template <class Change>
  void update(const Claim& claim, Change change);
  void touch(const TopicPartition& tp);
  std::optional<env::Instant> next_retry_locked() const;

  const Lane lane_;
  const bool truncates_on_fetch_;
  FailedPartitions* const failed_;
  mutable std::mutex mutex_;
  std::unordered_map<TopicPartition, Entry> entries_;
  std::unordered_set<TopicPartition> changed_;    // since the last refresh
  std::unordered_set<TopicPartition> waiting_;    // not in the session
  std::unordered_set<TopicPartition> misplaced_;  // to be given away
  std::uint64_t generations_ = 0;
  bool busy_ = false;     // a round is under way
  bool in_hand_ = false;  // something was claimed in it
  bool woken_ = false;
  env::Signal wake_;
};

}  // namespace barnabas::broker::follower
