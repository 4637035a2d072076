#include "broker/follower/fetcher_manager.h"

#include <algorithm>
#include <limits>

#include "broker/follower/loggers.h"
#include "env/log.h"

namespace barnabas::broker::follower {

int fetcher_of(const TopicPartition& tp, int fetchers) {
  std::uint32_t hash = 0;  // Java's String.hashCode; topic names are ASCII
  for (const char c : tp.topic) hash = hash * 31 + static_cast<unsigned char>(c);
  hash = hash * 31 + static_cast<std::uint32_t>(tp.partition.value);
  const auto number = static_cast<std::int32_t>(hash);
  if (number == std::numeric_limits<std::int32_t>::min()) return 0;
  return std::abs(number) % fetchers;
}

FetcherManager::FetcherManager(FetcherManagerConfig config, replica::MetadataCache* metadata,
                               env::Network* network, env::Clock* clock, env::Disk* disk,
                               std::vector<env::Executor> loops)
    : config_(std::move(config)),
      metadata_(metadata),
      network_(network),
      clock_(clock),
      disk_(disk),
      loops_(std::move(loops)),
      fetchers_per_broker_(config_.fetchers_per_broker) {}

FetcherManager::~FetcherManager() = default;

void FetcherManager::follow(std::span<const PartitionPtr> partitions) {
  const std::lock_guard lock(mutex_);
  if (!shut_down_) follow_anew(partitions);
}

void FetcherManager::resize(int fetchers_per_broker, std::span<const PartitionPtr> partitions) {
  const std::lock_guard lock(mutex_);
  if (shut_down_ || fetchers_per_broker == fetchers_per_broker_) return;
  fetchers_per_broker_ = fetchers_per_broker;
  follow_anew(partitions);
}

void FetcherManager::follow_anew(std::span<const PartitionPtr> partitions) {
  std::vector<TopicPartition> names;
  for (const PartitionPtr& partition : partitions) names.push_back(partition->topic_partition());
  remove(names);
  // Whoever had nothing else to fetch may wait for an answer of a leader that has lost its
  // power and is back: replica.socket.timeout.ms is too long to find that out.
  end_idle();
  // The role is read under our lock: of two LeaderAndIsr that cross, the later one is seen.
  for (const PartitionPtr& partition : partitions) follow_one(partition);
}

void FetcherManager::stop(std::span<const TopicPartition> partitions) {
  const std::lock_guard lock(mutex_);
  remove(partitions);
  end_idle();
}

void FetcherManager::remove(std::span<const TopicPartition> partitions) {
  for (const TopicPartition& tp : partitions) failed_.remove(tp);
  for (const auto& [id, fetcher] : fetchers_) fetcher->unfollow(partitions);
}

void FetcherManager::follow_one(const PartitionPtr& partition) {
  const auto following = partition->following();
  if (!following) return;
  const TopicPartition& tp = partition->topic_partition();
  const auto snapshot = metadata_->snapshot();
  const auto* broker = snapshot->broker(following->leader);
  const auto* endpoint = broker ? broker->endpoint(config_.listener) : nullptr;
  if (!endpoint) {
    env::log_error(kFetcherLog, "{} cannot be fetched: leader {} has no live listener {}",
                   to_string(tp), following->leader.value, config_.listener);
    failed_.add(tp);
    return;
  }
  const env::Address address{endpoint->host, static_cast<std::uint16_t>(endpoint->port)};
  const Id id{following->leader, fetcher_of(tp, fetchers_per_broker_)};
  fetcher(id, address)->follow(partition, *following);
}

// A broker that came back at another address needs a new connection: a new fetcher.
FetcherManager::FetcherPtr FetcherManager::fetcher(Id id, const env::Address& address) {
  FetcherPtr& slot = fetchers_[id];
  if (slot && slot->address() == address) return slot;
  if (slot) slot->stop();
  const auto loop = static_cast<std::size_t>(id.leader.value + id.index) % loops_.size();
  const FetcherPorts ports{network_, clock_, disk_, &gate_, &failed_};
  slot = std::make_shared<ReplicaFetcher>(config_.fetcher, ports,
                                          FetchSource{id.leader, id.index, address}, loops_[loop]);
  slot->start();
  return slot;
}

void FetcherManager::end_idle() {
  std::erase_if(fetchers_, [](const auto& item) {
    const bool idle = item.second->idle();
    if (idle) item.second->stop();
    return idle;
  });
}

env::Task<void> FetcherManager::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    shut_down_ = true;
    for (const auto& [id, fetcher] : fetchers_) fetcher->stop();
    fetchers_.clear();
  }
  gate_.close();
  co_await gate_.wait();
}

std::size_t FetcherManager::fetchers() const {
  const std::lock_guard lock(mutex_);
  return fetchers_.size();
}

std::int64_t FetcherManager::max_lag() const {
  const std::lock_guard lock(mutex_);
  std::int64_t most = 0;
  for (const auto& [id, fetcher] : fetchers_) most = std::max(most, fetcher->max_lag());
  return most;
}

}  // namespace barnabas::broker::follower
