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

// Reports replicas that differ, or hold nothing. Where records were deleted, each may begin
// elsewhere, but none after `start`.
void compare_replicas(Cluster& cluster, const TopicPartition& tp, const std::vector<int>& brokers,
                      std::int64_t start, const std::function<void(const std::string&)>& report);

}  // namespace barnabas::simtest
