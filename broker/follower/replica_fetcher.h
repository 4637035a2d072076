// Copies from one leader broker what it leads and we follow: one request at a time, for ever. There
// are two for the same partitions, a Lane each: what lags has a connection and rounds of its own.
//
// Owns        the partitions given to it, its fetch session, its connection to the leader.
// Does not    decide whom to follow or in which lane (FetcherManager, which it gives an opportunity
//             between rounds), or what an answer means (FetchState).
// Threading   public methods: any thread. The rest is one coroutine on one loop. Records go from
//             the received frame to the file by the Partition, on that loop, as a Produce does;
//             truncation and WriteBehind run on env::Disk.
// Invariants  one partition's failure never stops the others; nothing is written after stop() and
//             the gate's wait().
// Kafka       server/ReplicaFetcherThread (3.9, ZooKeeper path). Differs: a coroutine, no thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "broker/follower/followed_partitions.h"
#include "broker/follower/leader_endpoint.h"
#include "broker/follower/leader_session.h"
#include "broker/follower/write_behind.h"
#include "broker/quota/replication_quota.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/network.h"
#include "env/spawn.h"

namespace barnabas::broker::follower {

struct FetcherConfig {
  BrokerId self;
  controller::Ibp ibp;
  env::Duration back_off = std::chrono::seconds(1);         // replica.fetch.backoff.ms
  env::Duration socket_timeout = std::chrono::seconds(30);  // replica.socket.timeout.ms
  Millis max_wait{500};                                     // replica.fetch.wait.max.ms
  std::int32_t min_bytes = 1;                               // replica.fetch.min.bytes
  std::int32_t partition_max_bytes = 1 << 20;               // replica.fetch.max.bytes
  std::int32_t max_bytes = 10 << 20;                        // replica.fetch.response.max.bytes
  std::function<BrokerEpoch()> broker_epoch;                // of our present registration
  quota::ReplicationQuota* quota = nullptr;                 // of what is throttled; null: no limit
};

struct FetcherPorts {
  env::Network* network;
  env::Clock* clock;
  env::Disk* disk;
  env::Gate* gate;
  FailedPartitions* failed;
  std::function<void()> between_rounds;  // nothing is in hand then
};

// Which of a leader's fetchers it is, and where that leader listens.
struct FetchSource {
  BrokerId leader;
  int index = 0;
  Lane lane = Lane::kInSync;
  env::Address address;
};

class ReplicaFetcher : public std::enable_shared_from_this<ReplicaFetcher> {
 public:
  ReplicaFetcher(FetcherConfig config, FetcherPorts ports, FetchSource source,
                 env::Executor executor);

  void start();
  const FetchSource& source() const { return source_; }
  void follow(PartitionPtr partition, const replica::Following& following);
  void unfollow(std::span<const TopicPartition> partitions) { partitions_.unfollow(partitions); }
  bool idle() const { return partitions_.empty(); }
  bool busy() const { return partitions_.busy(); }
  std::vector<FollowedPartitions::Entry> give_away() { return partitions_.give_away(); }
  void take(std::vector<FollowedPartitions::Entry> entries) {
    partitions_.take(std::move(entries));
  }
  std::int64_t max_lag() const { return partitions_.max_lag(); }
  // Ends the coroutine soon: the request under way is dropped.
  void stop();

 private:
  using Fetched = LeaderEndpoint::Fetched;
  using PartitionData = protocol::FetchResponse::PartitionData;
  // A log that must be changed before its partition can be fetched again.
  struct Repair {
    Claim claim;
    Verdict what;
  };
  // A cut decided upon, and what became of it.
  struct Truncation {
    Claim claim;
    Cut cut;
    Result<FollowedLog> done = std::unexpected(ErrorCode::kUnknownServerError);
  };

  env::Task<void> run(std::shared_ptr<ReplicaFetcher> self);
  env::Task<void> close(std::shared_ptr<ReplicaFetcher> self);
  void hold_back();
  env::Task<void> rest();
  env::Task<void> take_turn(bool has_newcomers);
  env::Task<void> give_way(env::Duration round);
  env::Task<void> fetch_once(bool has_newcomers);
  protocol::FetchRequest next_request(bool by_id, bool has_newcomers);
  Millis longest_poll() const;
  void leader_unreachable(const std::string& why);

  // --- what an answer means (replica_fetcher_answers.cc)
  env::Task<void> take_over(Fetched answer);
  std::optional<Repair> take_over(const TopicPartition& tp, const PartitionData& data);
  void append(const Claim& claim, const PartitionData& data);
  void obey(const Claim& claim, const Verdict& verdict, ErrorCode why);
  void wait_for_leader(const Claim& claim, ErrorCode why);
  env::Task<void> repair(Repair repair);
  env::Task<void> find_range(Claim claim);
  env::Task<void> truncate_waiting(std::vector<Claim> claims);
  env::Task<std::vector<Truncation>> ask_where_to_cut(std::vector<Claim> claims);
  env::Task<void> truncate(std::vector<Truncation> cuts);

  const FetcherConfig config_;
  const FetcherPorts ports_;
  const FetchSource source_;
  const std::string name_;  // for the log: "[ReplicaFetcher replicaId=1, leaderId=2, fetcherId=0]"
  const env::Executor executor_;
  std::atomic<bool> stopped_ = false;
  FollowedPartitions partitions_;
  LeaderSession session_;
  WriteBehind write_behind_;  // of what catches up
  std::unique_ptr<LeaderEndpoint> endpoint_;
  bool unreachable_ = false;  // said so in the log
};

}  // namespace barnabas::broker::follower
