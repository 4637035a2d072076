#include "broker/follower/fetch_state.h"

#include <algorithm>

namespace barnabas::broker::follower {

namespace {

constexpr env::Duration kFirstPatience = std::chrono::milliseconds(20);

}  // namespace

Verdict judge_answer(ErrorCode error, std::optional<log::EpochEnd> diverging) {
  switch (error) {
    case ErrorCode::kNone:
      // Where the logs part nothing may be taken over, not even the offsets, before we have cut.
      if (diverging) return Truncate{*diverging};
      return TakeRecords{};
    case ErrorCode::kOffsetOutOfRange: return FindRange{};
    case ErrorCode::kFencedLeaderEpoch: return WaitForController{};
    // The leader is behind us, or not leader (yet, or any more), or does not know the topic: its
    // LeaderAndIsr or ours is on the way.
    case ErrorCode::kUnknownLeaderEpoch:
    case ErrorCode::kNotLeaderOrFollower:
    case ErrorCode::kUnknownTopicId:
    case ErrorCode::kUnknownTopicOrPartition: return TrySoon{};
    // Its disk errors may pass, too.
    default: return TryLater{};
  }
}

Verdict judge_refusal(ErrorCode error) {
  switch (error) {
    // A flipped bit on the way is gone with the next try; one on the leader's disk must not stop
    // the others (Kafka: "the partition is retried for ever").
    case ErrorCode::kCorruptMessage:
    case ErrorCode::kInvalidRecord:
    // The role has changed under us: whoever changed it is about to tell the fetcher.
    case ErrorCode::kFencedLeaderEpoch:
    case ErrorCode::kUnknownLeaderEpoch:
    case ErrorCode::kNotLeaderOrFollower: return TryLater{};
    default: return Fail{};
  }
}

Cut cut_between(log::EpochEnd leader, log::EpochEnd own, Offset log_end, Offset otherwise) {
  if (leader.end_offset == kNoOffset) return {otherwise};
  const Offset common = std::min(leader.end_offset, log_end);
  // A leader of before KIP-279 names no epoch; and where we know none as old as the leader's, all
  // that we have beyond its end is not the leader's.
  if (leader.epoch == kNoLeaderEpoch || own.end_offset == kNoOffset) return {common};
  if (own.epoch == leader.epoch) return {std::min(common, own.end_offset)};
  // We do not have the leader's epoch: back to the end of the one before it, and ask about that.
  return {std::min(own.end_offset, log_end), false};
}

RangeRepair repair_range(Offset log_end, Offset leader_start, Offset leader_end) {
  // After an unclean election: what we have beyond the leader's end is not in its log.
  if (leader_end < log_end) return CutTo{leader_end};
  if (leader_start > log_end) return BeginAt{leader_start};
  return KeepLog{};
}

FetchState::FetchState(LeaderEpoch leader_epoch, const FollowedLog& log, bool truncates_on_fetch)
    : truncates_on_fetch_(truncates_on_fetch), leader_epoch_(leader_epoch) {
  const bool agrees_while_fetching = truncates_on_fetch && log.latest_epoch != kNoLeaderEpoch;
  stage_ = agrees_while_fetching ? Stage::kFetching : Stage::kTruncating;
  fetch_offset_ = agrees_while_fetching ? log.log_end : log.high_watermark;
  if (agrees_while_fetching) last_fetched_epoch_ = log.latest_epoch;
}

env::Duration FetchState::wait_for_leader(env::Instant now, env::Duration most) {
  patience_ = std::min(most, std::max(kFirstPatience, patience_ * 2));
  retry_at_ = now + patience_;
  return patience_;
}

void FetchState::at_end_of(const FollowedLog& log) {
  patience_ = env::Duration{0};
  fetch_offset_ = log.log_end;
  if (truncates_on_fetch_) last_fetched_epoch_ = log.latest_epoch;
}

void FetchState::appended(const FollowedLog& log, Offset leader_high_watermark) {
  at_end_of(log);
  lag_ = std::max<std::int64_t>(0, leader_high_watermark - log.log_end);
}

void FetchState::truncated(const FollowedLog& log, bool complete) {
  at_end_of(log);
  // With truncation on fetch the next answer says whether there is more to cut.
  stage_ = truncates_on_fetch_ || complete ? Stage::kFetching : Stage::kTruncating;
}

void FetchState::range_repaired(const FollowedLog& log, Offset leader_end) {
  at_end_of(log);
  stage_ = Stage::kFetching;
  lag_ = std::max<std::int64_t>(0, leader_end - log.log_end);
}

}  // namespace barnabas::broker::follower
