// What clients do while a cluster suffers: topics come and go, batches are produced and read.
//
// Owns        the coroutines' state; they run on the cluster's client node and end by themselves.
// Does not    judge: it tells the RecordChecker what was sent, acknowledged, refused and read.
// Threading   the simulator's one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "env/sim/prng.h"
#include "protocol/error_code.h"
#include "protocol/messages/create_topics.h"
#include "tests/sim/client.h"
#include "tests/sim/record_checker.h"

namespace barnabas::simtest {

struct WorkloadOptions {
  int topics = 3;
  int deleted_topics = 1;  // of those
  int producers = 3;
  int batches = 25;  // of each producer
  int reads = 40;
  int slower = 1;        // pauses are so many times as long
  bool durable = false;  // every append is flushed before it is acknowledged
  // Three replicas, min.insync.replicas=2: what acks=all acknowledges is never lost, what acks=1
  // does is no promise.
  bool replicated = false;
};

class Workload {
 public:
  Workload(Cluster* cluster, RecordChecker* checker, WorkloadOptions options,
           Client::Report report);

  void start();
  bool is_done() const { return running_.empty(); }
  const std::set<std::string>& running() const { return running_; }  // for a failing run's message
  const std::set<std::string>& deleted() const { return deleted_; }
  const std::vector<TopicPartition>& partitions() const { return partitions_; }
  int acknowledged() const { return acknowledged_; }

  // Reads and checks every partition from start to end, and produces one more batch to each.
  void verify();

 private:
  struct Producer {
    std::string name;
    std::int16_t acks = 1;
    bool idempotent = false;
    ProducerId id = kNoProducerId;
    ProducerEpoch epoch{0};
    std::map<TopicPartition, std::int32_t> next_sequence;
  };
  struct Attempt {
    std::string error;  // of the network; else `code` counts
    ErrorCode code{};
    std::int64_t base_offset = -1;
    RecordChecker::Window window;
    bool is_answered() const { return error.empty(); }
  };

  void spawn(std::string name, env::Task<void> task);
  env::Task<void> run(std::string name, env::Task<void> task);
  env::Task<void> pause(int longest_ms);
  Client make_client(std::string name);

  env::Task<void> administer();
  env::Task<void> create_followed(Client* client);
  void place_replicas(protocol::CreateTopicsRequest::CreatableTopic* topic);
  void place_replicated(protocol::CreateTopicsRequest::CreatableTopic* topic);
  env::Task<void> create(Client* client, std::string topic);
  env::Task<void> remove(Client* client, std::string topic);
  env::Task<std::optional<int>> find_controller(Client* client);
  env::Task<std::optional<int>> find_leader(Client* client, TopicPartition tp);
  protocol::CreateTopicsRequest create_request(const std::string& topic);

  env::Task<void> produce_all(int number);
  env::Task<void> produce_one(Client* client, Producer* producer, TopicPartition tp);
  env::Task<void> deliver(Client* client, Producer* producer, TopicPartition tp,
                          std::vector<std::byte> batch);
  env::Task<Attempt> attempt(Client* client, int leader, Producer* producer, TopicPartition tp,
                             std::vector<std::byte> batch);
  env::Task<void> init_producer(Client* client, Producer* producer);
  std::vector<std::byte> make_batch(const Producer& producer, const TopicPartition& tp);
  bool settle(const Attempt& attempt, Producer* producer, const TopicPartition& tp,
              BatchNumber number, bool was_lost);

  env::Task<void> read_some();
  env::Task<void> read_one(Client* client, TopicPartition tp);
  env::Task<void> verify_partition(TopicPartition tp);
  env::Task<std::string> try_to_verify(Client* client, TopicPartition tp);
  bool may_forget(const Producer& producer, const Attempt& attempt) const;
  env::Task<std::optional<std::vector<std::byte>>> read_to_end(Client* client, int leader,
                                                               TopicPartition tp, std::int64_t end);
  env::Task<std::optional<std::int64_t>> end_offset(Client* client, int leader, TopicPartition tp);

  std::optional<TopicPartition> any_partition();
  int generation(const TopicPartition& tp) const;
  bool is_gone(const TopicPartition& tp) const { return deleted_.contains(tp.topic); }

  Cluster* cluster_;
  RecordChecker* checker_;
  WorkloadOptions options_;
  Client::Report report_;
  env::sim::Prng random_;
  std::vector<TopicPartition> partitions_;  // of topics that exist
  std::map<TopicPartition, int> homes_;     // its first replica
  std::map<TopicPartition, std::int64_t> positions_;
  std::set<std::string> deleted_;
  std::set<std::string> running_;
  int values_ = 0;
  int acknowledged_ = 0;
};

}  // namespace barnabas::simtest
