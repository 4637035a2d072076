// Slows moves down by settings of brokers and topics, and takes these settings away again.
//
// Owns        nothing.
// Threading   one executor.
// Kafka       tools/reassign/ReassignPartitionsCommand (modify...Throttle, clearAllThrottles).
#pragma once

#include "tools/console.h"
#include "tools/reassign/reassign_cluster.h"
#include "tools/reassign/reassign_result.h"

namespace barnabas::tools {

class Throttler {
 public:
  Throttler(ReassignCluster& cluster, Console console) : cluster_(cluster), console_(console) {}

  // Rates in bytes per second.
  env::Task<ReassignResult<>> slow_moves(Moves moves, std::int64_t rate);
  env::Task<ReassignResult<>> slow_directory_moves(std::set<BrokerId> brokers, std::int64_t rate);
  // Of every broker of the cluster, of those named, and of the topics named.
  env::Task<ReassignResult<>> clear(Assignments targets);

 private:
  env::Task<ReassignResult<>> clear_topics(std::set<std::string> topics);

  ReassignCluster& cluster_;
  Console console_;
};

}  // namespace barnabas::tools
