// Partition: what requests do with its records.
#include <algorithm>
#include <utility>

#include "broker/replica/partition.h"

namespace barnabas::broker::replica {

namespace {

constexpr BrokerId kFutureLocalReplica{-3};

ReadResult failed_read(ErrorCode error) {
  ReadResult result;
  result.error = error;
  return result;
}

// Those up to the latest that was there at the time, whatever the times of the earlier ones.
std::vector<Offset> offsets_at(std::span<const log::SegmentStart> starts,
                               const SegmentsWish& wish) {
  const auto was_there = [&](const log::SegmentStart& start) {
    return wish.at == kLatestTimestamp || start.modified <= wish.at;
  };
  std::size_t count = starts.size();
  while (count > 0 && !was_there(starts[count - 1])) --count;
  if (wish.at == kEarliestTimestamp) count = 1;
  std::vector<Offset> offsets;
  while (count > 0 && std::ssize(offsets) < wish.max_count) {
    offsets.push_back(starts[--count].offset);
  }
  return offsets;
}

}  // namespace

Reader Reader::of(BrokerId replica_id, BrokerEpoch replica_epoch, bool read_committed,
                  std::int16_t version) {
  const bool follower = replica_id >= BrokerId{0};
  const bool consumer = !follower && replica_id != kFutureLocalReplica;
  Reader reader;
  reader.replica_id = replica_id;
  reader.replica_epoch = replica_epoch;
  if (!consumer) {
    reader.isolation = Isolation::kLogEnd;
  } else {
    reader.isolation = read_committed ? Isolation::kCommitted : Isolation::kHighWatermark;
  }
  reader.leader_only = follower || (consumer && version < 11);
  return reader;
}

// In Kafka's order: epochs before the role, so that a client with old metadata learns that first
// (KIP-320).
ErrorCode Partition::check(LeaderEpoch current_leader_epoch, bool leader_only) const {
  if (gone_) return *gone_;
  if (current_leader_epoch != kNoLeaderEpoch) {
    if (current_leader_epoch < leader_epoch_) return ErrorCode::kFencedLeaderEpoch;
    if (current_leader_epoch > leader_epoch_) return ErrorCode::kUnknownLeaderEpoch;
  }
  if (!log_ || (leader_only && !leading())) return ErrorCode::kNotLeaderOrFollower;
  return ErrorCode::kNone;
}

Result<AppendOutcome> Partition::append_as_leader(std::span<log::Appendable> sets,
                                                  std::int16_t acks, Timestamp wall,
                                                  env::Instant now) {
  AppendOutcome outcome;
  Events events = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const ErrorCode error = check(kNoLeaderEpoch, true); error != ErrorCode::kNone) {
      return std::unexpected(error);
    }
    if (acks == -1 && isr_.committed().size() < min_isr()) {
      return std::unexpected(ErrorCode::kNotEnoughReplicas);
    }
    const Offsets before = offsets();
    outcome.appended = log_->append_as_leader(sets, leader_epoch_, wall);
    outcome.high_watermark_moved = maybe_advance_high_watermark(now);
    events = moved_since(before);
  }
  watchers_.notify(events);
  return outcome;
}

Offset Partition::upper_bound(Isolation isolation) const {
  switch (isolation) {
    case Isolation::kLogEnd: return log_->log_end_offset();
    case Isolation::kHighWatermark: return high_watermark_;
    case Isolation::kCommitted: return stable();
  }
  std::unreachable();
}

// A replica, and in no earlier life than one we have heard of: what that one fetched says nothing
// of what the broker has now (KIP-903).
bool Partition::is_known_follower(const Reader& reader) const {
  const auto follower = followers_.find(reader.replica_id);
  if (follower == followers_.end()) return false;
  return reader.replica_epoch == BrokerEpoch{-1} ||
         reader.replica_epoch >= follower->second.broker_epoch.value_or(BrokerEpoch{-1});
}

// A fetcher that names its epoch but is no replica knows a newer assignment than we do: it shall
// try again.
ErrorCode Partition::check_follower(const Reader& reader, const ReadFrom& from) const {
  if (!reader.is_follower() || is_known_follower(reader)) return ErrorCode::kNone;
  if (followers_.contains(reader.replica_id)) return ErrorCode::kNotLeaderOrFollower;
  const bool names_epoch = from.current_leader_epoch != kNoLeaderEpoch;
  return names_epoch ? ErrorCode::kUnknownLeaderEpoch : ErrorCode::kNotLeaderOrFollower;
}

// Where the fetcher's log may part from ours (KIP-595's truncation on fetch, from v12).
ErrorCode Partition::check_divergence(const ReadFrom& from, ReadResult& result) const {
  if (from.last_fetched_epoch == kNoLeaderEpoch) return ErrorCode::kNone;
  const log::EpochEnd end = log_->end_offset_for_epoch(from.last_fetched_epoch);
  if (end.epoch == kNoLeaderEpoch || end.end_offset == kNoOffset) {
    return ErrorCode::kOffsetOutOfRange;
  }
  if (end.epoch < from.last_fetched_epoch || end.end_offset < from.offset) result.diverging = end;
  return ErrorCode::kNone;
}

// All that has to be decided under the lock; the reading itself is done without it, for it may
// touch the disk.
Partition::ReadPlan Partition::plan_read(const Reader& reader, const ReadFrom& from) const {
  ReadPlan plan;
  ErrorCode error = check(from.current_leader_epoch, reader.leader_only);
  if (error == ErrorCode::kNone) error = check_follower(reader, from);
  if (error == ErrorCode::kNone) error = check_divergence(from, plan.result);
  if (error != ErrorCode::kNone) {
    plan.result = failed_read(error);
    return plan;
  }
  plan.log = log_;
  plan.leader_epoch = leader_epoch_;
  plan.bound = upper_bound(reader.isolation);
  tell_offsets(plan.result);
  return plan;
}

void Partition::tell_offsets(ReadResult& result) const {
  result.high_watermark = high_watermark_;
  result.last_stable_offset = stable();
  result.log_start_offset = log_->log_start_offset();
  result.log_end_offset = log_->log_end_offset();
}

ReadResult Partition::read_nothing(LeaderEpoch current_leader_epoch) const {
  const std::lock_guard lock(mutex_);
  const ErrorCode error = check(current_leader_epoch, false);
  if (error != ErrorCode::kNone) return failed_read(error);
  ReadResult result;
  tell_offsets(result);
  return result;
}

std::vector<ReadableReplica> Partition::followers_with(Offset offset) const {
  const std::lock_guard lock(mutex_);
  std::vector<ReadableReplica> found;
  for (const auto& [id, follower] : followers_) {
    if (follower.log_start > offset || follower.log_end < offset) continue;
    found.push_back({id, std::nullopt, follower.log_end, follower.last_caught_up});
  }
  return found;
}

ReadResult Partition::read_log(ReadPlan plan, const Reader& reader, const ReadFrom& from) {
  auto slice = plan.log->read(from.offset, from.max_bytes, from.min_one_batch, plan.bound);
  if (!slice) return failed_read(slice.error());
  if (reader.isolation == Isolation::kCommitted) {
    const bool some = slice->slice.length > 0;
    plan.result.aborted = some ? plan.log->aborted_transactions(from.offset, plan.bound)
                               : std::vector<log::AbortedTransaction>{};
  }
  plan.result.first_batch_cut = slice->first_batch_cut;
  plan.result.records = std::move(slice->slice);
  return std::move(plan.result);
}

// A follower has caught up as of the fetch before this one if it now asks for what was the end
// then: else a partition that never stops growing would have no caught-up follower (Kafka's
// Replica.updateFetchState).
std::optional<IsrChange> Partition::record_fetch(const Reader& reader, const ReadFrom& from,
                                                 Offset log_end, env::Instant now) {
  FollowerState& follower = followers_.at(reader.replica_id);
  const bool moved = follower.log_end != from.offset;
  if (from.offset >= log_end) {
    follower.last_caught_up = std::max(follower.last_caught_up, now);
  } else if (from.offset >= follower.leader_end_at_last_fetch) {
    follower.last_caught_up = std::max(follower.last_caught_up, follower.last_fetch);
  }
  follower.log_start = from.follower_log_start;
  follower.log_end = from.offset;
  follower.leader_end_at_last_fetch = std::max(log_end, follower.leader_end_at_last_fetch);
  follower.last_fetch = now;
  if (reader.replica_epoch != BrokerEpoch{-1}) follower.broker_epoch = reader.replica_epoch;
  auto change = maybe_expand_isr(reader.replica_id);
  if (moved) maybe_advance_high_watermark(now);
  return change;
}

ReadResult Partition::read(const Reader& reader, const ReadFrom& from, env::Instant now) {
  ReadPlan plan;
  {
    const std::lock_guard lock(mutex_);
    plan = plan_read(reader, from);
  }
  if (plan.result.error != ErrorCode::kNone || plan.result.diverging) return plan.result;
  const LeaderEpoch epoch = plan.leader_epoch;
  const log::Log* const log = plan.log.get();
  ReadResult result = read_log(std::move(plan), reader, from);
  if (result.error != ErrorCode::kNone && has_replaced(log)) return read(reader, from, now);
  const bool record =
      reader.is_follower() && reader.update_follower && result.error == ErrorCode::kNone;
  if (!record) return result;
  Events events = 0;
  std::optional<IsrChange> change;
  {
    const std::lock_guard lock(mutex_);
    // Deposed, or the assignment changed, while we were reading: what was read proves nothing now.
    const bool still = leading() && leader_epoch_ == epoch && is_known_follower(reader);
    if (!still) return failed_read(gone_.value_or(ErrorCode::kNotLeaderOrFollower));
    const Offsets before = offsets();
    change = record_fetch(reader, from, result.log_end_offset, now);
    events = moved_since(before);
  }
  watchers_.notify(events);
  if (change) hand_out(*std::move(change));
  return result;
}

ReplicationState Partition::replicated_up_to(Offset required) const {
  const std::lock_guard lock(mutex_);
  if (!leading()) return {true, gone_.value_or(ErrorCode::kNotLeaderOrFollower)};
  if (high_watermark_ < required) return {};
  const bool enough = isr_.maximal().size() >= min_isr();
  return {true, enough ? ErrorCode::kNone : ErrorCode::kNotEnoughReplicasAfterAppend};
}

Result<log::TimestampAndOffset> Partition::offset_for(Timestamp at,
                                                      std::optional<Isolation> isolation,
                                                      LeaderEpoch current_leader_epoch,
                                                      bool leader_only) {
  std::unique_lock lock(mutex_);
  const ErrorCode error = check(current_leader_epoch, leader_only);
  if (error != ErrorCode::kNone) return std::unexpected(error);
  const Offset end = upper_bound(isolation.value_or(Isolation::kLogEnd));
  // A new leader whose watermark has not reached its own epoch yet cannot say what the latest
  // offset is: an earlier leader may have answered with a higher one (KIP-207).
  const bool lagging = leader_epoch_start_ && *leader_epoch_start_ > end;
  if (at == kLatestTimestamp) {
    if (lagging) return std::unexpected(ErrorCode::kOffsetNotAvailable);
    return log::TimestampAndOffset{kNoTimestamp, end, leader_epoch_};
  }
  if (at == kEarliestTimestamp || at == kEarliestLocalTimestamp) {
    const Offset start = log_->log_start_offset();
    const LeaderEpoch epoch = log_->epoch_of_offset(start).value_or(kNoLeaderEpoch);
    return log::TimestampAndOffset{kNoTimestamp, start, epoch};
  }
  if (at == kLatestTieredTimestamp) return log::TimestampAndOffset{};
  const std::shared_ptr<log::Log> log = log_;
  lock.unlock();  // the search reads from the disk
  const auto found =
      at == kMaxTimestamp ? log->offset_of_max_timestamp() : log->offset_for_timestamp(at);
  if (!found && has_replaced(log.get())) {
    return offset_for(at, isolation, current_leader_epoch, leader_only);
  }
  if (!found) return found;
  if (found->offset != kNoOffset && found->offset < end) return found;
  if (lagging) return std::unexpected(ErrorCode::kOffsetNotAvailable);
  return log::TimestampAndOffset{};
}

Result<std::vector<Offset>> Partition::segment_offsets(const SegmentsWish& wish, Timestamp wall) {
  std::unique_lock lock(mutex_);
  const ErrorCode error = check(kNoLeaderEpoch, wish.leader_only);
  if (error != ErrorCode::kNone) return std::unexpected(error);
  if (wish.max_count < 0) return std::unexpected(ErrorCode::kUnknownServerError);
  const Offset visible = high_watermark_;
  const std::shared_ptr<log::Log> log = log_;
  lock.unlock();  // the times of files are asked of the disk
  const auto starts = log->segment_starts(wall);
  if (!starts && has_replaced(log.get())) return segment_offsets(wish, wall);
  if (!starts) return std::unexpected(starts.error());
  auto offsets = offsets_at(*starts, wish);
  if (wish.from_consumer && !offsets.empty() && offsets.front() > visible) {
    std::erase_if(offsets, [visible](Offset offset) { return offset > visible; });
    offsets.insert(offsets.begin(), visible);
  }
  return offsets;
}

Result<log::EpochEnd> Partition::end_offset_for_epoch(LeaderEpoch epoch,
                                                      LeaderEpoch current_leader_epoch,
                                                      bool leader_only) const {
  const std::lock_guard lock(mutex_);
  const ErrorCode error = check(current_leader_epoch, leader_only);
  if (error != ErrorCode::kNone) return std::unexpected(error);
  return log_->end_offset_for_epoch(epoch);
}

Result<DeleteRecordsState> Partition::delete_records(Offset before_offset) {
  DeleteRecordsState state;
  Events events = 0;
  {
    const std::lock_guard lock(mutex_);
    const ErrorCode error = check(kNoLeaderEpoch, true);
    if (error != ErrorCode::kNone) return std::unexpected(error);
    if (!log_->config()->remove) return std::unexpected(ErrorCode::kPolicyViolation);
    state.required = before_offset == kNoOffset ? high_watermark_ : before_offset;
    if (state.required < Offset{0} || state.required > high_watermark_) {
      return std::unexpected(ErrorCode::kOffsetOutOfRange);
    }
    const Offsets before = offsets();
    const auto advanced = log_->maybe_advance_log_start(state.required);
    if (!advanced) return std::unexpected(advanced.error());
    state.low_watermark = lowest_log_start();
    events = moved_since(before);
  }
  watchers_.notify(events);
  return state;
}

}  // namespace barnabas::broker::replica
