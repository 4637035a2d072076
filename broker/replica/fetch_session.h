// Fetch sessions: a client names its partitions once, then only what changed (KIP-227, KIP-516).
//
// Owns        the sessions, each with the partitions it fetches and what was last said of them.
// Does not    read logs, know metadata or the clock: `now` is an argument.
// Threading   a monitor: one mutex over the cache and all sessions.
// Bounds      at most `slots` sessions; a new one may push out a stale or a less valuable one.
// Invariants  a session's epoch is 1..INT_MAX and wraps to 1; an answer whose session has moved on
//             since its request is INVALID_FETCH_SESSION_EPOCH.
// Kafka       server/FetchSession.scala. Differs: one cache instead of eight shards.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "env/clock.h"
#include "env/random.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

// A partition by name, or by id from Fetch v13 (then the name may be empty: not known here yet).
struct SessionPartition {
  std::string topic;
  TopicId topic_id;
  PartitionIndex partition;
};

// One partition of a Fetch request, and of a session.
struct FetchWish {
  SessionPartition key;
  std::int32_t max_bytes = 0;
  Offset fetch_offset;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;
  LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;
  Offset follower_log_start = kNoOffset;
};

struct FetchSessionRequest {
  std::int32_t session_id = 0;  // 0: none
  // 0: full, makes a session; -1: full, no session; else incremental.
  std::int32_t session_epoch = -1;
  std::int16_t version = 0;    // of the Fetch request: decides names or ids
  bool from_follower = false;  // followers' sessions are the last to be pushed out
  std::vector<FetchWish> partitions;
  std::vector<SessionPartition> forgotten;
};

// What the broker is about to answer for one partition, as far as sessions care.
struct FetchAnswer {
  ErrorCode error = ErrorCode::kNone;
  Offset high_watermark = kNoOffset;
  Offset log_start_offset = kNoOffset;
  std::size_t records_size = 0;
  bool diverging = false;
  bool preferred_replica = false;
};

struct FetchSessionAnswer {
  ErrorCode error = ErrorCode::kNone;  // top level; then nothing is included
  std::int32_t session_id = 0;
  std::vector<std::size_t> included;  // positions in FetchContext::partitions(), in order
};

// 1, 2, ... INT_MAX, 1: zero and less mean something else.
std::int32_t next_session_epoch(std::int32_t epoch);

class FetchSession;

// One Fetch request on its way: made by FetchSessionCache::open, given back to complete().
class FetchContext {
 public:
  // Not kNone: answer that at once, with session 0 and no topics.
  ErrorCode error() const { return error_; }
  // In the order they are to be read: those that had data last time come last.
  const std::vector<FetchWish>& partitions() const { return partitions_; }
  bool incremental() const { return kind_ == Kind::kIncremental; }

 private:
  friend class FetchSessionCache;
  enum class Kind { kError, kSessionless, kFull, kIncremental };
  Kind kind_ = Kind::kError;
  ErrorCode error_ = ErrorCode::kNone;
  std::vector<FetchWish> partitions_;
  std::shared_ptr<FetchSession> session_;  // incremental
  // Incremental: the session's epoch, unless another request came since.
  std::int32_t expected_epoch_ = 0;
  bool by_id_ = false;
  bool from_follower_ = false;
};

class FetchSessionCache {
 public:
  // `slots`: max.incremental.fetch.session.cache.slots; 0 makes no sessions.
  FetchSessionCache(std::size_t slots, env::Random* random,
                    env::Duration evictable_after = std::chrono::minutes(2));
  ~FetchSessionCache();

  FetchContext open(FetchSessionRequest request, env::Instant now);
  // `answers`: one per partition of the context, in its order.
  FetchSessionAnswer complete(FetchContext& context, std::span<const FetchAnswer> answers,
                              env::Instant now);
  // For an answer emptied by a quota: full ones carry no session, incremental ones keep theirs.
  FetchSessionAnswer throttled(const FetchContext& context);

  std::size_t size() const;             // sessions
  std::size_t partition_count() const;  // in all sessions
  std::uint64_t evictions() const;

 private:
  // Ascending value: followers' above others, then larger, then younger ids.
  struct Value {
    bool from_follower = false;
    std::size_t size = 0;
    std::int32_t id = 0;
    auto operator<=>(const Value&) const = default;
  };
  using SessionPtr = std::shared_ptr<FetchSession>;

  FetchContext open_incremental(FetchSessionRequest request, env::Instant now);
  std::int32_t maybe_create(const FetchContext& context, std::span<const FetchAnswer> answers,
                            env::Instant now);
  bool make_room(const Value& wanted, env::Instant now);
  void touch(const SessionPtr& session, env::Instant now);
  void remove(const SessionPtr& session);
  std::int32_t new_id();

  const std::size_t slots_;
  env::Random* const random_;
  const env::Duration evictable_after_;
  mutable std::mutex mutex_;
  std::unordered_map<std::int32_t, SessionPtr> sessions_;
  std::set<std::pair<env::Instant, std::int32_t>> by_last_use_;
  std::map<Value, SessionPtr> evictable_by_all_;        // older than evictable_after
  std::map<Value, SessionPtr> evictable_by_followers_;  // those, and every consumer's
  std::size_t partitions_ = 0;
  std::uint64_t evictions_ = 0;
};

}  // namespace barnabas::broker::replica
