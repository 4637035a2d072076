// Broker 1 is us; broker 2 leads at "leader:9092". Topic "t" has id 1; records are epochs.
#pragma once

#include <gmock/gmock.h>

#include "broker/follower/fetcher_manager.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/follower/fake_leader.h"
#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::follower::testing {

using namespace std::chrono_literals;
using replica::testing::id_of;
using replica::testing::InstantDisk;
using replica::testing::MemoryLog;

class FetcherTest : public ::testing::Test {
 protected:
  static constexpr BrokerId kSelf{1}, kLeader{2}, kOther{3};

  struct Replica {
    std::shared_ptr<MemoryLog> log;
    PartitionPtr partition;
    std::int64_t end() const { return log->log_end_offset().value; }
    std::int64_t high_watermark() const { return partition->high_watermark().value; }
  };

  static TopicPartition tp(int n) { return {"t", PartitionIndex{n}}; }
  static replica::LeaderAndIsr role(BrokerId leader, int epoch) {
    replica::LeaderAndIsr state;
    state.leader = leader;
    state.leader_epoch = LeaderEpoch{epoch};
    state.partition_epoch = PartitionEpoch{epoch};
    state.isr = {leader};
    state.replicas = {kSelf, kLeader, kOther};
    return state;
  }

  void SetUp() override { live({{2, "leader", 9092}, {3, "other", 9092}}); }
  // Whatever a test did, the fetchers end when told to.
  void TearDown() override { loop.run(manager->shutdown()); }

  struct Host {
    int id;
    std::string name;
    int port;
  };
  void live(std::vector<Host> hosts) {
    replica::MetadataUpdate update;
    for (const Host& host : hosts) {
      update.live_brokers.push_back(
          {BrokerId{host.id}, {{"PLAINTEXT", host.name, host.port, 0}}, {}});
    }
    metadata.update(update);
  }

  // Our replica of t-n, and the leader's, which is in `epoch`.
  Replica& make(int n, int epoch = 1) {
    Replica& made = replicas[n];
    made.log = std::make_shared<MemoryLog>(tp(n), id_of(1));
    replica::PartitionConfig config{.self = kSelf, .alive = [](BrokerId) { return true; }};
    made.partition = std::make_shared<replica::Partition>(tp(n), std::move(config));
    made.partition->set_log(made.log, Offset{0});
    leader(n).topic_id = id_of(1);
    leader(n).leader_epoch = epoch;
    return made;
  }
  LedPartition& leader(int n) { return network.partition(tp(n)); }
  // LeaderAndIsr arrives: we follow in `epoch`.
  void follow(int n, int epoch = 1, BrokerId whom = kLeader) {
    replicas.at(n).partition->make_follower(role(whom, epoch));
    const std::vector<PartitionPtr> one{replicas.at(n).partition};
    manager->follow(one);
  }
  void stop(int n) {
    const std::vector<TopicPartition> one{tp(n)};
    manager->stop(one);
  }
  void pass(env::Duration time) {
    network.wake();
    loop.pass(time);
  }
  void settle() { pass(10ms); }

  void use(FetcherManagerConfig wanted) {
    manager = std::make_unique<FetcherManager>(std::move(wanted), &metadata, &network, clock, &disk,
                                               std::vector<env::Executor>{loop.executor()},
                                               loop.executor());
  }
  FetcherManagerConfig defaults() {
    FetcherManagerConfig made;
    made.listener = "PLAINTEXT";
    made.fetcher.self = kSelf;
    made.fetcher.ibp = controller::kLatestIbp;
    made.fetcher.broker_epoch = [this] { return broker_epoch; };
    made.fetcher.quota = &quota;
    return made;
  }

  BrokerEpoch broker_epoch{100};
  barnabas::testing::VirtualLoop loop;
  env::Clock* clock = &loop.clock;  // the fetchers'
  FakeLeader network{&loop.clock};
  quota::ReplicationQuota quota{quota::RateWindow{}, &loop.clock};
  InstantDisk disk;
  replica::MetadataCache metadata;
  std::map<int, Replica> replicas;
  std::unique_ptr<FetcherManager> manager;

  FetcherTest() { use(defaults()); }
};

}  // namespace barnabas::broker::follower::testing
