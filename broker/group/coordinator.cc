#include "broker/group/coordinator.h"

#include "env/run_on.h"

namespace barnabas::broker::group {
namespace {

env::Task<void> holding(ShardPtr, env::Task<void> task) { co_await std::move(task); }

}  // namespace

Coordinator::Coordinator(ShardConfig config, replica::ReplicaManager* replicas,
                         replica::MetadataCache* metadata, env::Clock* clock, env::Disk* disk,
                         std::vector<env::Executor> loops)
    : config_(std::move(config)),
      replicas_(replicas),
      metadata_(metadata),
      clock_(clock),
      disk_(disk),
      loops_(std::move(loops)) {}

Result<ShardPtr> Coordinator::find(const std::string& group, GroupIds ids) const {
  if (group.empty() && ids == GroupIds::kNamed) return std::unexpected(ErrorCode::kInvalidGroupId);
  const auto topic = metadata_->snapshot()->topic(kOffsetsTopic);
  const std::lock_guard lock(mutex_);
  if (!active_) return std::unexpected(ErrorCode::kCoordinatorNotAvailable);
  if (!topic) return std::unexpected(ErrorCode::kNotCoordinator);
  const auto slot = slots_.find(partition_of(group, static_cast<std::int32_t>(topic->size())));
  if (slot == slots_.end() || !slot->second.shard) {
    return std::unexpected(ErrorCode::kNotCoordinator);
  }
  return slot->second.shard;
}

std::vector<ShardPtr> Coordinator::shards() const {
  const std::lock_guard lock(mutex_);
  std::vector<ShardPtr> list;
  for (const auto& [partition, slot] : slots_) {
    if (slot.shard) list.push_back(slot.shard);
  }
  return list;
}

bool Coordinator::is_active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

void Coordinator::lead(const std::vector<replica::PartitionPtr>& leaders) {
  for (const auto& partition : leaders) {
    const auto& [topic, index] = partition->topic_partition();
    if (topic != kOffsetsTopic) continue;
    // It may have been stopped or lost by now.
    const bool still_leads = replicas_->find(topic, index) == partition && partition->is_leader();
    if (still_leads) lead_one(partition);
  }
}

void Coordinator::follow(const std::vector<replica::PartitionPtr>& followers) {
  for (const auto& partition : followers) {
    const auto& tp = partition->topic_partition();
    // It may lead again by now.
    if (partition->is_leader()) continue;
    if (tp.topic == kOffsetsTopic) follow_one(tp.partition, partition->leader_epoch());
  }
}

void Coordinator::resign(const std::vector<TopicPartition>& stopped) {
  for (const auto& tp : stopped) {
    if (tp.topic == kOffsetsTopic) drop(tp.partition);
  }
}

// A topic of that name that is made anew begins with the first epoch again.
void Coordinator::drop(PartitionIndex partition) {
  const std::lock_guard lock(mutex_);
  auto slot = slots_.extract(partition);
  if (slot && slot.mapped().shard) retire(slot.mapped().shard);
}

void Coordinator::lead_one(const replica::PartitionPtr& partition) {
  const auto index = partition->topic_partition().partition;
  const auto epoch = partition->leader_epoch();
  const std::lock_guard lock(mutex_);
  auto& slot = slots_[index];
  if (!active_ || epoch <= slot.epoch) return;
  if (slot.shard) retire(slot.shard);
  slot.epoch = epoch;
  const auto& loop = loops_[static_cast<std::size_t>(index.value) % loops_.size()];
  slot.shard = std::make_shared<Shard>(config_, ShardPorts{replicas_, clock_, disk_, &gate_},
                                       partition, epoch, loop);
  gate_.spawn(loop, holding(slot.shard, slot.shard->load()));
}

void Coordinator::follow_one(PartitionIndex partition, LeaderEpoch epoch) {
  const std::lock_guard lock(mutex_);
  auto& slot = slots_[partition];
  if (epoch < slot.epoch) return;
  slot.epoch = epoch;
  if (slot.shard) retire(std::exchange(slot.shard, nullptr));
}

void Coordinator::heed_metadata() {
  const auto topic = metadata_->snapshot()->topic(kOffsetsTopic);
  if (!topic) return;
  const std::lock_guard lock(mutex_);
  for (auto& [index, slot] : slots_) {
    const auto known = topic->find(index);
    if (slot.shard && known && is_led_elsewhere(*known)) {
      retire(std::exchange(slot.shard, nullptr));
    }
  }
}

bool Coordinator::is_led_elsewhere(const replica::PartitionView& known) const {
  const auto here = replicas_->find(kOffsetsTopic, known.index);
  return here && known.leader != kNoBroker && known.leader != here->leader() &&
         known.leader_epoch > here->leader_epoch();
}

void Coordinator::retire(const ShardPtr& shard) {
  shard->close();
  gate_.spawn(shard->executor(), holding(shard, shard->retire()));
}

void Coordinator::forget(const std::vector<TopicPartition>& removed) {
  if (removed.empty()) return;
  for (const auto& shard : shards()) {
    gate_.spawn(shard->executor(), holding(shard, shard->forget(removed)));
  }
}

env::Task<void> Coordinator::shutdown() {
  const auto list = shards();
  {
    const std::lock_guard lock(mutex_);
    active_ = false;
    for (auto& [partition, slot] : slots_) slot.shard.reset();
  }
  for (const auto& shard : list) {
    shard->close();
    auto retiring = shard->retire();
    co_await env::run_on(shard->executor(), std::move(retiring));
  }
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker::group
