#include "broker/group/offset_records.h"

#include <limits>

#include "protocol/java_text.h"
#include "protocol/messages/group_metadata_key.h"
#include "protocol/messages/offset_commit_key.h"
#include "protocol/messages/offset_commit_value.h"
#include "protocol/versioned.h"

namespace barnabas::broker::group {
namespace {

constexpr std::int16_t kOffsetKeyVersion = 1;
constexpr std::int16_t kGroupKeyVersion = 2;
constexpr std::int16_t kOffsetValueVersion = 3;
constexpr std::int16_t kOffsetValueWithExpiry = 1;
constexpr std::int16_t kGroupValueVersion = 3;

template <class KeyMessage>
Result<LogRecord> record(const KeyMessage& key, std::int16_t version) {
  auto bytes = protocol::encode_versioned(key, version);
  if (!bytes) return std::unexpected(ErrorCode::kUnknownServerError);
  return LogRecord{*std::move(bytes), std::nullopt};
}

template <class Value>
Result<LogRecord> with_value(Result<LogRecord> record, const Value& value, std::int16_t version) {
  if (!record) return record;
  auto bytes = protocol::encode_versioned(value, version);
  if (!bytes) return std::unexpected(ErrorCode::kUnknownServerError);
  record->value = *std::move(bytes);
  return record;
}

}  // namespace

PartitionIndex partition_of(std::string_view group, std::int32_t partition_count) {
  const auto hash = static_cast<std::int32_t>(protocol::java_hash(group));
  if (hash == std::numeric_limits<std::int32_t>::min()) return PartitionIndex{0};
  return PartitionIndex{(hash < 0 ? -hash : hash) % partition_count};
}

Decoded<Key> decode_key(env::Bytes bytes) {
  protocol::Reader in(bytes);
  const auto version = in.int16();
  if (!in.ok()) return std::unexpected(*in.error());
  if (version > kGroupKeyVersion) return UnknownKey{version};
  if (version == kGroupKeyVersion) {
    auto key = protocol::GroupMetadataKey::decode(in, version);
    if (!key) return std::unexpected(key.error());
    return GroupKey{std::move(key->group)};
  }
  auto key = protocol::OffsetCommitKey::decode(in, version);
  if (!key) return std::unexpected(key.error());
  return OffsetKey{std::move(key->group), {std::move(key->topic), key->partition}};
}

Decoded<CommittedOffset> decode_offset(env::Bytes bytes) {
  auto value = protocol::decode_versioned<protocol::OffsetCommitValue>(bytes);
  if (!value) return std::unexpected(value.error());
  CommittedOffset committed;
  committed.offset = value->offset;
  committed.leader_epoch = value->leader_epoch;
  committed.metadata = std::move(value->metadata);
  committed.commit_time = value->commit_timestamp;
  if (value->expire_timestamp != kNoTimestamp) committed.expire_time = value->expire_timestamp;
  return committed;
}

Decoded<protocol::GroupMetadataValue> decode_group(env::Bytes value) {
  return protocol::decode_versioned<protocol::GroupMetadataValue>(value);
}

Result<LogRecord> offset_tombstone(const std::string& group, const TopicPartition& tp) {
  protocol::OffsetCommitKey key;
  key.group = group;
  key.topic = tp.topic;
  key.partition = tp.partition;
  return record(key, kOffsetKeyVersion);
}

Result<LogRecord> offset_record(const std::string& group, const TopicPartition& tp,
                                const CommittedOffset& committed) {
  protocol::OffsetCommitValue value;
  value.offset = committed.offset;
  value.leader_epoch = committed.leader_epoch;
  value.metadata = committed.metadata;
  value.commit_timestamp = committed.commit_time;
  value.expire_timestamp = committed.expire_time.value_or(kNoTimestamp);
  const auto version = committed.expire_time ? kOffsetValueWithExpiry : kOffsetValueVersion;
  return with_value(offset_tombstone(group, tp), value, version);
}

Result<LogRecord> group_tombstone(const std::string& group) {
  protocol::GroupMetadataKey key;
  key.group = group;
  return record(key, kGroupKeyVersion);
}

Result<LogRecord> group_record(const std::string& group,
                               const protocol::GroupMetadataValue& value) {
  return with_value(group_tombstone(group), value, kGroupValueVersion);
}

}  // namespace barnabas::broker::group
