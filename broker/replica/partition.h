// One replica of a topic-partition on this broker; while leading, also what it knows of each
// follower.
//
// Owns        role, leader epoch, ISR state, high watermark, followers' fetch states; shares the
//             Log.
// Does not    touch sockets, ZooKeeper or the clock: `now` is an argument. Ask the controller:
//             wanted ISR changes go out through `alter_isr`, answers come back through
//             settle_isr_change.
// Threading   a monitor: each public method locks; while locked only the Log, `alive` (lock-free)
//             and the swap of a moved log are called. Signals are set and ISR changes handed out
//             after unlocking. Reads go to the disk with the lock released.
// Invariants  log_start <= high_watermark <= log_end; while leading the high watermark only
//             advances; at most one ISR change at a time.
// Kafka       cluster/Partition and the high watermark of UnifiedLog (3.9, ZooKeeper path).
//             Differs: an older broker epoch than one seen from a follower is refused, as in KRaft;
//             the high watermark waits for the whole ISR, also for who is assigned no more.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/replica/followed_log.h"
#include "broker/replica/isr_state.h"
#include "broker/replica/replica_selector.h"
#include "broker/replica/watchers.h"
#include "env/clock.h"
#include "log/log.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

// What the controller says of one partition (LeaderAndIsr).
struct LeaderAndIsr {
  ControllerEpoch controller_epoch;
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  PartitionEpoch partition_epoch;
  std::vector<BrokerId> isr;
  std::vector<BrokerId> replicas;
  std::vector<BrokerId> adding_replicas;
  std::vector<BrokerId> removing_replicas;
  bool is_new = false;
  bool recovering = false;  // leader recovery state RECOVERING (KIP-704)
};

// Longer ago than any lag limit, also where the steady clock starts at zero.
inline constexpr env::Instant kNever = env::Instant{} - std::chrono::hours(24 * 365);

// Who leads, and since which epoch.
struct CurrentLeader {
  BrokerId id = kNoBroker;
  LeaderEpoch epoch = kNoLeaderEpoch;
  friend bool operator==(const CurrentLeader&, const CurrentLeader&) = default;
};

// What the leader remembers of one follower.
struct FollowerState {
  Offset log_start = kNoOffset;
  Offset log_end = kNoOffset;
  Offset leader_end_at_last_fetch = kNoOffset;
  env::Instant last_fetch = kNever;
  env::Instant last_caught_up = kNever;  // the last time it had all that the leader had
  std::optional<BrokerEpoch> broker_epoch;
  friend bool operator==(const FollowerState&, const FollowerState&) = default;
};

enum class Isolation { kLogEnd, kHighWatermark, kCommitted };

// Who reads, the same for all partitions of one Fetch.
struct Reader {
  BrokerId replica_id =
      kNoBroker;  // >= 0 a follower, -1 a consumer, -2 debugging, -3 local future replica
  BrokerEpoch replica_epoch{-1};
  Isolation isolation = Isolation::kHighWatermark;
  bool leader_only = false;     // followers always; consumers before Fetch v11
  bool update_follower = true;  // false when a waiting fetch looks again
  // Of a consumer that may be sent to a nearer replica (Fetch v11 on); empty: it may not.
  std::string rack;
  std::string listener;  // by which it must reach that replica

  // By Fetch's replica id, isolation_level and version.
  static Reader of(BrokerId replica_id, BrokerEpoch replica_epoch, bool read_committed,
                   std::int16_t version);
  bool is_follower() const { return replica_id >= BrokerId{0}; }
};

// What of one partition.
struct ReadFrom {
  Offset offset;
  Offset follower_log_start = kNoOffset;
  LeaderEpoch current_leader_epoch = kNoLeaderEpoch;  // -1: not checked
  LeaderEpoch last_fetched_epoch = kNoLeaderEpoch;    // -1: divergence not checked
  std::uint32_t max_bytes = 0;
  bool min_one_batch = false;
};

// Errors leave the offsets -1 and everything else empty, as Kafka answers.
struct ReadResult {
  ErrorCode error = ErrorCode::kNone;
  Offset high_watermark = kNoOffset;
  Offset last_stable_offset = kNoOffset;
  Offset log_start_offset = kNoOffset;
  Offset log_end_offset = kNoOffset;
  std::optional<log::EpochEnd> diverging;  // then no records (KIP-595 style truncation, v12)
  std::optional<std::vector<log::AbortedTransaction>> aborted;  // with Isolation::kCommitted only
  bool first_batch_cut = false;
  BrokerId preferred_replica = kNoBroker;  // to read from; then no records
  env::FileSlice records;                  // length 0: none
};

// ListOffsets' special timestamps.
inline constexpr Timestamp kLatestTimestamp{-1};
inline constexpr Timestamp kEarliestTimestamp{-2};
inline constexpr Timestamp kMaxTimestamp{-3};
inline constexpr Timestamp kEarliestLocalTimestamp{-4};
inline constexpr Timestamp kLatestTieredTimestamp{-5};

// What ListOffsets v0 asks: where segments begin that were there at a time, and the log end.
struct SegmentsWish {
  Timestamp at;
  std::int32_t max_count = 0;  // below 0: kUnknownServerError
  bool from_consumer = true;   // nothing beyond the high watermark
  bool leader_only = true;
};

struct AppendOutcome {
  std::vector<log::Appended> appended;  // one per Appendable
  bool high_watermark_moved = false;
};

// What an acks=all produce waits for.
struct ReplicationState {
  bool done = false;
  ErrorCode error = ErrorCode::kNone;
};

// What DeleteRecords waits for: low_watermark (Partition::low_watermark) reaching `required`.
struct DeleteRecordsState {
  Offset required = kNoOffset;
  Offset low_watermark = kNoOffset;
};

// When we were last told of a partition: by which controller, and in which registration of ours.
struct Told {
  ControllerEpoch controller_epoch{0};
  BrokerEpoch broker_epoch{-1};
};

struct PartitionConfig {
  BrokerId self;
  env::Duration replica_lag_time_max = std::chrono::seconds(30);
  std::function<bool(BrokerId)> alive;  // in the metadata cache; must not block or call back
  // Where wanted ISR changes go; called without a lock held.
  std::function<void(IsrChange)> alter_isr = [](IsrChange) {};
};

class Partition {
 public:
  Partition(TopicPartition tp, PartitionConfig config);

  const TopicPartition& topic_partition() const { return tp_; }
  std::optional<TopicId> topic_id() const;  // of its log; nullopt if none or without id
  std::shared_ptr<log::Log> log() const;    // null before the first role and after deletion

  // --- role. The log is given with the first call and kept; `checkpointed` is its initial high
  // watermark. Who makes a leader or a follower wakes whoever waits here (wake_all), when it has
  // done so with all that it was told of.
  void set_log(std::shared_ptr<log::Log> log, Offset checkpointed);
  // True if it was not the leader before. An older partition epoch changes nothing (false). An ISR
  // change on its way is forgotten: what the controller says now is newer.
  Result<bool> make_leader(const LeaderAndIsr& state, env::Instant now);
  // True if leader or epoch changed, so that fetching must (re)start.
  bool make_follower(const LeaderAndIsr& state);
  // For the ReplicaManager, which calls neither from two threads at once.
  void tell(const Told& told) { told_ = told; }
  const Told& told() const { return told_; }
  void mark_deleted();  // from now on NOT_LEADER_OR_FOLLOWER
  void mark_offline();  // from now on KAFKA_STORAGE_ERROR
  bool is_offline() const;
  bool is_leader() const;
  std::optional<BrokerId> leader() const;  // nullopt before the first role
  // As the controller told us last; nullopt before the first role, once deleted or offline.
  std::optional<CurrentLeader> current_leader() const;
  LeaderEpoch leader_epoch() const;        // -1 before the first role
  PartitionEpoch partition_epoch() const;  // -1 before the first role
  ControllerEpoch controller_epoch() const;
  std::vector<BrokerId> isr() const;
  std::vector<BrokerId> replicas() const;
  std::optional<FollowerState> follower(BrokerId id) const;
  bool is_under_min_isr() const;  // only ever true while leading
  bool is_at_min_isr() const;
  bool is_under_replicated() const;  // fewer in the ISR than replicas, while leading

  // --- in-sync replicas (partition_isr.cc). Expansions are proposed by followers' fetches.
  // Every replica.lag.time.max.ms / 2: proposes to drop who has not caught up for that time.
  void maybe_shrink_isr(env::Instant now);
  // True: nothing is decided yet, the same change must be asked again.
  bool settle_isr_change(const IsrChange& change, const IsrAnswer& answer, env::Instant now);

  // --- offsets
  Offset high_watermark() const;
  Offset last_stable_offset() const;
  Offset log_end_offset() const;
  Offset log_start_offset() const;

  // --- data. Sets in one call are written with one syscall.
  // acks -1 with too small an ISR: kNotEnoughReplicas. Not leading: kNotLeaderOrFollower.
  Result<AppendOutcome> append_as_leader(std::span<log::Appendable> sets, std::int16_t acks,
                                         Timestamp wall, env::Instant now);
  // Checks epochs and role, then diverging epoch, then reads; a follower's fetch moves its state.
  ReadResult read(const Reader& reader, const ReadFrom& from, env::Instant now);
  // What a reader is told of the offsets when it is sent to another replica.
  ReadResult read_nothing(LeaderEpoch current_leader_epoch) const;
  // The followers whose logs have `offset`; empty unless we lead. Their racks are left empty.
  std::vector<ReadableReplica> followers_with(Offset offset) const;
  ReplicationState replicated_up_to(Offset required) const;

  // `isolation` empty for replicas and debugging consumers (log end). kNoOffset fields: none found.
  Result<log::TimestampAndOffset> offset_for(Timestamp at, std::optional<Isolation> isolation,
                                             LeaderEpoch current_leader_epoch, bool leader_only);
  // As ListOffsets v0 answers: the latest offsets first.
  Result<std::vector<Offset>> segment_offsets(const SegmentsWish& wish, Timestamp wall);
  Result<log::EpochEnd> end_offset_for_epoch(LeaderEpoch epoch, LeaderEpoch current_leader_epoch,
                                             bool leader_only) const;
  // DeleteRecords: `before` -1 is the high watermark. kPolicyViolation unless cleanup.policy has
  // delete, kOffsetOutOfRange beyond the high watermark.
  Result<DeleteRecordsState> delete_records(Offset before);
  // The lowest log start of all live replicas: DeleteRecords waits until it reaches what was asked.
  Offset low_watermark() const;

  // --- following (partition_follow.cc): for the fetcher of `leader_epoch`. Refused once we lead,
  // or follow in another epoch. Answers are the log as it is afterwards.
  std::optional<Following> following() const;  // nullopt: leading, without role, deleted, offline
  // What a fetch from the leader brought: appends, then takes over the leader's offsets (capped by
  // ours).
  Result<FollowedLog> append_as_follower(env::Bytes records, LeaderEpoch leader_epoch,
                                         LeaderOffsets leader, Timestamp wall);
  // Both are slow: disk threads only. Below the high watermark only if the leader's epochs say so.
  Result<FollowedLog> truncate_as_follower(Offset offset, LeaderEpoch leader_epoch);
  Result<FollowedLog> restart_as_follower(Offset offset, LeaderEpoch leader_epoch);

  // --- moving to another log directory (KIP-113)
  // `swap` runs while nobody appends, truncates or deletes; the log it gives holds the same records
  // and takes the place of the present one. Null or an error: nothing changed. True if it did.
  using Swap = std::function<Result<std::shared_ptr<log::Log>>(log::Log& present)>;
  Result<bool> replace_log(const Swap& swap);

  // Everybody who waits here looks again.
  void wake_all() { watchers_.notify(kLeadership); }
  // Woken once, when one of `events` happens or by wake_all(). Register, look, then wait.
  [[nodiscard]] Watch watch(env::Signal signal, Events events) {
    return watchers_.add(std::move(signal), events);
  }
  // Another one when leadership or an offset has moved.
  std::uint64_t changes() const { return watchers_.changes(); }

 private:
  // What is compared before and after a change, to know whom to wake.
  struct Offsets {
    Offset high_watermark, log_end, stable, low_watermark, log_start;
  };
  struct ReadPlan {
    ReadResult result;  // so far
    std::shared_ptr<log::Log> log;
    LeaderEpoch leader_epoch;
    Offset bound;
  };
  Offsets offsets() const;
  Events moved_since(const Offsets& before) const;
  ErrorCode check(LeaderEpoch current_leader_epoch, bool leader_only) const;
  bool leading() const { return !gone_ && leader_ == config_.self; }
  std::size_t min_isr() const;
  bool is_caught_up(const FollowerState& follower, env::Instant now) const;
  bool counts_for_high_watermark(BrokerId id, const FollowerState& follower,
                                 env::Instant now) const;
  bool maybe_advance_high_watermark(env::Instant now);
  IsrChange pending_change() const;
  std::optional<IsrChange> maybe_expand_isr(BrokerId id);
  std::vector<BrokerId> out_of_sync(env::Instant now) const;
  bool apply(const IsrAnswer& answer);
  void hand_out(IsrChange change) const;
  void set_state(const LeaderAndIsr& state);
  void reset_followers(bool new_leader, bool new_epoch, env::Instant now);
  ErrorCode check_follower(const Reader& reader, const ReadFrom& from) const;
  bool is_known_follower(const Reader& reader) const;
  std::optional<IsrChange> record_fetch(const Reader& reader, const ReadFrom& from, Offset log_end,
                                        env::Instant now);
  ErrorCode check_divergence(const ReadFrom& from, ReadResult& result) const;
  ReadPlan plan_read(const Reader& reader, const ReadFrom& from) const;
  void tell_offsets(ReadResult& result) const;
  static ReadResult read_log(ReadPlan plan, const Reader& reader, const ReadFrom& from);
  void leave(ErrorCode answer);
  bool has_replaced(const log::Log* log) const;
  Offset upper_bound(Isolation isolation) const;
  Offset stable() const;
  Offset lowest_log_start() const;
  FollowedLog followed_log() const;
  void follow_high_watermark(Offset wanted);
  template <class Change>
  Result<FollowedLog> as_follower(LeaderEpoch leader_epoch, Change change);

  const TopicPartition tp_;
  Told told_;
  const PartitionConfig config_;
  Watchers watchers_;

  mutable std::mutex mutex_;
  std::shared_ptr<log::Log> log_;
  std::optional<ErrorCode> gone_;  // set once deleted or offline
  std::optional<BrokerId> leader_;
  LeaderEpoch leader_epoch_ = kNoLeaderEpoch;
  std::optional<Offset> leader_epoch_start_;
  PartitionEpoch partition_epoch_{-1};
  ControllerEpoch controller_epoch_{0};
  std::vector<BrokerId> replicas_, adding_, removing_;
  IsrState isr_;
  std::map<BrokerId, FollowerState> followers_;  // every other replica, while leading
  Offset high_watermark_{0};
};

}  // namespace barnabas::broker::replica
