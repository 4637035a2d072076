// Brokers and a ZooKeeper in one simulated world, with the means to hurt them.
//
// Owns        the world; one node for ZooKeeper, one for each running broker, one for the clients.
// Does not    decide what happens when (nemesis.h), or judge it (checkers).
// Threading   the simulator's one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "env/sim/world.h"
#include "zk/model/connector.h"

namespace barnabas::simtest {

enum class BrokerState { kDown, kStarting, kUp, kStopping };

struct ClusterOptions {
  int brokers = 2;
  int directories = 1;       // of each broker, each on a disk of its own
  std::string extra_config;  // more lines of server.properties
};

class Cluster {
 public:
  static constexpr std::uint16_t kPort = 9092;
  static constexpr zk::model::Faults kHealthyZookeeper{.min_delay = std::chrono::microseconds(100),
                                                       .max_delay = std::chrono::milliseconds(2)};

  Cluster(std::uint64_t seed, ClusterOptions options);
  ~Cluster();

  env::sim::World& world() { return world_; }
  env::sim::Node& client() { return client_; }
  zk::model::ModelServer& zookeeper() { return *zookeeper_; }
  const std::vector<int>& ids() const { return ids_; }
  static std::string host(int id);

  void start(int id);  // on the disk it had before
  void crash(int id, env::sim::Crash how);
  void stop(int id);  // cleanly; it is down some time later
  // SIGSTOP: its session is not kept alive either. Resumed, it may be a zombie for a while.
  void pause(int id);
  void resume(int id);
  void expire_session(int id);  // nothing if it has none
  void cut_session(int id, env::Duration time);
  // Writes to one of its disks fail until heal_disks(); a process that met that must start again.
  void break_disk(int id, int directory);
  void heal_disks();
  void quicken_disks(int id);  // after Node::disk().set_delay
  bool met_broken_disk(int id) const { return members_.at(id).met_broken_disk; }
  std::vector<env::sim::Volume*> disks(int id);
  BrokerState state(int id) const { return members_.at(id).state; }
  // Power losses of the broker so far: each may have taken what was not synced. (A disk that has
  // failed a sync may show for a while what it will not keep: then flushing is no proof either.)
  int power_losses(int id) const { return members_.at(id).power_losses; }
  bool had_broken_disk(int id) const { return members_.at(id).had_broken_disk; }
  // Starts that ended with an error, as the broker put it.
  const std::vector<std::string>& failed_starts() const { return failed_starts_; }

 private:
  struct Member {
    BrokerState state = BrokerState::kDown;
    int power_losses = 0;
    int life = 0;  // counts starts
    bool fatal = false;
    bool met_broken_disk = false;  // in this life
    bool had_broken_disk = false;  // ever
    zk::model::SessionId paused_session = 0;
    std::shared_ptr<broker::Broker> broker;
  };

  env::Task<void> run_start(int id);
  env::Task<void> run_stop(int id);
  void stop_fatal(int id);
  std::vector<std::string> volumes() const;
  zk::model::SessionId session(int id) const;
  broker::config::Config config(int id) const;

  ClusterOptions options_;
  env::sim::World world_;
  std::vector<int> ids_;
  env::sim::Node& zookeeper_node_;
  env::sim::Node& client_;
  std::shared_ptr<zk::model::ModelServer> zookeeper_;
  std::map<int, Member> members_;
  std::vector<std::string> failed_starts_;
};

}  // namespace barnabas::simtest
