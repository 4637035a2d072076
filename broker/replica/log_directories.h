// Replicas by log directory, as AlterReplicaLogDirs and DescribeLogDirs see them (KIP-113).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/replica/control.h"
#include "protocol/error_code.h"
#include "protocol/types.h"

namespace barnabas::broker::replica {

struct LogDirMove {
  TopicPartition tp;
  std::string directory;  // an entry of log.dirs
};

struct AlterLogDirsResult {
  std::vector<PartitionError> partitions;  // in the order asked
  std::vector<PartitionPtr> moving;        // have a new future log, which shall be filled
};

struct ReplicaOnDisk {
  TopicPartition tp;
  std::uint64_t size = 0;
  // Of a future log: behind the log; else of the log: behind the high watermark. -1: not known.
  std::int64_t offset_lag = -1;
  bool is_future = false;
  friend bool operator==(const ReplicaOnDisk&, const ReplicaOnDisk&) = default;
};

struct LogDirReport {
  std::string directory;
  ErrorCode error = ErrorCode::kNone;  // kKafkaStorageError: offline, and nothing else is known
  std::vector<ReplicaOnDisk> replicas;
  std::int64_t total_bytes = -1;
  std::int64_t usable_bytes = -1;
};

}  // namespace barnabas::broker::replica
