// Where the replicas of new partitions go (facts 4.6).
//
// Kafka       admin.AdminUtils.assignReplicasToBrokers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/admin_result.h"
#include "env/random.h"
#include "protocol/types.h"

namespace barnabas::controller {

struct BrokerMetadata {
  BrokerId id;
  std::optional<std::string> rack;
};

// Partition -> replicas, first one preferred.
using Placement = std::map<PartitionIndex, std::vector<BrokerId>>;

enum class RackMode { kDisabled, kEnforced, kSafe };

// Sorted by id, racks kept or dropped as the mode says. kEnforced refuses when only some brokers
// have one.
AdminResult<std::vector<BrokerMetadata>> placement_brokers(std::vector<BrokerMetadata> live,
                                                           RackMode mode);

struct PlacementRequest {
  std::vector<BrokerMetadata> brokers;  // as placement_brokers gives them
  std::int32_t partitions = 1;
  std::int32_t replication_factor = 1;
  std::optional<std::size_t>
      fixed_start;  // growing: index of the broker of partition 0; else random
  PartitionIndex first_partition{0};
};
AdminResult<Placement> place_replicas(const PlacementRequest& request, env::Random& random);

}  // namespace barnabas::controller
