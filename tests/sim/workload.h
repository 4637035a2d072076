// What producers and consumers do while a cluster suffers, and the last look at every log.
//
// Owns        the coroutines' state; they run on the cluster's client node and end by themselves.
// Does not    judge: it tells the RecordChecker what was sent, acknowledged, refused and read.
// Threading   the simulator's one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.h"
#include "tests/sim/client.h"
#include "tests/sim/crew.h"
#include "tests/sim/record_checker.h"

namespace barnabas::simtest {

struct WorkloadOptions {
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
  Workload(Cluster* cluster, Crew* crew, const Topics* topics, RecordChecker* checker,
           WorkloadOptions options, Client::Report report);

  void start();
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
    std::map<TopicIdPartition, std::int32_t> next_sequence;
  };
  struct Attempt {
    std::string error;  // of the network; else `code` counts
    ErrorCode code{};
    std::int64_t base_offset = -1;
    RecordChecker::Window window;
    bool is_answered() const { return error.empty(); }
  };

  Client make_client(std::string name);

  env::Task<void> produce_all(int number);
  env::Task<void> produce_one(Client* client, Producer* producer, TopicIdPartition of);
  env::Task<void> deliver(Client* client, Producer* producer, TopicIdPartition of,
                          std::vector<std::byte> batch);
  env::Task<Attempt> attempt(Client* client, int leader, Producer* producer, TopicIdPartition of,
                             BatchNumber number, std::vector<std::byte> batch);
  env::Task<void> init_producer(Client* client, Producer* producer);
  std::vector<std::byte> make_batch(Client* client, const Producer& producer,
                                    const TopicIdPartition& of);
  bool settle(const Attempt& attempt, Producer* producer, const TopicIdPartition& of,
              BatchNumber number, bool was_lost);

  env::Task<void> read_some();
  env::Task<void> read_one(Client* client, TopicIdPartition of);
  env::Task<void> verify_partition(TopicIdPartition of);
  env::Task<std::string> try_to_verify(Client* client, TopicIdPartition of);
  bool may_forget(const Producer& producer, const TopicIdPartition& of,
                  const Attempt& attempt) const;
  env::Task<std::optional<std::vector<std::byte>>> read_to_end(Client* client, int leader,
                                                               TopicIdPartition of,
                                                               RecordChecker::Range range);

  std::optional<TopicIdPartition> any_partition(Client* client);
  int generation(const TopicIdPartition& of) const;

  Cluster* cluster_;
  Crew* crew_;
  const Topics* topics_;
  RecordChecker* checker_;
  WorkloadOptions options_;
  Client::Report report_;
  std::map<TopicIdPartition, std::int64_t> positions_;
  int values_ = 0;
  int acknowledged_ = 0;
};

}  // namespace barnabas::simtest
