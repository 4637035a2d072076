// The in-sync replicas of a partition, and the change to them that is on its way to ZooKeeper.
//
// Owns        nothing but ids.
// Invariants  committed() is what ZooKeeper held when we last heard; maximal() is a superset of
//             every ISR that may have become committed since, so the high watermark waits for all
//             of it (KIP-497); at most one change at a time.
// Kafka       cluster/PartitionState: CommittedPartitionState, PendingExpandIsr, PendingShrinkIsr.
//             The leader recovery state is not kept: a leader has nothing to recover, so what it
//             proposes always says RECOVERED (KIP-704).
#pragma once

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "env/check.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

struct CommittedIsr {
  std::vector<BrokerId> isr;  // in the controller's order
  friend bool operator==(const CommittedIsr&, const CommittedIsr&) = default;
};
struct PendingExpand {
  CommittedIsr last;
  std::vector<BrokerId> proposed;  // last and the one that joins
};
struct PendingShrink {
  CommittedIsr last;
  std::vector<BrokerId> proposed;  // last without those that have fallen behind
};

// What the leader wants of the controller. It names what it was derived from, so that an answer
// that comes after another change is known to be out of date.
struct IsrChange {
  TopicPartition tp;
  TopicId topic_id;  // zero before IBP 2.8
  LeaderEpoch leader_epoch;
  PartitionEpoch partition_epoch;
  std::vector<BrokerId> isr;
  friend bool operator==(const IsrChange&, const IsrChange&) = default;
};

// What the controller says to it. The rest counts only without an error.
struct IsrAnswer {
  ErrorCode error = ErrorCode::kNone;
  LeaderEpoch leader_epoch = LeaderEpoch{-1};
  PartitionEpoch partition_epoch{-1};
  std::vector<BrokerId> isr;
  friend bool operator==(const IsrAnswer&, const IsrAnswer&) = default;
};

class IsrState {
 public:
  IsrState() = default;
  explicit IsrState(CommittedIsr state) : state_(std::move(state)) {}

  bool pending() const { return !std::holds_alternative<CommittedIsr>(state_); }
  const std::vector<BrokerId>& committed() const { return last().isr; }
  const std::vector<BrokerId>& maximal() const {
    const auto* expand = std::get_if<PendingExpand>(&state_);
    return expand ? expand->proposed : committed();
  }
  bool holds_back(BrokerId id) const { return contains(maximal(), id); }
  // What is on its way; only while pending.
  const std::vector<BrokerId>& proposed() const {
    if (const auto* expand = std::get_if<PendingExpand>(&state_)) return expand->proposed;
    BB_CHECK(pending());
    return std::get<PendingShrink>(state_).proposed;
  }

  void expand(BrokerId joining) {
    PendingExpand next{std::get<CommittedIsr>(state_), committed()};
    next.proposed.push_back(joining);
    state_ = std::move(next);
  }
  void shrink(const std::vector<BrokerId>& leaving) {
    PendingShrink next{std::get<CommittedIsr>(state_), committed()};
    std::erase_if(next.proposed, [&](BrokerId id) { return contains(leaving, id); });
    state_ = std::move(next);
  }
  void commit(std::vector<BrokerId> isr) { state_ = CommittedIsr{std::move(isr)}; }
  // Only when the controller is known not to have applied the change, nor ever to do so.
  void revert() { state_ = CommittedIsr{last()}; }

 private:
  static bool contains(const std::vector<BrokerId>& ids, BrokerId id) {
    return std::ranges::find(ids, id) != ids.end();
  }
  const CommittedIsr& last() const {
    if (const auto* expand = std::get_if<PendingExpand>(&state_)) return expand->last;
    if (const auto* shrink = std::get_if<PendingShrink>(&state_)) return shrink->last;
    return std::get<CommittedIsr>(state_);
  }

  std::variant<CommittedIsr, PendingExpand, PendingShrink> state_;
};

}  // namespace barnabas::broker::replica
