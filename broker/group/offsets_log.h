// One partition of __consumer_offsets as its coordinator writes it.
//
// Owns        nothing but the word that it is closed; shares the Partition.
// Does not    know what is in the records, or what an error means to a client.
// Threading   append and replicated on the shard's executor; close from any thread.
// Kafka       GroupMetadataManager.appendForGroup.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "broker/group/coordinator_config.h"
#include "broker/group/offset_records.h"
#include "broker/replica/replica_manager.h"
#include "env/clock.h"

namespace barnabas::broker::group {

struct Written {
  Offset at = kNoOffset;        // of the batch
  Offset required = kNoOffset;  // replicated once the high watermark is here; -1: at once
};

class OffsetsLog {
 public:
  OffsetsLog(OffsetsLogConfig config, replica::PartitionPtr partition,
             replica::ReplicaManager* replicas, env::Clock* clock)
      : config_(config), partition_(std::move(partition)), replicas_(replicas), clock_(clock) {}

  // All in one batch.
  Result<Written> append(std::span<const LogRecord> records);
  // Nobody waits for these: if they get lost, they are written again. In as many batches as needed.
  void append_tombstones(std::span<const LogRecord> records);
  // kNone once every replica in the ISR has it, kRequestTimedOut after the timeout,
  // kNotLeaderOrFollower once closed.
  env::Task<ErrorCode> replicated(Written written);
  // Nullopt: it is not known yet.
  std::optional<ErrorCode> state(Written written) const;
  void close();

  const replica::PartitionPtr& partition() const { return partition_; }

 private:
  Result<Written> append_with(std::span<const LogRecord> records, std::int16_t acks);

  const OffsetsLogConfig config_;
  const replica::PartitionPtr partition_;
  replica::ReplicaManager* const replicas_;
  env::Clock* const clock_;
  std::atomic<bool> closed_{false};
};

// What a client is told when its commit could not be written.
ErrorCode commit_write_error(ErrorCode error);

}  // namespace barnabas::broker::group
