// Which replicas and brokers are to be slowed down while partitions move. Pure.
//
// Kafka       tools/reassign/ReassignPartitionsCommand (calculateProposedMoveMap and what follows).
#pragma once

#include <map>
#include <set>
#include <string>

#include "tools/reassign/reassignment_file.h"

namespace barnabas::tools {

// A partition that is being moved, as the controller tells.
struct Ongoing {
  Replicas replicas;  // old and new
  Replicas adding;
  Replicas removing;
};
using OngoingMoves = std::map<TopicPartition, Ongoing>;

struct Move {
  std::set<BrokerId> sources;       // that have the records
  std::set<BrokerId> destinations;  // that are to get them
};
using Moves = std::map<TopicPartition, Move>;

// What goes on already and what is to come.
Moves all_moves(const OngoingMoves& ongoing, const Assignments& proposed,
                const Assignments& current);

struct ThrottledReplicas {
  std::string leaders;  // "0:1,0:2": partition and broker
  std::string followers;
};
std::map<std::string, ThrottledReplicas> throttled_replicas(const Moves& moves);  // by topic
std::set<BrokerId> brokers_of(const Moves& moves);

}  // namespace barnabas::tools
