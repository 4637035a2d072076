#include "broker/replica/partition.h"

#include <algorithm>

#include "env/check.h"
#include "env/planted.h"

namespace barnabas::broker::replica {

Partition::Partition(TopicPartition tp, PartitionConfig config)
    : tp_(std::move(tp)), config_(std::move(config)) {}

std::optional<TopicId> Partition::topic_id() const {
  const auto log = this->log();
  if (!log || log->topic_id().is_zero()) return std::nullopt;
  return log->topic_id();
}

std::shared_ptr<log::Log> Partition::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

void Partition::set_log(std::shared_ptr<log::Log> log, Offset checkpointed) {
  const std::lock_guard lock(mutex_);
  BB_CHECK(!log_ && log);
  log_ = std::move(log);
  // The checkpoint may be older than a truncation, or than a deletion of old segments.
  high_watermark_ = std::clamp(checkpointed, log_->log_start_offset(),
                               std::max(log_->log_start_offset(), log_->log_end_offset()));
}

void Partition::set_state(const LeaderAndIsr& state) {
  controller_epoch_ = state.controller_epoch;
  partition_epoch_ = state.partition_epoch;
  leader_epoch_ = state.leader_epoch;
  leader_ = state.leader;
  replicas_ = state.replicas;
  adding_ = state.adding_replicas;
  removing_ = state.removing_replicas;
  // A follower does not know when the ISR changes, so it does not claim to know the ISR.
  isr_ = IsrState(CommittedIsr{leader_ == config_.self ? state.isr : std::vector<BrokerId>{}});
}

// Kafka's Replica.resetReplicaState: a new leader knows nothing of anybody; one that stays leader
// over a new epoch keeps the offsets. Who is in the ISR gets the benefit of the doubt for a whole
// lag time.
void Partition::reset_followers(bool new_leader, bool new_epoch, env::Instant now) {
  std::map<BrokerId, FollowerState> next;
  for (const BrokerId id : replicas_) {
    if (id == config_.self) continue;
    const auto known = followers_.find(id);
    FollowerState follower;
    if (known != followers_.end() && !new_leader) follower = known->second;
    if (new_epoch) {
      const bool in_sync = isr_.holds_back(id);
      follower.last_caught_up = in_sync ? now : kNever;
      follower.leader_end_at_last_fetch = new_leader ? kNoOffset : log_->log_end_offset();
      follower.last_fetch = in_sync && !new_leader ? now : kNever;
    }
    next.emplace(id, follower);
  }
  followers_ = std::move(next);
}

Result<bool> Partition::make_leader(const LeaderAndIsr& state, env::Instant now) {
  Events events = 0;
  bool new_leader = false;
  {
    const std::lock_guard lock(mutex_);
    if (gone_) return std::unexpected(*gone_);
    BB_CHECK(log_ && state.leader == config_.self);
    if (state.partition_epoch < partition_epoch_) return false;
    const Offsets before = offsets();
    new_leader = !leading();
    const bool new_epoch = state.leader_epoch > leader_epoch_;
    if (new_epoch) {
      const Offset start = log_->log_end_offset();
      const auto assigned = log_->assign_epoch_start(state.leader_epoch, start);
      if (!assigned) return std::unexpected(assigned.error());
      leader_epoch_start_ = start;
    }
    set_state(state);
    reset_followers(new_leader, new_epoch, now);
    maybe_advance_high_watermark(now);
    events = moved_since(before);
  }
  watchers_.notify(events);
  return new_leader;
}

bool Partition::make_follower(const LeaderAndIsr& state) {
  bool new_epoch = false;
  {
    const std::lock_guard lock(mutex_);
    if (gone_ || state.partition_epoch < partition_epoch_) return false;
    new_epoch = state.leader_epoch > leader_epoch_;
    const bool was_leading = leading();
    if (new_epoch) leader_epoch_start_.reset();
    set_state(state);
    followers_.clear();
    if (was_leading && env::is_planted(env::Plant::kStaleLeader)) {
      leader_ = config_.self;
      isr_ = IsrState(CommittedIsr{{config_.self}});
    }
  }
  return new_epoch;
}

void Partition::leave(ErrorCode answer) {
  {
    const std::lock_guard lock(mutex_);
    gone_ = answer;
    followers_.clear();
    isr_ = IsrState();
  }
  watchers_.notify(kLeadership);
}

void Partition::mark_deleted() {
  leave(ErrorCode::kNotLeaderOrFollower);
  std::shared_ptr<log::Log> last;  // closed outside the lock, if we were the last to hold it
  const std::lock_guard lock(mutex_);
  last.swap(log_);
}

void Partition::mark_offline() { leave(ErrorCode::kKafkaStorageError); }

bool Partition::is_offline() const {
  const std::lock_guard lock(mutex_);
  return gone_ == ErrorCode::kKafkaStorageError;
}

bool Partition::is_leader() const {
  const std::lock_guard lock(mutex_);
  return leading();
}

std::optional<BrokerId> Partition::leader() const {
  const std::lock_guard lock(mutex_);
  return leader_;
}

std::optional<CurrentLeader> Partition::current_leader() const {
  const std::lock_guard lock(mutex_);
  if (gone_ || !leader_) return std::nullopt;
  return CurrentLeader{*leader_, leader_epoch_};
}

LeaderEpoch Partition::leader_epoch() const {
  const std::lock_guard lock(mutex_);
  return leader_epoch_;
}

PartitionEpoch Partition::partition_epoch() const {
  const std::lock_guard lock(mutex_);
  return partition_epoch_;
}

ControllerEpoch Partition::controller_epoch() const {
  const std::lock_guard lock(mutex_);
  return controller_epoch_;
}

std::vector<BrokerId> Partition::isr() const {
  const std::lock_guard lock(mutex_);
  return isr_.committed();
}

std::vector<BrokerId> Partition::replicas() const {
  const std::lock_guard lock(mutex_);
  return replicas_;
}

std::optional<FollowerState> Partition::follower(BrokerId id) const {
  const std::lock_guard lock(mutex_);
  const auto it = followers_.find(id);
  if (it == followers_.end()) return std::nullopt;
  return it->second;
}

bool Partition::is_under_min_isr() const {
  const std::lock_guard lock(mutex_);
  return leading() && isr_.committed().size() < min_isr();
}

bool Partition::is_at_min_isr() const {
  const std::lock_guard lock(mutex_);
  return leading() && isr_.committed().size() == min_isr();
}

bool Partition::is_under_replicated() const {
  const std::lock_guard lock(mutex_);
  return leading() && isr_.committed().size() < replicas_.size();
}

Offset Partition::high_watermark() const {
  const std::lock_guard lock(mutex_);
  return high_watermark_;
}

Offset Partition::last_stable_offset() const {
  const std::lock_guard lock(mutex_);
  return log_ ? stable() : kNoOffset;
}

Offset Partition::log_end_offset() const {
  const std::lock_guard lock(mutex_);
  return log_ ? log_->log_end_offset() : kNoOffset;
}

Offset Partition::log_start_offset() const {
  const std::lock_guard lock(mutex_);
  return log_ ? log_->log_start_offset() : kNoOffset;
}

Offset Partition::low_watermark() const {
  const std::lock_guard lock(mutex_);
  return leading() ? lowest_log_start() : kNoOffset;
}

Offset Partition::stable() const { return log_->last_stable_offset(high_watermark_); }

Offset Partition::lowest_log_start() const {
  Offset lowest = log_->log_start_offset();
  for (const auto& [id, follower] : followers_) {
    if (follower.log_start < lowest && config_.alive(id)) lowest = follower.log_start;
  }
  return lowest;
}

Partition::Offsets Partition::offsets() const {
  return {high_watermark_, log_->log_end_offset(), stable(),
          leading() ? lowest_log_start() : kNoOffset, log_->log_start_offset()};
}

Events Partition::moved_since(const Offsets& before) const {
  const Offsets after = offsets();
  Events events = 0;
  if (after.high_watermark != before.high_watermark) events |= kHighWatermarkMoved;
  if (after.log_end != before.log_end) events |= kLogEndMoved;
  if (after.stable != before.stable) events |= kLastStableMoved;
  if (after.low_watermark != before.low_watermark) events |= kLowWatermarkMoved;
  if (after.log_start != before.log_start) events |= kLogStartMoved;
  return events;
}

}  // namespace barnabas::broker::replica
