// Moves replicas between the log directories of their brokers.
//
// Owns        nothing.
// Threading   one executor.
// Bounds      tries for `timeout`.
// Kafka       tools/reassign/ReassignPartitionsCommand (executeMoves, alterReplicaLogDirs).
#pragma once

#include "env/clock.h"
#include "tools/console.h"
#include "tools/reassign/reassign_cluster.h"
#include "tools/reassign/reassign_result.h"

namespace barnabas::tools {

class DirectoryMoves {
 public:
  DirectoryMoves(ReassignCluster& cluster, env::Clock& clock, env::Duration timeout,
                 Console console)
      : cluster_(cluster), clock_(clock), timeout_(timeout), console_(console) {}

  // A replica that is still being made on its broker is tried again.
  env::Task<ReassignResult<>> start(Directories targets);
  // Those of `targets` that are on their way to anywhere stay where they are.
  env::Task<ReassignResult<>> cancel(Directories targets);

 private:
  env::Task<ReassignResult<Directories>> attempt(Directories targets);  // what is left to do

  ReassignCluster& cluster_;
  env::Clock& clock_;
  env::Duration timeout_;
  Console console_;
};

bool is_moving(const ReplicaPlaces& places, const ReplicaOf& replica);

}  // namespace barnabas::tools
