// ReplicaFetcher: what is done with the leader's answers.
#include <utility>

#include "broker/follower/loggers.h"
#include "broker/follower/replica_fetcher.h"
#include "env/log.h"

namespace barnabas::broker::follower {

namespace {

std::optional<log::EpochEnd> diverging_in(const protocol::FetchResponse::PartitionData& data) {
  if (data.diverging_epoch.epoch < LeaderEpoch{0}) return std::nullopt;
  return log::EpochEnd{data.diverging_epoch.epoch, data.diverging_epoch.end_offset};
}

// What the leader says of our latest epoch against what we know of the one it names.
Cut cut_of(const Claim& claim, const log::EpochEnd& leader, const FollowedLog& log) {
  const auto held = claim.partition->log();
  const log::EpochEnd own = held ? held->end_offset_for_epoch(leader.epoch) : log::EpochEnd{};
  return cut_between(leader, own, log.log_end, claim.fetch_offset);
}

// The log, if another fetcher has added to it since this claim's fetch offset was read: it had the
// partition before, with a round under way (FetcherManager::resize).
std::optional<FollowedLog> moved_since(const Claim& claim) {
  const auto following = claim.partition->following();
  const bool moved = following && following->leader_epoch == claim.leader_epoch &&
                     following->log.log_end > claim.fetch_offset;
  return moved ? std::optional(following->log) : std::nullopt;
}

}  // namespace

env::Task<void> ReplicaFetcher::take_over(Fetched answer) {
  std::vector<Repair> repairs;
  for (const auto& topic : answer.body.responses) {
    const bool named = topic.topic_id.is_zero();
    const std::string name = named ? topic.topic : session_.topic_name(topic.topic_id);
    for (const auto& data : topic.partitions) {
      auto left = take_over(TopicPartition{name, data.partition_index}, data);
      if (left) repairs.push_back(std::move(*left));
    }
  }
  for (Repair& one : repairs) {
    if (stopped_) co_return;
    co_await repair(std::move(one));
  }
}

// Does at once what can be done at once; what needs the disk or the leader is left to do.
std::optional<ReplicaFetcher::Repair> ReplicaFetcher::take_over(const TopicPartition& tp,
                                                                const PartitionData& data) {
  auto claim = partitions_.claim(tp);
  if (!claim) return std::nullopt;
  Verdict verdict = judge_answer(data.error_code, diverging_in(data));
  if (std::holds_alternative<TakeRecords>(verdict)) {
    append(*claim, data);
    return std::nullopt;
  }
  const bool slow =
      std::holds_alternative<Truncate>(verdict) || std::holds_alternative<FindRange>(verdict);
  if (slow) return Repair{std::move(*claim), verdict};
  obey(*claim, verdict, data.error_code);
  return std::nullopt;
}

void ReplicaFetcher::append(const Claim& claim, const PartitionData& data) {
  const Timestamp wall{ports_.clock->wall().count()};
  const auto after = claim.partition->append_as_follower(
      data.records.view(), claim.leader_epoch, {data.high_watermark, data.log_start_offset}, wall);
  if (after) {
    partitions_.appended(claim, *after, data.high_watermark);
    const std::uint64_t bytes = data.records.view().size();
    if (source_.lane == Lane::kCatchUp) write_behind_.appended(claim.partition, bytes);
    const TopicPartition& tp = claim.tp();
    if (config_.quota != nullptr && config_.quota->is_throttled(tp.topic, tp.partition)) {
      config_.quota->record(static_cast<std::int64_t>(bytes));
    }
  } else if (const auto moved = moved_since(claim)) {
    partitions_.appended(claim, *moved, data.high_watermark);
  } else {
    obey(claim, judge_refusal(after.error()), after.error());
  }
}

void ReplicaFetcher::obey(const Claim& claim, const Verdict& verdict, ErrorCode why) {
  const std::string tp = to_string(claim.tp());
  if (std::holds_alternative<TryLater>(verdict)) {
    const auto level =
        why == ErrorCode::kCorruptMessage ? env::LogLevel::kError : env::LogLevel::kWarn;
    env::log_at(level, kFetcherLog, "{} {} at offset {}: {}, trying again later", name_, tp,
                claim.fetch_offset.value, name(why));
    partitions_.wait(claim, ports_.clock->now() + config_.back_off);
  } else if (std::holds_alternative<TrySoon>(verdict)) {
    wait_for_leader(claim, why);
  } else if (std::holds_alternative<WaitForController>(verdict)) {
    env::log_info(kFetcherLog,
                  "{} {} has an older epoch ({}) than the current leader. Will await the new "
                  "LeaderAndIsr state before resuming fetching.",
                  name_, tp, claim.leader_epoch.value);
    partitions_.fail(claim);
  } else {
    env::log_error(kFetcherLog, "{} {} is marked as failed at offset {}: {}", name_, tp,
                   claim.fetch_offset.value, name(why));
    partitions_.fail(claim);
  }
}

// Usual for an instant whenever a leader changes; worth a warning if it lasts.
void ReplicaFetcher::wait_for_leader(const Claim& claim, ErrorCode why) {
  const auto patience = partitions_.wait_for_leader(claim, ports_.clock->now(), config_.back_off);
  const auto level = patience < config_.back_off ? env::LogLevel::kDebug : env::LogLevel::kWarn;
  env::log_at(level, kFetcherLog, "{} {} at offset {}: {}, trying again in {} ms", name_,
              to_string(claim.tp()), claim.fetch_offset.value, name(why),
              std::chrono::duration_cast<std::chrono::milliseconds>(patience).count());
}

env::Task<void> ReplicaFetcher::repair(Repair repair) {
  if (const auto* diverged = std::get_if<Truncate>(&repair.what)) {
    const auto following = repair.claim.partition->following();
    if (!following) co_return;
    const Cut cut = cut_of(repair.claim, diverged->leader, following->log);
    std::vector<Truncation> cuts;
    cuts.push_back({std::move(repair.claim), cut});
    co_await truncate(std::move(cuts));
  } else {
    co_await find_range(std::move(repair.claim));
  }
}

// Our end is not in the leader's log: cut to its end, or begin where it begins (KIP-101 calls the
// first an unclean election; the second is a follower that was away for longer than the retention).
env::Task<void> ReplicaFetcher::find_range(Claim claim) {
  const LeaderEpoch epoch = claim.leader_epoch;
  const auto end = co_await endpoint_->offset_at(claim.tp(), epoch, replica::kLatestTimestamp);
  if (!end) co_return obey(claim, judge_answer(end.error(), {}), end.error());
  const auto start = co_await endpoint_->offset_at(claim.tp(), epoch, replica::kEarliestTimestamp);
  if (!start) co_return obey(claim, judge_answer(start.error(), {}), start.error());
  Result<FollowedLog> done = std::unexpected(ErrorCode::kNotLeaderOrFollower);
  auto work = [&claim, &done, epoch, from = *start, to = *end] {
    const auto following = claim.partition->following();
    if (!following) return;
    const RangeRepair what = repair_range(following->log.log_end, from, to);
    env::log_warn(kFetcherLog, "{}: offset {} is not in the leader's log [{}, {})",
                  to_string(claim.tp()), claim.fetch_offset.value, from.value, to.value);
    if (const auto* cut = std::get_if<CutTo>(&what)) {
      done = claim.partition->truncate_as_follower(cut->offset, epoch);
    } else if (const auto* begin = std::get_if<BeginAt>(&what)) {
      done = claim.partition->restart_as_follower(begin->offset, epoch);
    } else {
      done = following->log;
    }
  };
  co_await ports_.disk->run(std::move(work));
  if (!done) co_return obey(claim, judge_refusal(done.error()), done.error());
  partitions_.range_repaired(claim, *done, *end);
  // Nothing to repair: whatever the leader dislikes, asking at once again would not help.
  const bool changed = done->log_end != claim.fetch_offset;
  if (!changed) partitions_.wait(claim, ports_.clock->now() + config_.back_off);
}

// Logs whose records have no epochs are cut to the high watermark; the others, where the leader
// does not tell while it is fetched from, as it says when asked.
env::Task<void> ReplicaFetcher::truncate_waiting(std::vector<Claim> claims) {
  std::vector<Truncation> cuts;
  std::vector<Claim> unclear;
  for (Claim& claim : claims) {
    const auto following = claim.partition->following();
    const bool has_epochs = following && following->log.latest_epoch != kNoLeaderEpoch;
    if (has_epochs) {
      unclear.push_back(std::move(claim));
    } else {
      const Offset committed = claim.fetch_offset;
      cuts.push_back({std::move(claim), Cut{committed}});
    }
  }
  if (!unclear.empty()) {
    auto decided = co_await ask_where_to_cut(std::move(unclear));
    std::ranges::move(decided, std::back_inserter(cuts));
  }
  if (!stopped_) co_await truncate(std::move(cuts));
}

env::Task<std::vector<ReplicaFetcher::Truncation>> ReplicaFetcher::ask_where_to_cut(
    std::vector<Claim> claims) {
  std::vector<EpochQuestion> questions;
  for (const Claim& claim : claims) {
    const auto following = claim.partition->following();
    const LeaderEpoch latest = following ? following->log.latest_epoch : kNoLeaderEpoch;
    questions.push_back({claim.tp(), claim.leader_epoch, latest});
  }
  const auto answers = co_await endpoint_->epoch_ends(std::move(questions));
  std::vector<Truncation> cuts;
  for (std::size_t n = 0; n < claims.size(); ++n) {
    const auto following = claims[n].partition->following();
    if (answers[n].error != ErrorCode::kNone || !following) {
      obey(claims[n], judge_answer(answers[n].error, {}), answers[n].error);
      continue;
    }
    const Cut cut = cut_of(claims[n], answers[n].end, following->log);
    cuts.push_back({std::move(claims[n]), cut});
  }
  co_return cuts;
}

env::Task<void> ReplicaFetcher::truncate(std::vector<Truncation> cuts) {
  auto work = [&cuts] {
    for (Truncation& one : cuts) {
      one.done = one.claim.partition->truncate_as_follower(one.cut.offset, one.claim.leader_epoch);
    }
  };
  co_await ports_.disk->run(std::move(work));
  for (const Truncation& one : cuts) {
    if (one.done) {
      partitions_.truncated(one.claim, *one.done, one.cut.complete);
    } else {
      obey(one.claim, judge_refusal(one.done.error()), one.done.error());
    }
  }
}

}  // namespace barnabas::broker::follower
