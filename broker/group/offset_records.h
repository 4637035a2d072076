// The records of __consumer_offsets: what a group and its committed offsets look like in the log.
//
// Does not    read or write logs; know what a group may do.
// Threading   functions of their arguments.
// Kafka       coordinator/group/GroupMetadataManager (facts 3, 4.5). Writes GroupMetadataValue v3,
//             OffsetCommitValue v3, or v1 where the commit has an expiry time of its own; reads up
//             to v4 of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "env/files.h"
#include "protocol/error_code.h"
#include "protocol/messages/group_metadata_value.h"
#include "protocol/reader.h"
#include "protocol/types.h"

namespace barnabas::broker::group {

inline constexpr std::string_view kOffsetsTopic = "__consumer_offsets";

// What hash and partition count say: |Java's hash of the UTF-16 text| % count.
PartitionIndex partition_of(std::string_view group, std::int32_t partition_count);

struct CommittedOffset {
  Offset offset = kNoOffset;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::string metadata;
  Timestamp commit_time = kNoTimestamp;
  std::optional<Timestamp> expire_time;  // only of commits that asked for a retention time
  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

struct OffsetKey {
  std::string group;
  TopicPartition tp;
  friend bool operator==(const OffsetKey&, const OffsetKey&) = default;
};
struct GroupKey {
  std::string group;
  friend bool operator==(const GroupKey&, const GroupKey&) = default;
};
struct UnknownKey {  // of the consumer group protocol (KIP-848), which we do not serve
  std::int16_t version = 0;
  friend bool operator==(const UnknownKey&, const UnknownKey&) = default;
};
using Key = std::variant<OffsetKey, GroupKey, UnknownKey>;

template <class T>
using Decoded = std::expected<T, protocol::DecodeError>;

Decoded<Key> decode_key(env::Bytes key);
Decoded<CommittedOffset> decode_offset(env::Bytes value);
Decoded<protocol::GroupMetadataValue> decode_group(env::Bytes value);

// One record to be written; without a value it is a tombstone.
struct LogRecord {
  std::vector<std::byte> key;
  std::optional<std::vector<std::byte>> value;
};

// kUnknownServerError if a text is longer than a record can carry.
Result<LogRecord> offset_record(const std::string& group, const TopicPartition& tp,
                                const CommittedOffset& committed);
Result<LogRecord> offset_tombstone(const std::string& group, const TopicPartition& tp);
Result<LogRecord> group_record(const std::string& group, const protocol::GroupMetadataValue& value);
Result<LogRecord> group_tombstone(const std::string& group);

}  // namespace barnabas::broker::group
