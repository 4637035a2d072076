// ReplicaManager: what the controller tells us (facts about who may say it: server/ReplicaManager,
// KafkaApis).
#include <algorithm>

#include "broker/replica/replica_manager.h"

namespace barnabas::broker::replica {

// A controller that takes us for an earlier registration, or one that has been replaced, is not
// heard.
ErrorCode ReplicaManager::accept(const ControlHeader& header) {
  const bool checked = header.broker_epoch != BrokerEpoch{-1};
  if (checked && header.broker_epoch.value < broker_epoch_.load()) {
    return ErrorCode::kStaleBrokerEpoch;
  }
  std::int32_t seen = controller_epoch_.load();
  do {
    if (header.controller_epoch.value < seen) return ErrorCode::kStaleControllerEpoch;
  } while (!controller_epoch_.compare_exchange_weak(seen, header.controller_epoch.value));
  return ErrorCode::kNone;
}

env::Task<LeaderAndIsrResult> ReplicaManager::become_leader_or_follower(
    LeaderAndIsrCommand command) {
  LeaderAndIsrResult result;
  std::move_only_function<void()> work = [this, &command, &result] { result = apply(command); };
  co_await disk_->run(std::move(work));
  co_return result;
}

env::Task<StopReplicaResult> ReplicaManager::stop_replica(StopReplicaCommand command) {
  StopReplicaResult result;
  std::move_only_function<void()> work = [this, &command, &result] { result = apply(command); };
  co_await disk_->run(std::move(work));
  co_return result;
}

LeaderAndIsrResult ReplicaManager::apply(const LeaderAndIsrCommand& command) {
  const std::lock_guard lock(control_);
  LeaderAndIsrResult result;
  result.error = accept(command.header);
  if (result.error != ErrorCode::kNone) return result;
  result.partitions.resize(command.partitions.size());
  // In Kafka's order (becomeLeaderOrFollower): new logs find their directories in it.
  apply_roles(command, true, result);
  apply_roles(command, false, result);
  controlled_.store(true);
  return result;
}

// Whoever waits is woken when all have their role: a follower's fetch waits for many of them, and
// is answered, and comes again, as soon as one wakes it.
void ReplicaManager::apply_roles(const LeaderAndIsrCommand& command, bool leads,
                                 LeaderAndIsrResult& result) {
  std::vector<PartitionPtr> changed;
  for (std::size_t n = 0; n < command.partitions.size(); ++n) {
    const auto& item = command.partitions[n];
    if ((item.state.leader == config_.self) != leads) continue;
    const ErrorCode error = apply_one(command.header, item, result);
    result.partitions[n] = {item.tp, item.topic_id, error};
    PartitionPtr partition =
        error == ErrorCode::kNone ? find(item.tp.topic, item.tp.partition) : nullptr;
    if (partition) changed.push_back(std::move(partition));
  }
  for (const PartitionPtr& partition : changed) partition->wake_all();
}

PartitionPtr ReplicaManager::make_partition(const TopicPartition& tp) {
  PartitionConfig config{
      .self = config_.self,
      .replica_lag_time_max = config_.replica_lag_time_max,
      .alive = [metadata = metadata_](BrokerId id) { return metadata->snapshot()->alive(id); },
      .alter_isr = config_.alter_isr};
  return std::make_shared<Partition>(tp, std::move(config));
}

// What we have under that name belongs to another topic. It is one that is gone if we have not
// heard of it since this controller was elected, or since we registered: then we were away when it
// was deleted, or when we were no longer its replica, and its log must not stand in the way.
ErrorCode ReplicaManager::clear_the_way(const ControlHeader& header, const TopicPartition& tp) {
  if (const PartitionPtr held = find(tp.topic, tp.partition)) {
    const Told now{header.controller_epoch, header.broker_epoch};
    const Told before = held->told();
    const bool outdated =
        before.controller_epoch < now.controller_epoch || before.broker_epoch < now.broker_epoch;
    if (!outdated) return ErrorCode::kInconsistentTopicId;
    await_no_more(held);
    remove(held);
  }
  const auto aside = logs_->set_aside(tp);
  return aside ? ErrorCode::kNone : aside.error();
}

ErrorCode ReplicaManager::apply_one(const ControlHeader& header,
                                    const LeaderAndIsrCommand::Item& item,
                                    LeaderAndIsrResult& result) {
  PartitionPtr partition = find(item.tp.topic, item.tp.partition);
  if (partition && partition->is_offline()) return ErrorCode::kKafkaStorageError;

  const auto held = partition ? partition->log() : nullptr;
  auto log = held ? held : logs_->find(item.tp);
  bool has_id = log && !log->topic_id().is_zero();
  if (has_id && !item.topic_id.is_zero() && log->topic_id() != item.topic_id) {
    const ErrorCode cleared = clear_the_way(header, item.tp);
    if (cleared != ErrorCode::kNone) return cleared;
    partition.reset();
    log.reset();
    has_id = false;
  }
  if (!partition) partition = make_partition(item.tp);
  partition->tell({header.controller_epoch, header.broker_epoch});
  const LeaderEpoch known = partition->leader_epoch();
  if (item.state.leader_epoch > known) return change_role(partition, item, result);
  // A controller upgraded to topic ids tells them without a new epoch.
  const bool brings_id = item.state.leader_epoch == known && log && !has_id;
  if (!brings_id || item.topic_id.is_zero()) return ErrorCode::kStaleControllerEpoch;
  const auto assigned = log->assign_topic_id(item.topic_id);
  if (!assigned) return assigned.error();
  // Its fetcher has to call the topic by that id from now on.
  if (partition->following()) result.followers.push_back(partition);
  return ErrorCode::kNone;
}

ErrorCode ReplicaManager::change_role(const PartitionPtr& partition,
                                      const LeaderAndIsrCommand::Item& item,
                                      LeaderAndIsrResult& result) {
  const auto& replicas = item.state.replicas;
  if (std::ranges::find(replicas, config_.self) == replicas.end()) {
    return ErrorCode::kUnknownTopicOrPartition;
  }
  await_no_more(partition);
  const ErrorCode error = ensure_log(partition, item);
  if (error == ErrorCode::kKafkaStorageError) partition->mark_offline();
  if (error == ErrorCode::kNone || error == ErrorCode::kKafkaStorageError) insert(partition);
  if (error != ErrorCode::kNone) return error;
  if (logs_->find_future(item.tp)) result.moving.push_back(partition);

  if (item.state.leader == config_.self) {
    const auto became = partition->make_leader(item.state, clock_->now());
    if (!became) {
      partition->mark_offline();
      return ErrorCode::kKafkaStorageError;
    }
    if (*became) result.leaders.push_back(partition);
    return ErrorCode::kNone;
  }
  if (!alive_or_awaited(partition, item.state)) return ErrorCode::kNone;
  const bool new_epoch = partition->make_follower(item.state);
  if (new_epoch && shall_follow(item.state)) result.followers.push_back(partition);
  return ErrorCode::kNone;
}

bool ReplicaManager::shall_follow(const LeaderAndIsr& state) const {
  return !leaving_ || std::ranges::find(state.isr, config_.self) != state.isr.end();
}

// A leader that is not alive as far as we know cannot be followed: the log is made, the role stays.
// Kafka's waits then for the next LeaderAndIsr; here the next UpdateMetadata will do.
bool ReplicaManager::alive_or_awaited(const PartitionPtr& partition, const LeaderAndIsr& state) {
  if (metadata_->snapshot()->alive(state.leader)) return true;
  if (state.leader == kNoBroker) return false;
  const std::lock_guard lock(awaited_mutex_);
  awaited_.insert_or_assign(partition, state);
  // Once more: the update may have come just before it was noted.
  if (!metadata_->snapshot()->alive(state.leader)) return false;
  awaited_.erase(partition);
  return true;
}

void ReplicaManager::await_no_more(const PartitionPtr& partition) {
  const std::lock_guard lock(awaited_mutex_);
  awaited_.erase(partition);
}

std::vector<PartitionPtr> ReplicaManager::follow_awaited() {
  std::vector<PartitionPtr> followers;
  const std::lock_guard lock(awaited_mutex_);
  if (awaited_.empty()) return followers;
  const MetadataPtr metadata = metadata_->snapshot();
  std::erase_if(awaited_, [&](const auto& item) {
    const auto& [partition, state] = item;
    if (!metadata->alive(state.leader)) return false;
    const bool new_epoch = partition->make_follower(state);
    partition->wake_all();
    if (new_epoch && shall_follow(state)) followers.push_back(partition);
    return true;
  });
  return followers;
}

ErrorCode ReplicaManager::ensure_log(const PartitionPtr& partition,
                                     const LeaderAndIsrCommand::Item& item) {
  std::shared_ptr<log::Log> log = partition->log();
  const bool held = log != nullptr;
  if (!log) log = logs_->find(item.tp);
  if (!log) {
    // It may lie in the directory that is offline: an empty one must not take its place.
    if (!item.state.is_new && !logs_->offline_directories().empty()) {
      return ErrorCode::kKafkaStorageError;
    }
    auto made = logs_->get_or_create(item.tp, item.topic_id, config_.topic_config(item.tp.topic));
    if (!made) return made.error();
    log = std::move(*made);
    // It may have changed since it was asked for; from now on whoever changes it finds the log.
    for (auto config = config_.topic_config(item.tp.topic); *config != *log->config();
         config = config_.topic_config(item.tp.topic)) {
      log->update_config(std::move(config));
    }
  }
  if (log->topic_id().is_zero() && !item.topic_id.is_zero()) {
    const auto assigned = log->assign_topic_id(item.topic_id);
    if (!assigned) return assigned.error();
  }
  if (held) return ErrorCode::kNone;
  const auto checkpointed = logs_->checkpointed_high_watermark(item.tp);
  partition->set_log(std::move(log), checkpointed.value_or(Offset{0}));
  return ErrorCode::kNone;
}

StopReplicaResult ReplicaManager::apply(const StopReplicaCommand& command) {
  const std::lock_guard lock(control_);
  StopReplicaResult result;
  result.error = accept(command.header);
  if (result.error != ErrorCode::kNone) return result;
  for (const auto& item : command.partitions) {
    const ErrorCode error = stop_one(item, result);
    result.partitions.push_back({item.tp, {}, error});
  }
  return result;
}

ErrorCode ReplicaManager::stop_one(const StopReplicaCommand::Item& item,
                                   StopReplicaResult& result) {
  const PartitionPtr partition = find(item.tp.topic, item.tp.partition);
  if (partition && partition->is_offline()) return ErrorCode::kKafkaStorageError;
  const bool unconditional =
      item.leader_epoch == kEpochDuringDelete || item.leader_epoch == kNoLeaderEpoch;
  if (partition && !unconditional && item.leader_epoch < partition->leader_epoch()) {
    return ErrorCode::kFencedLeaderEpoch;
  }
  result.stopped.push_back(item.tp);
  if (partition) await_no_more(partition);
  if (!item.remove) return ErrorCode::kNone;
  if (partition) remove(partition);
  // Also a directory that no partition holds: this broker may have missed the deletion while it was
  // down.
  if (!logs_->find(item.tp)) return ErrorCode::kNone;
  const auto removed = logs_->async_delete(item.tp);
  return removed ? ErrorCode::kNone : removed.error();
}

void ReplicaManager::remove(const PartitionPtr& partition) {
  const TopicPartition& tp = partition->topic_partition();
  {
    const std::unique_lock lock(mutex_);
    partitions_.erase(Key{tp.topic, tp.partition});
  }
  partition->mark_deleted();
}

UpdateMetadataResult ReplicaManager::update_metadata(const UpdateMetadataCommand& command) {
  UpdateMetadataResult result;
  result.error = accept(command.header);
  if (result.error != ErrorCode::kNone) return result;
  result.removed = metadata_->update(command.update);
  result.followers = follow_awaited();
  return result;
}

}  // namespace barnabas::broker::replica
