// Compares what the replicas of partitions answer, batch by batch. Pure.
//
// Owns        how far each partition has been compared.
// Does not    keep records beyond one round.
// Threading   a value.
// Kafka       tools/ReplicaVerificationTool.ReplicaBuffer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "env/files.h"
#include "protocol/types.h"

namespace barnabas::tools {

// One replica's answer to a fetch of one partition; none: high watermark -1, no bytes.
struct FetchedReplica {
  BrokerId replica;
  Offset high_watermark{-1};
  env::Bytes records;
};

class ReplicaBuffer {
 public:
  struct Compared {
    std::vector<std::string> differences;  // each ready to follow a time
    bool offsets_differ = false;           // going on would compare nothing
  };
  struct Lag {
    TopicPartition partition;
    std::int64_t records = -1;  // between the largest high watermark and what was compared
    Offset offset{-1};
  };

  explicit ReplicaBuffer(std::map<TopicPartition, Offset> starts) : offsets_(std::move(starts)) {}

  Offset offset(const TopicPartition& partition) const { return offsets_.at(partition); }
  // A round: up to where every replica has a whole batch below its high watermark.
  Compared compare(const std::map<TopicPartition, std::vector<FetchedReplica>>& fetched);
  const Lag& largest_lag() const { return lag_; }  // of the last round
  std::size_t partitions() const { return offsets_.size(); }

 private:
  void compare_partition(const TopicPartition& partition, std::vector<FetchedReplica> replicas,
                         Compared& result);

  std::map<TopicPartition, Offset> offsets_;
  Lag lag_;
};

}  // namespace barnabas::tools
