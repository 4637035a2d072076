// One followed partition: where it fetches next, and what the leader's answers mean for it.
//
// Owns        fetch offset, epochs, stage, lag and the time before which it waits.
// Does not    touch the log, the network or the clock: it says what to do, is told what was done.
// Threading   a value.
// Invariants  the fetch offset is the log's end whenever the partition is ready; nothing is fetched
//             before the log agrees with the leader's epochs as far as this broker can tell.
// Kafka       server/AbstractFetcherThread and PartitionFetchState (3.9). Differs: a leader
//             that has not heard of its role yet is asked again soon, not after a whole back-off.
#pragma once

#include <optional>
#include <variant>

#include "broker/replica/followed_log.h"
#include "env/clock.h"
#include "log/log.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::follower {

using replica::FollowedLog;

// What a partition's part of a fetch answer asks for.
struct TakeRecords {};
struct Truncate {  // the logs part: by where the leader's epoch ends
  log::EpochEnd leader;
};
struct FindRange {};  // our offset is not in the leader's log: ask where that begins and ends
struct TrySoon {};    // the leader is about to hear what we have heard: wait_for_leader()
struct TryLater {};   // replica.fetch.backoff.ms from now
struct WaitForController {
};  // the leader knows a newer epoch: the next LeaderAndIsr starts us again
struct Fail {};  // this partition is given up until the next LeaderAndIsr
using Verdict =
    std::variant<TakeRecords, Truncate, FindRange, TrySoon, TryLater, WaitForController, Fail>;

Verdict judge_answer(ErrorCode error, std::optional<log::EpochEnd> diverging);
// What to do when Partition::append_as_follower (or a truncation) was refused.
Verdict judge_refusal(ErrorCode error);

// Where to cut, and whether the logs agree then (else the leader is asked once more; KIP-279).
struct Cut {
  Offset offset;
  bool complete = true;
  friend bool operator==(const Cut&, const Cut&) = default;
};
// `leader`: where the epoch we asked about ends there. `own`: where the leader's epoch ends here.
// `otherwise`: what is certainly common (the high watermark), if the leader cannot tell.
Cut cut_between(log::EpochEnd leader, log::EpochEnd own, Offset log_end, Offset otherwise);

// What to do with a log whose end the leader does not have.
struct CutTo {
  Offset offset;
  friend bool operator==(const CutTo&, const CutTo&) = default;
};
struct BeginAt {  // the leader has deleted what comes after our end: drop everything
  Offset offset;
  friend bool operator==(const BeginAt&, const BeginAt&) = default;
};
struct KeepLog {
  friend bool operator==(const KeepLog&, const KeepLog&) = default;
};
using RangeRepair = std::variant<CutTo, BeginAt, KeepLog>;
RangeRepair repair_range(Offset log_end, Offset leader_start, Offset leader_end);

class FetchState {
 public:
  enum class Stage { kTruncating, kFetching };

  // Newly following in `leader_epoch`. A log with epochs is fetched for at its end at once if the
  // leader then says where logs part (`truncates_on_fetch`, KIP-595); without, it is first
  // truncated: by OffsetForLeaderEpoch, or to the high watermark if no record has an epoch.
  FetchState(LeaderEpoch leader_epoch, const FollowedLog& log, bool truncates_on_fetch);

  bool ready_to_fetch(env::Instant now) const {
    return stage_ == Stage::kFetching && retry_at_ <= now;
  }
  bool ready_to_truncate(env::Instant now) const {
    return stage_ == Stage::kTruncating && retry_at_ <= now;
  }
  Offset fetch_offset() const { return fetch_offset_; }
  LeaderEpoch leader_epoch() const { return leader_epoch_; }
  // -1 if not to be sent: no epoch known, or an old leader.
  LeaderEpoch last_fetched_epoch() const { return last_fetched_epoch_; }
  // How far behind the leader's high watermark; nullopt before the first answer.
  std::optional<std::int64_t> lag() const { return lag_; }
  // It had all that was committed when the leader last answered. A replica in the ISR always has.
  bool in_sync() const { return lag_ && *lag_ <= 0; }
  env::Instant retry_at() const { return retry_at_; }

  void appended(const FollowedLog& log, Offset leader_high_watermark);
  void truncated(const FollowedLog& log, bool complete);
  void range_repaired(const FollowedLog& log, Offset leader_end);
  void wait_until(env::Instant retry_at) { retry_at_ = retry_at; }
  // A short while at first, twice as long each time in vain, `most` in the end; what it is now.
  env::Duration wait_for_leader(env::Instant now, env::Duration most);

 private:
  void at_end_of(const FollowedLog& log);

  Stage stage_;
  bool truncates_on_fetch_;
  Offset fetch_offset_;
  LeaderEpoch leader_epoch_;
  LeaderEpoch last_fetched_epoch_ = kNoLeaderEpoch;
  std::optional<std::int64_t> lag_;
  env::Instant retry_at_ = env::Instant::min();
  env::Duration patience_{0};  // of the last wait_for_leader, if nothing has come since
};

}  // namespace barnabas::broker::follower
