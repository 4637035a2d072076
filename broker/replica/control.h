// The controller's three requests and what we answer, as plain values (all versions alike).
// control_messages.h makes them from the wire's messages and back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/replica/metadata_cache.h"
#include "broker/replica/partition.h"

namespace barnabas::broker::replica {

struct ControlHeader {
  BrokerId controller_id = kNoBroker;
  ControllerEpoch controller_epoch;
  BrokerEpoch broker_epoch{-1};  // of this broker, as the controller knows it; -1: not checked
};

struct LeaderAndIsrCommand {
  ControlHeader header;
  struct Item {
    TopicPartition tp;
    TopicId topic_id;  // zero before v5
    LeaderAndIsr state;
  };
  std::vector<Item> partitions;
};

struct StopReplicaCommand {
  ControlHeader header;
  struct Item {
    TopicPartition tp;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;  // -1 before v3 and if unknown; -2 while deleting
    bool remove = false;
  };
  std::vector<Item> partitions;
};

struct UpdateMetadataCommand {
  ControlHeader header;
  MetadataUpdate update;
};

struct PartitionError {
  TopicPartition tp;
  TopicId topic_id;
  ErrorCode error = ErrorCode::kNone;
  friend bool operator==(const PartitionError&, const PartitionError&) = default;
};

using PartitionPtr = std::shared_ptr<Partition>;

struct LeaderAndIsrResult {
  ErrorCode error = ErrorCode::kNone;      // 77 or 11: then nothing was done
  std::vector<PartitionError> partitions;  // in request order
  std::vector<PartitionPtr> leaders;       // lead since this request (coordinators load these)
  std::vector<PartitionPtr>
      followers;  // follow another leader, epoch or topic id since this request (fetch these)
  std::vector<PartitionPtr> moving;  // have a future log, whose copying shall go on
};

struct StopReplicaResult {
  ErrorCode error = ErrorCode::kNone;
  std::vector<PartitionError> partitions;
  std::vector<TopicPartition> stopped;  // no longer fetched, no longer coordinated here
};

struct UpdateMetadataResult {
  ErrorCode error = ErrorCode::kNone;
  std::vector<TopicPartition> removed;  // partitions that are gone from the cluster
  std::vector<PartitionPtr> followers;  // had to wait until their leader was alive (fetch these)
};

}  // namespace barnabas::broker::replica
