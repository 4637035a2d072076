// The committed offsets of one group.
//
// Owns        what is committed, with the place of its record in the log; which partitions have a
//             commit on its way into the log.
// Does not    write to the log, know the group's members, or read a clock.
// Threading   one user: the shard that owns the group.
// Invariants  a commit is visible only after settle(); of two, the one whose record lies further on
//             in the log stays.
// Kafka       coordinator/group/GroupMetadata (offsets, pendingOffsetCommits,
//             removeExpiredOffsets). Offsets of open transactions are not kept here: is_unstable()
//             is where they will count as well.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "broker/group/offset_records.h"
#include "broker/group/types.h"

namespace barnabas::broker::group {

struct Commit {
  TopicPartition tp;
  CommittedOffset value;
};

struct TopicPartitions {
  std::string topic;
  std::vector<PartitionIndex> partitions;
};

// An answer of OffsetFetch; nothing committed: offset -1, no error.
struct FetchedOffset {
  PartitionIndex partition;
  Offset offset = kNoOffset;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::string metadata;
  ErrorCode error = ErrorCode::kNone;
  friend bool operator==(const FetchedOffset&, const FetchedOffset&) = default;
};
struct FetchedTopic {
  std::string topic;
  std::vector<FetchedOffset> partitions;
};

class OffsetStore {
 public:
  // From here until settle() with the same number, those partitions have a commit pending.
  using Stage = std::uint64_t;
  Stage stage(std::span<const Commit> commits);
  // `written`: offset of the batch that holds them; nullopt if it did not get into the log.
  void settle(Stage stage, std::span<const Commit> commits, std::optional<Offset> written);

  // As read back from the log.
  void load(const TopicPartition& tp, CommittedOffset committed, Offset written);

  // Nothing committed, and nothing on its way.
  bool empty() const { return topics_.empty() && pending_.empty(); }
  std::size_t size() const;
  std::optional<CommittedOffset> find(const TopicPartition& tp) const;
  bool is_unstable(const TopicPartition& tp) const { return pending_.contains(tp); }

  // `wanted` nullopt: all that is committed. A partition with a commit on its way answers
  // kUnstableOffsetCommit if `require_stable` (KIP-447).
  std::vector<FetchedTopic> fetch(const std::optional<std::vector<TopicPartitions>>& wanted,
                                  bool require_stable) const;

  // Which ones are past their time by the group's rule. A commit's own expiry time goes first.
  std::vector<TopicPartition> expired(const ExpiryRule& rule, Timestamp now,
                                      std::chrono::milliseconds retention) const;
  // Those that were there; commits on their way to them are forgotten as well.
  std::vector<TopicPartition> remove(std::span<const TopicPartition> partitions);
  // Committed, or on its way.
  std::vector<TopicPartition> all() const;

 private:
  struct Entry {
    CommittedOffset committed;
    Offset written = kNoOffset;
  };
  using Partitions = std::map<PartitionIndex, Entry>;

  FetchedOffset fetch_one(const TopicPartition& tp, bool require_stable) const;
  const Entry* entry(const TopicPartition& tp) const;

  std::map<std::string, Partitions> topics_;  // no topic without partitions
  std::map<TopicPartition, Stage> pending_;   // the latest stage of each
  Stage last_stage_ = 0;
};

}  // namespace barnabas::broker::group
