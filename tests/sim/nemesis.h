// What goes wrong, and when: crashes, restarts, expired sessions, cut networks, lost replies.
//
// Owns        the schedule: one fault after the other until `stop`, drawn from the seed.
// Does not    leave anything broken: after heal() every broker is up or on its way.
// Threading   the world's own acts, between two steps of the nodes.
#pragma once

#include "env/sim/prng.h"
#include "tests/sim/cluster.h"

namespace barnabas::simtest {

class Nemesis {
 public:
  Nemesis(Cluster* cluster, int directories)
      : cluster_(cluster),
        directories_(directories),
        random_(cluster->world().random().fork("nemesis")) {}

  void start(env::Duration time, env::Duration between);
  void heal();  // ends every fault, and keeps the brokers up from now on

 private:
  void schedule();
  void strike();
  void crash(int id);
  void restart_later(int id);
  void cut_network(int id);
  void lose_zookeeper_messages();
  void lose_zookeeper_quorum();
  void slow_network();
  void break_disk(int id);
  void heal_disks();
  void supervise();
  void then(env::Duration longest, std::function<void()> fn);
  int any_broker() { return cluster_->ids()[random_.below(cluster_->ids().size())]; }
  env::Duration up_to(env::Duration longest) {
    return env::Duration(
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(longest.count())) + 1));
  }

  Cluster* cluster_;
  int directories_;
  env::Duration between_{};
  env::sim::Prng random_;
  env::Instant end_;
  bool healed_ = false;
  std::map<int, bool> planned_down_;
};

}  // namespace barnabas::simtest
