// Partition: what its fetcher does to its log while another broker leads.
#include <algorithm>

#include "broker/replica/partition.h"
#include "env/log.h"
#include "env/planted.h"
#include "protocol/records/batch.h"

namespace barnabas::broker::replica {

namespace {

constexpr auto kLogger = "kafka.server.ReplicaFetcherThread";

// The leader's log may begin inside its first batch (DeleteRecords cuts one in two). A log that
// holds nothing the leader still has then has to begin where that batch begins.
// Kafka: Partition.appendRecordsToFollowerOrFutureReplica, which does so for an empty log only: one
// that was cut where the leader begins never follows again.
Result<log::Appended> append_or_begin_earlier(log::Log& log, env::Bytes records,
                                              Offset leader_start, Timestamp wall) {
  auto appended = log.append_as_follower(records, wall);
  const bool has_nothing = log.log_end_offset() <= std::max(leader_start, log.log_start_offset());
  const bool straddles =
      !appended && appended.error() == ErrorCode::kOffsetOutOfRange && has_nothing;
  if (!straddles) return appended;
  const auto first = records::next_batch(records);
  if (!first || first->next_offset() <= log.log_end_offset()) return appended;
  env::log_info(kLogger, "{}: the log begins anew at {}, the base offset of the leader's batch",
                to_string(log.topic_partition()), first->base_offset().value);
  const auto begun = log.truncate_fully_and_start_at(first->base_offset());
  if (!begun) return std::unexpected(begun.error());
  return log.append_as_follower(records, wall);
}

}  // namespace

FollowedLog Partition::followed_log() const {
  return {log_->log_start_offset(), log_->log_end_offset(), high_watermark_,
          log_->latest_epoch().value_or(kNoLeaderEpoch)};
}

std::optional<Following> Partition::following() const {
  const std::lock_guard lock(mutex_);
  if (gone_ || !log_ || !leader_ || *leader_ == config_.self) return std::nullopt;
  return Following{*leader_, leader_epoch_, log_->topic_id(), followed_log()};
}

void Partition::follow_high_watermark(Offset wanted) {
  const Offset start = log_->log_start_offset();
  high_watermark_ = std::max(start, std::min(wanted, log_->log_end_offset()));
}

// Runs `change` under the lock, unless we lead by now or the epoch is another one: what the fetcher
// has in hand is then of no use.
template <class Change>
Result<FollowedLog> Partition::as_follower(LeaderEpoch leader_epoch, Change change) {
  FollowedLog after;
  Events events = 0;
  {
    const std::lock_guard lock(mutex_);
    const ErrorCode error = check(leader_epoch, false);
    if (error != ErrorCode::kNone) return std::unexpected(error);
    if (leading()) return std::unexpected(ErrorCode::kNotLeaderOrFollower);
    const Offsets before = offsets();
    const Result<void> done = change();
    if (!done) return std::unexpected(done.error());
    events = moved_since(before);
    after = followed_log();
  }
  watchers_.notify(events);
  return after;
}

Result<FollowedLog> Partition::append_as_follower(env::Bytes records, LeaderEpoch leader_epoch,
                                                  LeaderOffsets leader, Timestamp wall) {
  return as_follower(leader_epoch, [&]() -> Result<void> {
    if (!records.empty()) {
      const auto written = append_or_begin_earlier(*log_, records, leader.log_start, wall);
      if (!written) return std::unexpected(written.error());
    }
    follow_high_watermark(leader.high_watermark);
    // Never beyond the high watermark, as Kafka: what is deleted has been committed.
    const auto advanced =
        log_->maybe_advance_log_start(std::min(leader.log_start, high_watermark_));
    if (!advanced) return std::unexpected(advanced.error());
    follow_high_watermark(high_watermark_);
    return {};
  });
}

Result<FollowedLog> Partition::truncate_as_follower(Offset offset, LeaderEpoch leader_epoch) {
  return as_follower(leader_epoch, [&]() -> Result<void> {
    if (offset < high_watermark_) {
      env::log_warn(kLogger, "Truncating {} to offset {} below high watermark {}", to_string(tp_),
                    offset.value, high_watermark_.value);
    }
    if (env::is_planted(env::Plant::kMissedTruncation)) return {};
    const auto done = log_->truncate_to(offset);
    follow_high_watermark(std::min(high_watermark_, offset));
    return done;
  });
}

Result<FollowedLog> Partition::restart_as_follower(Offset offset, LeaderEpoch leader_epoch) {
  return as_follower(leader_epoch, [&]() -> Result<void> {
    const auto done = log_->truncate_fully_and_start_at(offset);
    follow_high_watermark(offset);
    return done;
  });
}

}  // namespace barnabas::broker::replica
