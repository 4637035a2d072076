// What one partition of __consumer_offsets says, read from its start to its end.
//
// Owns        groups and offsets as they stand after the records read so far; the offsets of
//             transactions whose end has not come yet.
// Does not    decide what a group does with what was read; keep what it cannot understand (one log
//             line, then it is passed over).
// Threading   GroupRecords: one thread at a time. load() on any executor; it reads on disk threads,
//             a piece at a time.
// Kafka       GroupMetadataManager.doLoadGroupsAndOffsets.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "broker/group/offset_store.h"
#include "broker/replica/control.h"
#include "env/disk.h"
#include "protocol/messages/group_metadata_value.h"
#include "protocol/records/batch.h"
#include "protocol/records/record.h"

namespace barnabas::broker::group {

struct LoadedGroup {
  std::optional<protocol::GroupMetadataValue> metadata;  // nullopt: offsets only
  OffsetStore offsets;
};
using LoadedGroups = std::map<std::string, LoadedGroup>;

class GroupRecords {
 public:
  // One or more whole batches, in log order.
  void add(env::Bytes batches);
  // Groups of which something is left.
  LoadedGroups take();
  Offset next_offset() const { return next_; }

 private:
  struct Write {
    OffsetKey key;
    std::optional<CommittedOffset> value;
    Offset at;
  };
  void add_batch(const records::BatchView& batch);
  void add_record(const records::BatchView& batch, const records::Record& record);
  void add_offset(const records::BatchView& batch, const records::Record& record, OffsetKey key);
  void add_group(const records::Record& record, const GroupKey& key);
  void end_transaction(const records::BatchView& batch);
  void apply(Write write);

  LoadedGroups groups_;
  std::map<ProducerId, std::vector<Write>> open_;
  Offset next_{0};
};

// kNotCoordinator if `stopped` was set meanwhile, kKafkaStorageError if the log could not be read.
env::Task<Result<LoadedGroups>> load(replica::PartitionPtr partition, env::Disk* disk,
                                     std::uint32_t piece_bytes, const std::atomic<bool>* stopped);

}  // namespace barnabas::broker::group
