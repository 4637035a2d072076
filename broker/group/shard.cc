#include "broker/group/shard.h"

#include "broker/group/stored_group.h"
#include "env/log.h"

namespace barnabas::broker::group {
namespace {

constexpr auto kLogger = "kafka.coordinator.group.GroupMetadataManager";

}  // namespace

Shard::Shard(ShardConfig config, ShardPorts ports, replica::PartitionPtr partition,
             LeaderEpoch epoch, env::Executor executor)
    : config_(std::move(config)),
      ports_(ports),
      epoch_(epoch),
      executor_(std::move(executor)),
      log_(config_.log, std::move(partition), ports_.replicas, ports_.clock) {}

ErrorCode Shard::availability() const {
  switch (state_) {
    case State::kLoading: return ErrorCode::kCoordinatorLoadInProgress;
    case State::kActive: return ErrorCode::kNone;
    case State::kRetired: return ErrorCode::kNotCoordinator;
  }
  return ErrorCode::kNotCoordinator;
}

Moment Shard::now() const { return {ports_.clock->now(), Timestamp{ports_.clock->wall().count()}}; }

env::Task<void> Shard::load() {
  auto loading = group::load(log_.partition(), ports_.disk, config_.load_piece, &closed_);
  auto loaded = co_await std::move(loading);
  if (state_ != State::kLoading || closed_) co_return;
  const auto name = to_string(log_.partition()->topic_partition());
  if (!loaded) {
    state_ = State::kRetired;
    env::log_error(kLogger, "Could not load the groups of {} in epoch {}: {}", name, epoch_.value,
                   barnabas::name(loaded.error()));
    co_return;
  }
  state_ = State::kActive;
  for (auto& [group, content] : *loaded) adopt(group, std::move(content));
  timers_.emplace(ports_.clock->now() + config_.expiry_interval, nullptr);
  arm();
  env::log_info(kLogger, "Loaded {} groups from {} in epoch {}", groups_.size(), name,
                epoch_.value);
}

void Shard::adopt(const std::string& group, LoadedGroup loaded) {
  auto entry = loaded.metadata ? std::make_shared<Entry>(group, config_.group,
                                                         stored_group(*std::move(loaded.metadata)))
                               : std::make_shared<Entry>(group, config_.group, now());
  entry->offsets = std::move(loaded.offsets);
  groups_.emplace(group, entry);
  perform(entry, entry->machine.on_loaded(now()));
}

void Shard::close() {
  closed_ = true;
  log_.close();
}

env::Task<void> Shard::retire() {
  state_ = State::kRetired;
  timer_.reset();
  timers_.clear();
  const auto groups = std::exchange(groups_, {});
  for (const auto& [name, entry] : groups) perform(entry, entry->machine.kill(now()));
  co_return;
}

Shard::EntryPtr Shard::find(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second;
}

Shard::EntryPtr Shard::create(const std::string& group) {
  auto& entry = groups_[group];
  if (!entry) entry = std::make_shared<Entry>(group, config_.group, now());
  return entry;
}

// --- timers

void Shard::reschedule(const EntryPtr& entry) {
  const auto next = state_ == State::kActive ? entry->machine.next_deadline() : std::nullopt;
  if (next == entry->deadline) return;
  if (entry->deadline) timers_.erase({*entry->deadline, entry});
  entry->deadline = next;
  if (!next) return;
  timers_.emplace(*next, entry);
  arm();
}

void Shard::arm() {
  if (timers_.empty()) return;
  const auto first = timers_.begin()->first;
  if (timer_ && armed_ <= first) return;
  armed_ = first;
  const auto delay = std::max(first - ports_.clock->now(), env::Duration::zero());
  timer_ = ports_.clock->after(executor_, delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_timer();
  });
}

void Shard::on_timer() {
  const auto moment = now();
  std::vector<EntryPtr> due;
  while (!timers_.empty() && timers_.begin()->first <= moment.steady) {
    due.push_back(std::move(timers_.extract(timers_.begin()).value().second));
    if (due.back()) due.back()->deadline.reset();
  }
  timer_.reset();
  for (const auto& entry : due) {
    if (entry) {
      perform(entry, entry->machine.advance(moment));
    } else {
      expire();
    }
  }
  arm();
}

// --- offsets that have outlived their retention

void Shard::expire() {
  const auto groups = groups_;
  for (const auto& [name, entry] : groups) expire_offsets(entry);
  timers_.emplace(ports_.clock->now() + config_.expiry_interval, nullptr);
}

void Shard::expire_offsets(const EntryPtr& entry) {
  std::vector<TopicPartition> removed;
  if (const auto rule = entry->machine.expiry_rule()) {
    removed = entry->offsets.remove(entry->offsets.expired(*rule, now().wall, config_.retention));
  }
  bury(entry, removed);
}

void Shard::bury(const EntryPtr& entry, const std::vector<TopicPartition>& removed) {
  const auto& group = entry->machine.id();
  std::vector<LogRecord> tombstones;
  for (const auto& tp : removed) {
    if (auto record = offset_tombstone(group, tp)) tombstones.push_back(*std::move(record));
  }
  const bool unused = entry->machine.state() == GroupState::kEmpty && entry->offsets.empty();
  if (unused) {
    // A group that never had members was never written.
    const bool was_written = entry->machine.generation() > Generation{0};
    auto record = was_written ? group_tombstone(group) : std::unexpected(ErrorCode::kNone);
    if (record) tombstones.push_back(*std::move(record));
    perform(entry, entry->machine.kill(now()));
    groups_.erase(group);
  }
  log_.append_tombstones(tombstones);
}

}  // namespace barnabas::broker::group
