// Where Kafka keeps what in ZooKeeper: every path, one function or constant each.
//
// Does not    add the chroot (the session does), read or write anything.
// Kafka       zk/ZkData.scala. Differs: nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/types.h"

namespace barnabas::zk::paths {

inline constexpr const char* kConsumers = "/consumers";
inline constexpr const char* kBrokers = "/brokers";
inline constexpr const char* kBrokerIds = "/brokers/ids";
inline constexpr const char* kBrokerTopics = "/brokers/topics";
inline constexpr const char* kBrokerSeqId = "/brokers/seqid";
inline constexpr const char* kCluster = "/cluster";
inline constexpr const char* kClusterId = "/cluster/id";
inline constexpr const char* kController = "/controller";
inline constexpr const char* kControllerEpoch = "/controller_epoch";
inline constexpr const char* kConfig = "/config";
inline constexpr const char* kConfigChanges = "/config/changes";
inline constexpr const char* kConfigChangePrefix = "/config/changes/config_change_";
inline constexpr const char* kAdmin = "/admin";
inline constexpr const char* kDeleteTopics = "/admin/delete_topics";
inline constexpr const char* kReassignPartitions = "/admin/reassign_partitions";
inline constexpr const char* kPreferredReplicaElection = "/admin/preferred_replica_election";
inline constexpr const char* kIsrChanges = "/isr_change_notification";
inline constexpr const char* kIsrChangePrefix = "/isr_change_notification/isr_change_";
inline constexpr const char* kLogDirEvents = "/log_dir_event_notification";
inline constexpr const char* kLogDirEventPrefix = "/log_dir_event_notification/log_dir_event_";
inline constexpr const char* kProducerIdBlock = "/latest_producer_id_block";
inline constexpr const char* kFeature = "/feature";
inline constexpr const char* kMigration = "/migration";
inline constexpr const char* kAcl = "/kafka-acl";
inline constexpr const char* kAclChanges = "/kafka-acl-changes";
inline constexpr const char* kAclChangePrefix = "/kafka-acl-changes/acl_changes_";
inline constexpr const char* kExtendedAcl = "/kafka-acl-extended";
inline constexpr const char* kExtendedAclChanges = "/kafka-acl-extended-changes";
inline constexpr const char* kExtendedAclChangePrefix = "/kafka-acl-extended-changes/acl_changes_";
inline constexpr const char* kDelegationToken = "/delegation_token";
inline constexpr const char* kTokens = "/delegation_token/tokens";
inline constexpr const char* kTokenChanges = "/delegation_token/token_changes";
inline constexpr const char* kTokenChangePrefix = "/delegation_token/token_changes/token_change_";

// Made by every broker at start-up, in this order, persistent with null data.
inline constexpr std::array kTopLevel = {
    kConsumers,        kBrokerIds,      kBrokerTopics,     kConfigChanges, kDeleteTopics,
    kBrokerSeqId,      kIsrChanges,     kProducerIdBlock,  kLogDirEvents,  "/config/topics",
    "/config/clients", "/config/users", "/config/brokers", "/config/ips"};

// The resource types an authorizer makes directories for, in the order it makes them.
inline constexpr std::array kAclResourceTypes = {"Topic",   "TransactionalId", "User",
                                                 "Cluster", "Group",           "DelegationToken"};

std::string broker(BrokerId id);
std::string topic(std::string_view topic);
std::string topic_partitions(std::string_view topic);
std::string partition(const TopicPartition& tp);
std::string partition_state(const TopicPartition& tp);
std::string delete_topic(std::string_view topic);

// Config entities. `type` is topics, clients, users, brokers or ips; names come as the user writes
// them and are sanitized here where Kafka does (clients, users, ips); `<default>` stays as it is.
inline constexpr const char* kDefaultEntity = "<default>";
std::string config_type(std::string_view type);
std::string topic_config(std::string_view topic);
std::string broker_config(BrokerId id);
std::string default_broker_config();
std::string client_config(std::string_view client);
std::string user_config(std::string_view user);
std::string user_clients(std::string_view user);  // the directory /config/users/U/clients
std::string user_client_config(std::string_view user, std::string_view client);
std::string ip_config(std::string_view ip);
// What a change notification names: the path below /config ("users/U/clients/C").
std::string config_entity_path(std::string_view config_path);

// `resource_type` as in kAclResourceTypes.
std::string acl_directory(bool prefixed, std::string_view resource_type);
std::string acl(bool prefixed, std::string_view resource_type, std::string_view name);

std::string token(std::string_view token_id);

// Java's URLEncoder with + as %20 and * as %2A (common/utils/Sanitizer). `<default>` is the
// caller's business.
std::string sanitize(std::string_view name);
std::optional<std::string> desanitize(std::string_view name);  // nullopt: a broken %-escape

// The number of a sequential node (`config_change_0000000012` -> 12); nullopt if it has none.
std::optional<std::int64_t> sequence_number(std::string_view node_name, std::string_view prefix);

// "/a/b" -> "/a", "/a" -> "/", "/" -> "".
std::string_view parent(std::string_view path);
std::string_view leaf(std::string_view path);  // the last name

}  // namespace barnabas::zk::paths
