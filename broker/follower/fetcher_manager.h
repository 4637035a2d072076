// Which fetcher copies which partition: num.replica.fetchers for each leader broker, and beside
// each of them, while there are laggards, one that catches up.
//
// Owns        the fetchers and the gate they run in; the list of failed partitions.
// Does not    change a partition's role: it reads from the Partition whom to follow.
// Threading   every method from any thread; shutdown() once. Its lock comes before the fetchers'.
//             What catches up has an executor of its own, where a slow disk delays nobody.
// Invariants  a partition is in at most one fetcher; a fetcher with nothing to fetch is ended when
//             the call that emptied it returns (that of those in sync when both are empty).
//             Whoever lags is in the lane that catches up; whoever is in sync leaves it as soon as
//             the other one can fetch it at once.
// Kafka       server/ReplicaFetcherManager, AbstractFetcherManager. Differs: there, laggards share
//             the rounds of those in sync.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "broker/follower/failed_partitions.h"
#include "broker/follower/replica_fetcher.h"
#include "broker/replica/metadata_cache.h"
#include "env/spawn.h"

namespace barnabas::broker::follower {

// Kafka's abs(31 * topic.hashCode + partition) % fetchers, so that a topic's partitions spread.
int fetcher_of(const TopicPartition& tp, int fetchers);

struct FetcherManagerConfig {
  FetcherConfig fetcher;
  int fetchers_per_broker = 1;  // num.replica.fetchers
  std::string listener;         // inter.broker.listener.name
};

class FetcherManager {
 public:
  FetcherManager(FetcherManagerConfig config, replica::MetadataCache* metadata,
                 env::Network* network, env::Clock* clock, env::Disk* disk,
                 std::vector<env::Executor> loops, env::Executor catch_up);
  ~FetcherManager();
  FetcherManager(const FetcherManager&) = delete;
  FetcherManager& operator=(const FetcherManager&) = delete;

  // These follow another leader or epoch now (LeaderAndIsr). One that leads by now is not followed.
  void follow(std::span<const PartitionPtr> partitions);
  // num.replica.fetchers is another one: these, all that there are, are spread anew.
  void resize(int fetchers_per_broker, std::span<const PartitionPtr> partitions);
  // These are not followed any more: leading, stopped, deleted or offline.
  void stop(std::span<const TopicPartition> partitions);
  env::Task<void> shutdown();

  std::size_t fetchers() const;  // not counting those that catch up
  std::int64_t max_lag() const;  // records behind the leader's high watermark
  std::size_t failed_partitions() const { return failed_.size(); }

 private:
  struct Id {
    BrokerId leader;
    int index = 0;
    auto operator<=>(const Id&) const = default;
  };
  using FetcherPtr = std::shared_ptr<ReplicaFetcher>;
  struct Lanes {
    FetcherPtr in_sync;
    FetcherPtr catch_up;  // null: nobody lags
  };

  void follow_anew(std::span<const PartitionPtr> partitions);
  void remove(std::span<const TopicPartition> partitions);
  void follow_one(const PartitionPtr& partition);
  Lanes& lanes(Id id, const env::Address& address);
  ReplicaFetcher& catch_up(Id id, Lanes& lanes);
  FetcherPtr start(FetchSource source, const env::Executor& executor);
  void change_lanes(Id id);
  static void stop(Lanes& lanes);
  static void end_if_idle(FetcherPtr& fetcher);
  void end_idle();

  const FetcherManagerConfig config_;
  replica::MetadataCache* const metadata_;
  env::Network* const network_;
  env::Clock* const clock_;
  env::Disk* const disk_;
  const std::vector<env::Executor> loops_;
  const env::Executor catch_up_;
  FailedPartitions failed_;
  env::Gate gate_;
  mutable std::mutex mutex_;
  bool shut_down_ = false;
  int fetchers_per_broker_;
  std::map<Id, Lanes> fetchers_;
};

}  // namespace barnabas::broker::follower
