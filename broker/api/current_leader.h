// Telling a client inline who leads a partition now (KIP-951): Produce v10+, Fetch v16+.
#pragma once

#include <string_view>
#include <vector>

#include "broker/replica/metadata_cache.h"
#include "broker/replica/replica_manager.h"
#include "protocol/error_code.h"

namespace barnabas::broker::api {

// Collects the leaders of one answer, each endpoint once.
class LeaderHints {
 public:
  LeaderHints(const replica::ReplicaManager& replicas, replica::MetadataPtr metadata,
              std::string_view listener)
      : replicas_(replicas), metadata_(std::move(metadata)), listener_(listener) {}

  static bool wanted(ErrorCode error) {
    return error == ErrorCode::kNotLeaderOrFollower || error == ErrorCode::kFencedLeaderEpoch;
  }
  // As the replica here knows it, else as the cluster's metadata has it: a controller of Apache
  // tells the replicas first.
  replica::CurrentLeader of(std::string_view topic, PartitionIndex partition);

  template <class NodeEndpoint>
  std::vector<NodeEndpoint> endpoints() const {
    std::vector<NodeEndpoint> rows;
    for (const auto* broker : brokers_) {
      const auto* endpoint = broker->endpoint(listener_);
      if (endpoint == nullptr) continue;
      NodeEndpoint row;
      row.node_id = broker->id;
      row.host = endpoint->host;
      row.port = endpoint->port;
      row.rack = broker->rack;
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  replica::CurrentLeader look_up(std::string_view topic, PartitionIndex partition) const;

  const replica::ReplicaManager& replicas_;
  replica::MetadataPtr metadata_;
  std::string_view listener_;
  std::vector<const replica::LiveBroker*> brokers_;
};

}  // namespace barnabas::broker::api
