// Who leads next: the four election rules, pure.
//
// A rule gives the next state (one leader epoch later) and whom to tell, or nothing if nobody can
// lead.
// Kafka       controller.Election, PartitionLeaderElectionAlgorithms (facts 2.6).
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "controller/state.h"

namespace barnabas::controller {

// A partition as an election sees it. `live`: those of `assigned` that are online (for a controlled
// shutdown: online or shutting down), in the same order.
struct Candidates {
  std::vector<BrokerId> assigned;
  std::vector<BrokerId> live;
};

struct Elected {
  zk::PartitionState state;
  std::vector<BrokerId> recipients;
  friend bool operator==(const Elected&, const Elected&) = default;
};

// Offline, New or leaderless: the first live replica in the ISR. Unclean: any live replica, which
// then is the whole ISR and (if `recovery`, IBP 3.2) marked as recovering, since records may be
// lost.
std::optional<Elected> elect_offline(const LeaderAndIsr& now, const Candidates& among, bool unclean,
                                     bool recovery);
// `among` the target of the reassignment.
std::optional<Elected> elect_for_reassignment(const LeaderAndIsr& now, const Candidates& among);
std::optional<Elected> elect_preferred(const LeaderAndIsr& now, const Candidates& among);
std::optional<Elected> elect_for_shutdown(const LeaderAndIsr& now, const Candidates& among,
                                          const std::set<BrokerId>& shutting_down);

}  // namespace barnabas::controller
