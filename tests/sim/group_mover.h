// Moves the partitions of __consumer_offsets to other brokers, or back in the middle of it.
//
// Owns        nothing but the word that it is enough.
// Does not    mind what comes of it: a move that was asked for in vain is asked for again.
// Threading   the simulator's one thread.
#pragma once

#include <utility>

#include "tests/sim/client.h"
#include "tests/sim/crew.h"

namespace barnabas::simtest {

class GroupMover {
 public:
  GroupMover(Cluster* cluster, Client::Report report)
      : cluster_(cluster), report_(std::move(report)), crew_(cluster) {}

  void start() { crew_.spawn("mover", move_often()); }
  void stop() { is_enough_ = true; }
  bool is_done() const { return crew_.is_done(); }

 private:
  env::Task<void> move_often();
  env::Task<void> move(Client* client, int partition);
  env::Task<void> elect_preferred(Client* client, int partition);

  Cluster* cluster_;
  Client::Report report_;
  Crew crew_;
  bool is_enough_ = false;
};

}  // namespace barnabas::simtest
