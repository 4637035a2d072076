// Which brokers get the replicas of new partitions.
//
// Kafka       admin/AdminUtils.assignReplicasToBrokers: leaders round robin, followers ever further
//             away; with racks
//             known, rack after rack.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/topic_service.h"

namespace barnabas::tools {

// `start`: where the first leader stands (any number). `first`: the index of the first new
// partition.
// The error: "Replication factor: 4 larger than available brokers: 3."
std::expected<Assignment, std::string> place_replicas(
    const std::map<BrokerId, std::optional<std::string>>& racks, std::int32_t partitions,
    std::int32_t replication_factor, std::uint64_t start, std::int32_t first = 0);

}  // namespace barnabas::tools
