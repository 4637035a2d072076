// One log made equal to another of the same partition, a piece at a time.
//
// Owns        nothing.
// Does not    know directories, partitions or when to copy.
// Threading   disk threads. Others may append to `log`, or truncate it: the next step finds out by
//             the epochs, as a follower does (KIP-101, KIP-279).
// Kafka       server/ReplicaAlterLogDirsThread. Differs: needs no fetch state, for it sees both
//             logs.
#pragma once

#include <cstdint>

#include "log/log.h"

namespace barnabas::broker::follower {

struct CopyStep {
  std::uint64_t bytes = 0;
  bool complete = false;  // the copy ends where the log ends
};

// Cuts off what the copy has and the log has not, then appends at most `max_bytes` (but at least
// one batch, if there is one) and follows the log's start.
Result<CopyStep> copy_step(log::Log& log, log::Log& copy, std::uint32_t max_bytes, Timestamp now);

// While nobody appends to the log: true if, with at most `max_bytes` more, the copy is its equal,
// also in its config and in an epoch that has no record yet.
Result<bool> complete_copy(log::Log& log, log::Log& copy, std::uint32_t max_bytes, Timestamp now);

}  // namespace barnabas::broker::follower
