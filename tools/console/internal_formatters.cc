#include "tools/console/internal_formatters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <vector>

#include "protocol/messages/group_metadata_key.h"
#include "protocol/messages/group_metadata_value.h"
#include "protocol/messages/offset_commit_key.h"
#include "protocol/messages/offset_commit_value.h"
#include "protocol/messages/transaction_log_key.h"
#include "protocol/messages/transaction_log_value.h"
#include "protocol/reader.h"
#include "tools/group_records.h"
#include "tools/transaction_state.h"

namespace barnabas::tools {
namespace {

namespace json = boost::json;
using protocol::Reader;

constexpr std::int16_t kLastOffsetKey = 1;
constexpr std::int16_t kGroupKey = 2;
constexpr std::int16_t kTransactionKey = 0;

// The version a key or value begins with; -1: it is too short.
std::int16_t version_of(const Field& field) {
  if (!field || field->size() < sizeof(std::int16_t)) return -1;
  return records::load_be<std::int16_t>(records::as_bytes(*field).data());
}

bool is_offset(const ClientRecord& record) {
  const auto version = version_of(record.key);
  return version >= 0 && version <= kLastOffsetKey;
}
bool is_group(const ClientRecord& record) { return version_of(record.key) == kGroupKey; }
bool is_transaction(const ClientRecord& record) {
  return version_of(record.key) == kTransactionKey;
}

// What follows the version, if it can be read.
template <class Message>
std::optional<Message> decode(const Field& field) {
  const auto version = version_of(field);
  if (version < Message::kMinVersion || version > Message::kMaxVersion) return std::nullopt;
  Reader in(records::as_bytes(*field));
  in.int16();
  auto message = Message::decode(in, version);
  return message ? std::optional(std::move(*message)) : std::nullopt;
}

json::value wrap(std::int16_t version, json::object data) {
  return json::object{{"version", version}, {"data", std::move(data)}};
}

std::optional<std::string> group_record_json(const ClientRecord& record) {
  auto key = group_key_json(records::as_bytes(*record.key));
  if (!key) return std::nullopt;
  json::value value = nullptr;
  if (record.value) {
    auto shown = group_value_json(records::as_bytes(*record.key), records::as_bytes(*record.value),
                                  MemberBytes::kBase64);
    if (!shown) return std::nullopt;
    value = wrap(shown->version, std::move(shown->data));
  }
  return json::serialize(
      json::object{{"key", wrap(key->version, std::move(key->data))}, {"value", std::move(value)}});
}

json::object show(const protocol::TransactionLogValue& value) {
  json::value partitions = nullptr;
  if (value.transaction_partitions) {
    json::array topics;
    for (const auto& topic : *value.transaction_partitions) {
      json::array ids;
      for (const auto& id : topic.partition_ids) ids.emplace_back(id.value);
      topics.push_back(json::object{{"topic", topic.topic}, {"partitionIds", std::move(ids)}});
    }
    partitions = std::move(topics);
  }
  return {{"producerId", value.producer_id.value},
          {"producerEpoch", value.producer_epoch.value},
          {"transactionTimeoutMs", value.transaction_timeout_ms.value},
          {"transactionStatus", value.transaction_status},
          {"transactionPartitions", std::move(partitions)},
          {"transactionLastUpdateTimestampMs", value.transaction_last_update_timestamp_ms.value},
          {"transactionStartTimestampMs", value.transaction_start_timestamp_ms.value}};
}

// Scala's Option.
std::string option(const std::optional<std::string>& text) {
  return text ? fmt::format("Some({})", *text) : "None";
}

std::string member_text(const protocol::GroupMetadataValue& group,
                        const protocol::GroupMetadataValue::MemberMetadata& member) {
  return fmt::format(
      "{} -> MemberMetadata(memberId={}, groupInstanceId={}, clientId={}, clientHost={}, "
      "sessionTimeoutMs={}, rebalanceTimeoutMs={}, supportedProtocols=List({}))",
      member.member_id, member.member_id, option(member.group_instance_id), member.client_id,
      member.client_host, member.session_timeout.value, member.rebalance_timeout.value,
      group.protocol.value_or(""));
}

std::vector<std::string> partitions_of(const protocol::TransactionLogValue& value) {
  std::vector<std::string> partitions;
  if (!value.transaction_partitions) return partitions;
  for (const auto& topic : *value.transaction_partitions) {
    for (const auto& id : topic.partition_ids) {
      partitions.push_back(fmt::format("{}-{}", topic.topic, id.value));
    }
  }
  return partitions;
}

}  // namespace

std::optional<std::string> offset_json(const ClientRecord& record) {
  return is_offset(record) ? group_record_json(record) : std::nullopt;
}

std::optional<std::string> group_json(const ClientRecord& record) {
  return is_group(record) ? group_record_json(record) : std::nullopt;
}

std::optional<std::string> transaction_json(const ClientRecord& record) {
  if (!is_transaction(record)) return std::nullopt;
  const auto key = decode<protocol::TransactionLogKey>(record.key);
  if (!key) return std::nullopt;
  json::value value = nullptr;
  if (record.value) {
    const auto log_value = decode<protocol::TransactionLogValue>(record.value);
    if (!log_value) return std::nullopt;
    value = wrap(version_of(record.value), show(*log_value));
  }
  json::object data{{"transactionalId", key->transactional_id}};
  return json::serialize(json::object{{"key", wrap(version_of(record.key), std::move(data))},
                                      {"value", std::move(value)}});
}

std::optional<std::string> offset_text(const ClientRecord& record) {
  if (!is_offset(record)) return std::nullopt;
  const auto key = decode<protocol::OffsetCommitKey>(record.key);
  if (!key) return std::nullopt;
  std::string shown = "NULL";
  if (record.value) {
    const auto value = decode<protocol::OffsetCommitValue>(record.value);
    if (!value) return std::nullopt;
    const auto epoch = value->leader_epoch.value;
    const auto expires = value->expire_timestamp.value;
    shown = fmt::format(
        "OffsetAndMetadata(offset={}, leaderEpoch={}, metadata={}, commitTimestamp={}, "
        "expireTimestamp={})",
        value->offset.value, epoch < 0 ? "Optional.empty" : fmt::format("Optional[{}]", epoch),
        value->metadata, value->commit_timestamp.value,
        expires < 0 ? "None" : fmt::format("Some({})", expires));
  }
  return fmt::format("[{},{},{}]::{}\n", key->group, key->topic, key->partition.value, shown);
}

std::optional<std::string> group_text(const ClientRecord& record) {
  if (!is_group(record)) return std::nullopt;
  const auto key = decode<protocol::GroupMetadataKey>(record.key);
  if (!key) return std::nullopt;
  std::string shown = "NULL";
  if (record.value) {
    const auto value = decode<protocol::GroupMetadataValue>(record.value);
    if (!value) return std::nullopt;
    std::vector<std::string> members;
    for (const auto& member : value->members) members.push_back(member_text(*value, member));
    shown = fmt::format(
        "GroupMetadata(groupId={}, generation={}, protocolType={}, currentState={}, "
        "members=HashMap({}))",
        key->group, value->generation.value, option(value->protocol_type),
        members.empty() ? "Empty" : "Stable", fmt::join(members, ", "));
  }
  return fmt::format("{}::{}\n", key->group, shown);
}

std::optional<std::string> transaction_text(const ClientRecord& record) {
  if (!is_transaction(record)) return std::nullopt;
  const auto key = decode<protocol::TransactionLogKey>(record.key);
  if (!key) return std::nullopt;
  std::string shown = "NULL";
  if (record.value) {
    const auto value = decode<protocol::TransactionLogValue>(record.value);
    const auto state = value ? transaction_state(value->transaction_status) : std::nullopt;
    if (!state) return std::nullopt;
    shown = fmt::format(
        "TransactionMetadata(transactionalId={}, producerId={}, producerEpoch={}, "
        "txnTimeoutMs={}, state={}, pendingState=None, topicPartitions=HashSet({}), "
        "txnStartTimestamp={}, txnLastUpdateTimestamp={})",
        key->transactional_id, value->producer_id.value, value->producer_epoch.value,
        value->transaction_timeout_ms.value, *state, fmt::join(partitions_of(*value), ", "),
        value->transaction_start_timestamp_ms.value,
        value->transaction_last_update_timestamp_ms.value);
  }
  return fmt::format("{}::{}\n", key->transactional_id, shown);
}

}  // namespace barnabas::tools
