// The coroutines that run on the clients' node, by name.
//
// Owns        the list of those that have not ended.
// Does not    end them: each ends by itself.
// Threading   the simulator's one thread.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "tests/sim/cluster.h"

namespace barnabas::simtest {

class Crew {
 public:
  explicit Crew(Cluster* cluster) : cluster_(cluster) {}

  void spawn(std::string name, env::Task<void> task) {
    running_.insert(name);
    cluster_->client().spawn(run(std::move(name), std::move(task)));
  }
  bool is_done() const { return running_.empty(); }
  const std::set<std::string>& running() const { return running_; }

 private:
  env::Task<void> run(std::string name, env::Task<void> task) {
    co_await std::move(task);
    running_.erase(name);
  }

  Cluster* cluster_;
  std::set<std::string> running_;
};

}  // namespace barnabas::simtest
