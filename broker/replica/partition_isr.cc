// Partition: who is in sync, and how far that lets the high watermark go.
#include <fmt/ranges.h>

#include <algorithm>

#include "broker/replica/partition.h"
#include "env/log.h"
#include "env/planted.h"

namespace barnabas::broker::replica {

namespace {

constexpr auto kLogger = "kafka.cluster.Partition";

std::string ids(const std::vector<BrokerId>& brokers) {
  std::vector<std::int32_t> values;
  for (const BrokerId id : brokers) values.push_back(id.value);
  return fmt::format("{}", fmt::join(values, ","));
}

// By what the controller said to a change. Kafka's Partition.handleAlterPartitionError.
enum class Verdict {
  kRefused,       // it was not applied, and what we have is what ZooKeeper has
  kOutdated,      // ZooKeeper has something newer: LeaderAndIsr or StopReplica tells us
  kNotYetDecided  // ask again: it may or may not have been applied
};

Verdict verdict(ErrorCode error) {
  switch (error) {
    case ErrorCode::kOperationNotAttempted:
    case ErrorCode::kIneligibleReplica: return Verdict::kRefused;
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kUnknownTopicId:
    case ErrorCode::kFencedLeaderEpoch:
    case ErrorCode::kInvalidUpdateVersion:
    case ErrorCode::kInvalidRequest:
    case ErrorCode::kNewLeaderElected: return Verdict::kOutdated;
    default: return Verdict::kNotYetDecided;
  }
}

}  // namespace

// min.insync.replicas asks for more than there are: then all of them are enough.
std::size_t Partition::min_isr() const {
  const auto wanted = static_cast<std::size_t>(log_->config()->min_insync_replicas);
  return std::min(wanted, followers_.size() + 1);
}

bool Partition::is_caught_up(const FollowerState& follower, env::Instant now) const {
  return follower.log_end == log_->log_end_offset() ||
         now - follower.last_caught_up <= config_.replica_lag_time_max;
}

// Besides the ISR, whoever is about to join it: a follower that has caught up counts before
// ZooKeeper knows, else the watermark might run ahead of it just as it joins (KIP-497).
bool Partition::counts_for_high_watermark(BrokerId id, const FollowerState& follower,
                                          env::Instant now) const {
  if (env::is_planted(env::Plant::kEarlyHighWatermark)) return false;
  return isr_.holds_back(id) || (is_caught_up(follower, now) && config_.alive(id));
}

// min over the ISR, never back; stands still while the ISR is below min.insync.replicas (KIP-966).
// At the end of a move the ISR names for a moment whom nobody tracks, since they are assigned no
// more. Should the controller die then, one of them may lead next: they hold the watermark, which
// they do not in Kafka, until the ISR has let them go.
bool Partition::maybe_advance_high_watermark(env::Instant now) {
  if (isr_.committed().size() < min_isr()) return false;
  const auto is_tracked = [this](BrokerId id) {
    return id == config_.self || followers_.contains(id);
  };
  if (!std::ranges::all_of(isr_.maximal(), is_tracked)) return false;
  Offset lowest = log_->log_end_offset();
  for (const auto& [id, follower] : followers_) {
    if (follower.log_end < lowest && counts_for_high_watermark(id, follower, now)) {
      lowest = follower.log_end;
    }
  }
  if (lowest <= high_watermark_) return false;
  high_watermark_ = lowest;
  return true;
}

IsrChange Partition::pending_change() const {
  return {tp_, log_->topic_id(), leader_epoch_, partition_epoch_, isr_.proposed()};
}

// A follower joins once it has all that is committed, and all that earlier leaders may have
// committed: up to where this epoch starts.
std::optional<IsrChange> Partition::maybe_expand_isr(BrokerId id) {
  if (isr_.pending() || isr_.holds_back(id)) return std::nullopt;
  const Offset end = followers_.at(id).log_end;
  const bool has_it_all =
      end >= high_watermark_ && leader_epoch_start_ && end >= *leader_epoch_start_;
  if (!has_it_all || !config_.alive(id)) return std::nullopt;
  isr_.expand(id);
  return pending_change();
}

std::vector<BrokerId> Partition::out_of_sync(env::Instant now) const {
  std::vector<BrokerId> behind;
  for (const BrokerId id : isr_.committed()) {
    if (id == config_.self) continue;
    const auto follower = followers_.find(id);
    if (follower == followers_.end() || !is_caught_up(follower->second, now)) behind.push_back(id);
  }
  return behind;
}

// Looks at the high watermark too: what a caught-up replica outside the ISR held back goes on once
// it has fallen silent for the lag time, even if no other request comes by.
void Partition::maybe_shrink_isr(env::Instant now) {
  std::optional<IsrChange> change;
  Events events = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!leading()) return;
    const Offsets before = offsets();
    const auto behind = isr_.pending() ? std::vector<BrokerId>{} : out_of_sync(now);
    if (!behind.empty()) {
      isr_.shrink(behind);
      change = pending_change();
      if (env::is_planted(env::Plant::kEarlyShrink)) isr_.commit(change->isr);
    }
    maybe_advance_high_watermark(now);
    events = moved_since(before);
  }
  watchers_.notify(events);
  if (change) hand_out(*std::move(change));
}

void Partition::hand_out(IsrChange change) const {
  env::log_info(kLogger, "[Partition {} broker={}] Asking for ISR {} (partition epoch {})",
                to_string(tp_), config_.self.value, ids(change.isr), change.partition_epoch.value);
  config_.alter_isr(std::move(change));
}

bool Partition::settle_isr_change(const IsrChange& change, const IsrAnswer& answer,
                                  env::Instant now) {
  bool again = false;
  Events events = 0;
  {
    const std::lock_guard lock(mutex_);
    // Elected, deposed or deleted meanwhile: the answer is out of date.
    if (!leading() || !isr_.pending() || pending_change() != change) return false;
    const Offsets before = offsets();
    again = apply(answer);
    maybe_advance_high_watermark(now);
    events = moved_since(before);
  }
  watchers_.notify(events);
  const auto level = answer.error == ErrorCode::kNone ? env::LogLevel::kInfo : env::LogLevel::kWarn;
  env::log_at(level, kLogger,
              "[Partition {} broker={}] The change to ISR {} was answered {}: {} ({})",
              to_string(tp_), config_.self.value, ids(change.isr), name(answer.error),
              ids(answer.isr), answer.partition_epoch.value);
  return again;
}

bool Partition::apply(const IsrAnswer& answer) {
  if (answer.error == ErrorCode::kNone) {
    // A controller of a newer epoch of ours will tell us; one of the past is asked again.
    if (answer.leader_epoch > leader_epoch_) return false;
    if (answer.leader_epoch < leader_epoch_ || answer.partition_epoch < partition_epoch_)
      return true;
    isr_.commit(answer.isr);
    partition_epoch_ = answer.partition_epoch;
    return false;
  }
  switch (verdict(answer.error)) {
    case Verdict::kRefused: isr_.revert(); return false;
    case Verdict::kOutdated: return false;
    case Verdict::kNotYetDecided: return true;
  }
  std::unreachable();
}

}  // namespace barnabas::broker::replica
