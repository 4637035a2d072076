#include "tools/group_records.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <boost/json.hpp>

#include "protocol/messages/consumer_protocol_assignment.h"
#include "protocol/messages/consumer_protocol_subscription.h"
#include "protocol/messages/group_metadata_key.h"
#include "protocol/messages/group_metadata_value.h"
#include "protocol/messages/offset_commit_key.h"
#include "protocol/messages/offset_commit_value.h"
#include "protocol/reader.h"

namespace barnabas::tools {
namespace {

namespace json = boost::json;
using protocol::Reader;
using records::Bytes;

constexpr std::int16_t kGroupKeyVersion = 2;

std::string base64(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

json::value show(const std::optional<std::string>& text) {
  return text ? json::value(json::string(*text)) : json::value(nullptr);
}

json::value show(const std::optional<std::vector<std::byte>>& bytes) {
  return bytes ? json::value(json::string(base64(*bytes))) : json::value(nullptr);
}

template <class TopicPartitions>
json::array show_partitions(const TopicPartitions& topics) {
  json::array all;
  for (const auto& topic : topics) {
    json::array partitions;
    for (const auto& partition : topic.partitions) partitions.emplace_back(partition.value);
    all.push_back(json::object{{"topic", topic.topic}, {"partitions", std::move(partitions)}});
  }
  return all;
}

// A consumer's own bytes; what is no subscription is shown as base64.
json::value show_subscription(const std::vector<std::byte>& bytes) {
  Reader in{Bytes(bytes)};
  const auto version =
      std::min<std::int16_t>(in.int16(), protocol::ConsumerProtocolSubscription::kMaxVersion);
  const auto subscription = protocol::ConsumerProtocolSubscription::decode(in, version);
  if (!subscription) return json::string(base64(bytes));
  json::array topics;
  for (const auto& topic : subscription->topics) topics.push_back(json::string(topic));
  json::object shown{{"topics", std::move(topics)}};
  shown["userData"] = show(subscription->user_data);
  if (version >= 1) shown["ownedPartitions"] = show_partitions(subscription->owned_partitions);
  if (version >= 2) shown["generationId"] = subscription->generation_id.value;
  if (version >= 3) shown["rackId"] = show(subscription->rack_id);
  return shown;
}

json::value show_assignment(const std::vector<std::byte>& bytes) {
  Reader in{Bytes(bytes)};
  const auto version =
      std::min<std::int16_t>(in.int16(), protocol::ConsumerProtocolAssignment::kMaxVersion);
  const auto assignment = protocol::ConsumerProtocolAssignment::decode(in, version);
  if (!assignment) return json::string(base64(bytes));
  json::object shown{{"assignedPartitions", show_partitions(assignment->assigned_partitions)}};
  shown["userData"] = show(assignment->user_data);
  return shown;
}

json::object show_member(const protocol::GroupMetadataValue::MemberMetadata& member,
                         std::int16_t version, bool consumer) {
  json::object shown{{"memberId", member.member_id}};
  if (version >= 3) shown["groupInstanceId"] = show(member.group_instance_id);
  shown["clientId"] = member.client_id;
  shown["clientHost"] = member.client_host;
  if (version >= 1) shown["rebalanceTimeout"] = member.rebalance_timeout.value;
  shown["sessionTimeout"] = member.session_timeout.value;
  shown["subscription"] = consumer ? show_subscription(member.subscription)
                                   : json::value(json::string(base64(member.subscription)));
  shown["assignment"] = consumer ? show_assignment(member.assignment)
                                 : json::value(json::string(base64(member.assignment)));
  return shown;
}

json::object show_group(const protocol::GroupMetadataValue& group, std::int16_t version,
                        MemberBytes how) {
  json::object shown{{"protocolType", group.protocol_type}, {"generation", group.generation.value}};
  shown["protocol"] = show(group.protocol);
  shown["leader"] = show(group.leader);
  if (version >= 2) shown["currentStateTimestamp"] = group.current_state_timestamp.value;
  json::array members;
  for (const auto& member : group.members) {
    const bool apart = how == MemberBytes::kTakenApart && group.protocol_type == "consumer";
    members.push_back(show_member(member, version, apart));
  }
  shown["members"] = std::move(members);
  return shown;
}

json::object show_offset(const protocol::OffsetCommitValue& commit, std::int16_t version) {
  json::object shown{{"offset", commit.offset.value}};
  if (version >= 3) shown["leaderEpoch"] = commit.leader_epoch.value;
  shown["metadata"] = commit.metadata;
  shown["commitTimestamp"] = commit.commit_timestamp.value;
  if (version == 1) shown["expireTimestamp"] = commit.expire_timestamp.value;
  return shown;
}

std::string wrap(std::string_view tag, VersionedJson shown) {
  return json::serialize(
      json::object{{json::string_view(tag.data(), tag.size()), std::to_string(shown.version)},
                   {"data", std::move(shown.data)}});
}

std::unexpected<std::string> unreadable(std::int16_t version, std::string_view what) {
  return std::unexpected(
      fmt::format("Error at offset {{}}, skipping. Could not read record with "
                  "version {} from {}'s buffer due to: null.",
                  version, what));
}

std::unexpected<std::string> unknown_type(std::int16_t version) {
  return std::unexpected(fmt::format("Unknown record type {} at offset {{}}, skipping.", version));
}

}  // namespace

std::expected<VersionedJson, std::string> group_key_json(Bytes bytes) {
  Reader in(bytes);
  const auto version = in.int16();
  if (version == 0 || version == 1) {
    const auto key = protocol::OffsetCommitKey::decode(in, version);
    if (!key) return unreadable(version, "key");
    return VersionedJson{
        version,
        {{"group", key->group}, {"topic", key->topic}, {"partition", key->partition.value}}};
  }
  if (version != kGroupKeyVersion) return unknown_type(version);
  const auto key = protocol::GroupMetadataKey::decode(in, version);
  if (!key) return unreadable(version, "key");
  return VersionedJson{version, {{"group", key->group}}};
}

std::expected<VersionedJson, std::string> group_value_json(Bytes key, Bytes bytes,
                                                           MemberBytes members) {
  Reader key_in(key);
  const auto type = key_in.int16();
  Reader in(bytes);
  const auto version = in.int16();
  if (type == kGroupKeyVersion) {
    const auto group = protocol::GroupMetadataValue::decode(in, version);
    if (!group) return unreadable(version, "value");
    return VersionedJson{version, show_group(*group, version, members)};
  }
  const auto commit = protocol::OffsetCommitValue::decode(in, version);
  if (!commit) return unreadable(version, "value");
  return VersionedJson{version, show_offset(*commit, version)};
}

std::expected<std::string, std::string> show_group_key(Bytes bytes) {
  auto key = group_key_json(bytes);
  if (!key) return std::unexpected(key.error());
  return wrap("type", std::move(*key));
}

std::expected<std::string, std::string> show_group_value(Bytes key, Bytes bytes) {
  auto value = group_value_json(key, bytes, MemberBytes::kTakenApart);
  if (!value) return std::unexpected(value.error());
  return wrap("version", std::move(*value));
}

}  // namespace barnabas::tools
