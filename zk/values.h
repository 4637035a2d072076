// What stands in Kafka's znodes, as types: decode from bytes, encode to bytes.
//
// Does not    know paths or versions of nodes: a znode's dataVersion comes from its Stat.
// Readers     take keys in any order, ignore unknown ones, and say in words what is wrong with a
//             bad document.
// Writers     give the bytes a 3.9 broker gives, key order included (zk/key_order.h).
// Kafka       zk/ZkData.scala.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/types.h"
#include "zk/session.h"

namespace barnabas::zk {

template <class T>
using Decoded = std::expected<T, std::string>;  // the error is a sentence for the log

// /cluster/id: 22 characters of URL-safe base64.
struct ClusterId {
  std::string id;
  static Decoded<ClusterId> decode(std::string_view bytes);
  std::string encode() const;
};

// /brokers/ids/N. Reads versions 1 to 5, writes 2, 4 or 5 (by inter.broker.protocol.version).
struct BrokerEndpoint {
  std::string listener;           // PLAINTEXT
  std::string security_protocol;  // PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL
  std::string host;               // an IPv6 address without brackets
  std::int32_t port = 0;
  friend bool operator==(const BrokerEndpoint&, const BrokerEndpoint&) = default;
};
struct VersionRange {
  std::int16_t min = 0;
  std::int16_t max = 0;
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};
struct BrokerRegistration {
  int version = 5;
  std::vector<BrokerEndpoint> endpoints;
  std::optional<std::string> rack;
  int jmx_port = -1;
  Timestamp timestamp{-1};
  std::map<std::string, VersionRange> features;
  static Decoded<BrokerRegistration> decode(std::string_view bytes);
  std::string encode() const;
  friend bool operator==(const BrokerRegistration&, const BrokerRegistration&) = default;
};

// /brokers/topics/T. While reassigning, `replicas` is the target followed by what is still to go.
struct PartitionAssignment {
  std::vector<BrokerId> replicas;  // preference order, the first is the preferred leader
  std::vector<BrokerId> adding;
  std::vector<BrokerId> removing;
  bool reassigning() const { return !adding.empty() || !removing.empty(); }
  friend bool operator==(const PartitionAssignment&, const PartitionAssignment&) = default;
};
struct TopicAssignment {
  std::optional<TopicId> topic_id;  // absent in topics made before 2.8
  std::map<PartitionIndex, PartitionAssignment> partitions;
  std::vector<std::pair<std::string, std::string>> unknown;  // key and JSON text, written back
  static Decoded<TopicAssignment> decode(std::string_view bytes);
  std::string encode() const;  // version 3
  friend bool operator==(const TopicAssignment&, const TopicAssignment&) = default;
};

// /brokers/topics/T/partitions/P/state. Its dataVersion is the PartitionEpoch.
struct PartitionState {
  BrokerId leader = kNoBroker;
  LeaderEpoch leader_epoch{0};
  std::vector<BrokerId> isr;
  ControllerEpoch controller_epoch{0};
  bool recovering = false;  // leader_recovery_state 1: after an unclean election
  static Decoded<PartitionState> decode(std::string_view bytes);
  std::string encode() const;
  friend bool operator==(const PartitionState&, const PartitionState&) = default;
};

// /controller. A kraft epoch above 0 means that a KRaft controller owns the cluster.
struct ControllerNode {
  BrokerId broker = kNoBroker;
  Timestamp timestamp{-1};
  int kraft_controller_epoch = -1;
  static Decoded<ControllerNode> decode(std::string_view bytes);  // versions 1 and 2
  std::string encode() const;                                     // version 2
};

// /controller_epoch: decimal text.
Decoded<ControllerEpoch> decode_controller_epoch(std::string_view bytes);
std::string encode_controller_epoch(ControllerEpoch epoch);

// /config/<type>/<entity>. Null or empty data is no override at all.
struct ConfigEntity {
  std::map<std::string, std::string> config;
  static Decoded<ConfigEntity> decode(std::string_view bytes);
  std::string encode() const;
};

// /config/changes/config_change_N: the path below /config. Reads versions 1 and 2, writes 2.
struct ConfigChange {
  std::string entity_path;
  static Decoded<ConfigChange> decode(std::string_view bytes);
  std::string encode() const;
};

// /admin/reassign_partitions
struct ReassignPartitions {
  std::vector<std::pair<TopicPartition, std::vector<BrokerId>>> partitions;
  static Decoded<ReassignPartitions> decode(std::string_view bytes);
  std::string encode() const;
};

// /admin/preferred_replica_election and /isr_change_notification/isr_change_N look alike.
struct PartitionList {
  std::vector<TopicPartition> partitions;
  static Decoded<PartitionList> decode(std::string_view bytes);
  std::string encode() const;
};
using PreferredReplicaElection = PartitionList;
using IsrChange = PartitionList;

// /log_dir_event_notification/log_dir_event_N; event 1 is a failed directory.
struct LogDirEvent {
  BrokerId broker = kNoBroker;
  static Decoded<LogDirEvent> decode(std::string_view bytes);
  std::string encode() const;
};

// /latest_producer_id_block: first and last id, both inside.
struct ProducerIdBlock {
  BrokerId broker = kNoBroker;
  ProducerId first{0};
  ProducerId last{-1};
  static Decoded<ProducerIdBlock> decode(std::string_view bytes);
  std::string encode() const;
};

// /feature. Version 1 below 3.3; its entries carry a minimum too. Its dataVersion is the features
// epoch.
struct FeatureNode {
  int version = 2;
  bool enabled = true;
  std::map<std::string, std::int16_t> features;  // the finalized (maximum) level
  static Decoded<FeatureNode> decode(std::string_view bytes);
  std::string encode() const;
};

// /kafka-acl/RT/NAME and /kafka-acl-extended/prefixed/RT/NAME. Names as written there: Allow,
// Deny, Read.
struct AclEntry {
  std::string principal;   // User:alice
  std::string permission;  // Allow, Deny
  std::string host;        // * for all
  std::string operation;   // Read, DescribeConfigs, ...
  friend auto operator<=>(const AclEntry&, const AclEntry&) = default;
};
struct AclNode {
  std::vector<AclEntry> acls;
  static Decoded<AclNode> decode(std::string_view bytes);
  std::string encode() const;
};

// /kafka-acl-changes (literal: `TOPIC:name`) and /kafka-acl-extended-changes (prefixed: a
// document).
struct AclChange {
  std::string resource_type;  // as found; upper-case when written: TOPIC, TRANSACTIONALID
  std::string name;
  bool prefixed = false;
  static Decoded<AclChange> decode(std::string_view bytes);
  std::string encode() const;
};

// /delegation_token/tokens/ID. Principals as `User:alice`; they are URL-encoded in the document.
struct DelegationTokenInfo {
  std::string token_id;
  std::string owner;
  std::string requester;  // versions 1 and 2: the owner
  std::vector<std::string> renewers;
  Timestamp issued{-1};
  Timestamp expires{-1};
  Timestamp max{-1};
  static Decoded<DelegationTokenInfo> decode(std::string_view bytes);
  std::string encode() const;  // version 3
};

// /migration: written by a KRaft controller only.
struct Migration {
  BrokerId kraft_controller_id = kNoBroker;
  int kraft_controller_epoch = -1;
  Offset kraft_metadata_offset{-1};
  int kraft_metadata_epoch = -1;
  static Decoded<Migration> decode(std::string_view bytes);
};

}  // namespace barnabas::zk
