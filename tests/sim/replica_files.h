// What lies on the brokers' disks of one partition, read past the brokers.
//
// Owns        nothing.
// Does not    use the log's code: a log is its *.log files by name, one after the other, and each
//             batch says its offset and its size.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "protocol/types.h"
#include "tests/sim/cluster.h"

namespace barnabas::simtest {

// The bytes of the log on each broker that has a directory for it.
std::map<int, std::vector<std::byte>> replica_bytes(Cluster& cluster, const TopicPartition& tp);

// Where records were deleted replicas may begin at different places, and below the log's start even
// hold what a leader of before had: it is only not removed yet.
struct Deleted {
  std::int64_t below = 0;      // nothing beyond it may be gone
  std::int64_t log_start = 0;  // of the leader; from here on they must be equal
};

// Reports replicas that differ, or hold nothing.
void compare_replicas(Cluster& cluster, const TopicPartition& tp, const std::vector<int>& brokers,
                      Deleted deleted, const std::function<void(const std::string&)>& report);

}  // namespace barnabas::simtest
