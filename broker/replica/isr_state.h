// The in-sync replicas of a partition, and the change to them that is on its way.
//
// Owns        nothing but ids.
// Invariants  committed() is what ZooKeeper holds; maximal() is a superset of every ISR that may
//             become committed without our hearing of it, so the high watermark waits for all of
//             it (KIP-497).
// Kafka       cluster/PartitionState (CommittedPartitionState and its pending siblings).
//             AlterPartition adds the siblings to the variant.
#pragma once

#include <algorithm>
#include <variant>
#include <vector>

#include "protocol/types.h"

namespace barnabas::broker::replica {

struct CommittedIsr {
  std::vector<BrokerId> isr;  // in the controller's order
  friend bool operator==(const CommittedIsr&, const CommittedIsr&) = default;
};

class IsrState {
 public:
  IsrState() = default;
  explicit IsrState(CommittedIsr state) : state_(std::move(state)) {}

  const std::vector<BrokerId>& committed() const { return std::get<CommittedIsr>(state_).isr; }
  const std::vector<BrokerId>& maximal() const { return committed(); }
  bool holds_back(BrokerId id) const { return std::ranges::find(maximal(), id) != maximal().end(); }

 private:
  std::variant<CommittedIsr> state_;
};

}  // namespace barnabas::broker::replica
