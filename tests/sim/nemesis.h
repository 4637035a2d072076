// What goes wrong, and when: crashes, restarts, pauses, expired sessions, cut networks, lost
// replies, slow and broken disks.
//
// Owns        the schedule: one fault after the other until `stop`, drawn from the seed.
// Does not    leave anything broken: after heal() every broker is up or on its way.
// Threading   the world's own acts, between two steps of the nodes.
#pragma once

#include "env/sim/prng.h"
#include "tests/sim/cluster.h"
#include "tests/sim/tree_checker.h"

namespace barnabas::simtest {

struct NemesisOptions {
  int directories = 1;
  // Where records have replicas: only one broker at a time may lose some (power, a failed
  // disk), and only while two others are in each of its ISRs; until the ISRs have let it go
  // nothing else happens. More than that no min.insync.replicas=2 survives. Null: any broker may,
  // at any time.
  TreeChecker* replicas = nullptr;
};

class Nemesis {
 public:
  Nemesis(Cluster* cluster, NemesisOptions options)
      : cluster_(cluster), options_(options), random_(cluster->world().random().fork("nemesis")) {}

  void start(env::Duration time, env::Duration between);
  void heal();  // ends every fault, and keeps the brokers up from now on

 private:
  void schedule();
  void strike();
  void crash(int id);
  void pause(int id);
  bool may_lose_records(int id) const;
  void expect_loss(int id);
  void restart_later(int id);
  void cut_network(int id);
  void depose_controller();
  void lose_zookeeper_messages();
  void lose_zookeeper_quorum();
  void slow_network();
  void slow_disk(int id);
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
  NemesisOptions options_;
  env::Duration between_{};
  env::sim::Prng random_;
  env::Instant end_;
  bool healed_ = false;
  int lasting_ = 0;  // faults that have not ended
  std::map<int, bool> planned_down_;
};

}  // namespace barnabas::simtest
