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
                               std::vector<env::Executor> loops, env::Executor catch_up)
    : config_(std::move(config)),
      metadata_(metadata),
      network_(network),
      clock_(clock),
      disk_(disk),
      loops_(std::move(loops)),
      catch_up_(std::move(catch_up)),
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
  for (const auto& [id, lanes] : fetchers_) {
    lanes.in_sync->unfollow(partitions);
    if (lanes.catch_up) lanes.catch_up->unfollow(partitions);
  }
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
  Lanes& whose = lanes(id, address);
  // Producers may wait for it: it does not wait for the end of a long poll that is about others.
  ReplicaFetcher& first = whose.in_sync->busy() ? catch_up(id, whose) : *whose.in_sync;
  first.follow(partition, *following);
}

// A broker that came back at another address needs a new connection: a new fetcher.
FetcherManager::Lanes& FetcherManager::lanes(Id id, const env::Address& address) {
  Lanes& found = fetchers_[id];
  if (found.in_sync && found.in_sync->source().address == address) return found;
  if (found.in_sync) stop(found);
  const auto loop = static_cast<std::size_t>(id.leader.value + id.index) % loops_.size();
  found.in_sync = start({id.leader, id.index, Lane::kInSync, address}, loops_[loop]);
  return found;
}

ReplicaFetcher& FetcherManager::catch_up(Id id, Lanes& lanes) {
  if (!lanes.catch_up) {
    const env::Address& address = lanes.in_sync->source().address;
    lanes.catch_up = start({id.leader, id.index, Lane::kCatchUp, address}, catch_up_);
  }
  return *lanes.catch_up;
}

FetcherManager::FetcherPtr FetcherManager::start(FetchSource source,
                                                 const env::Executor& executor) {
  const Id id{source.leader, source.index};
  auto change = [this, id] { change_lanes(id); };
  FetcherPorts ports{network_, clock_, disk_, &gate_, &failed_, std::move(change)};
  auto made = std::make_shared<ReplicaFetcher>(config_.fetcher, std::move(ports), std::move(source),
                                               executor);
  made->start();
  return made;
}

// Called by both fetchers between their rounds. Whoever has caught up goes on in the lane it is in
// until the other fetcher is about to ask: the leader counts on it from now on, and a long poll
// under way there knows nothing of it.
void FetcherManager::change_lanes(Id id) {
  const std::lock_guard lock(mutex_);
  const auto found = fetchers_.find(id);
  if (found == fetchers_.end()) return;
  Lanes& lanes = found->second;
  auto behind = lanes.in_sync->give_away();
  if (!behind.empty()) catch_up(id, lanes).take(std::move(behind));
  if (!lanes.catch_up || lanes.in_sync->busy()) return;
  lanes.in_sync->take(lanes.catch_up->give_away());
  end_if_idle(lanes.catch_up);
}

void FetcherManager::stop(Lanes& lanes) {
  lanes.in_sync->stop();
  if (lanes.catch_up) std::exchange(lanes.catch_up, nullptr)->stop();
}

void FetcherManager::end_if_idle(FetcherPtr& fetcher) {
  if (fetcher && fetcher->idle()) std::exchange(fetcher, nullptr)->stop();
}

void FetcherManager::end_idle() {
  for (auto& [id, lanes] : fetchers_) {
    end_if_idle(lanes.catch_up);
    if (!lanes.catch_up) end_if_idle(lanes.in_sync);
  }
  std::erase_if(fetchers_, [](const auto& item) { return !item.second.in_sync; });
}

env::Task<void> FetcherManager::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    shut_down_ = true;
    for (auto& [id, lanes] : fetchers_) stop(lanes);
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
  for (const auto& [id, lanes] : fetchers_) {
    most = std::max(most, lanes.in_sync->max_lag());
    if (lanes.catch_up) most = std::max(most, lanes.catch_up->max_lag());
  }
  return most;
}

}  // namespace barnabas::broker::follower
