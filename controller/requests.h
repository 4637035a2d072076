// The three control requests as the cluster's IBP wants them on the wire.
//
// Kafka       controller.AbstractControllerBrokerRequestBatch (facts 2.4).
#pragma once

#include <string>
#include <vector>

#include "controller/ibp.h"
#include "controller/request_batch.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"

namespace barnabas::controller {

// Who speaks, and in which dialect.
struct Speaker {
  BrokerId controller;
  ControllerEpoch epoch;
  Ibp ibp;
  std::string inter_broker_listener;
};

protocol::LeaderAndIsrRequest wire(const Speaker& speaker, BrokerEpoch to,
                                   const SendLeaderAndIsr& body);
protocol::UpdateMetadataRequest wire(const Speaker& speaker, BrokerEpoch to,
                                     const SendUpdateMetadata& body);
inline constexpr std::int16_t kStopReplicaPerPartition = 3;  // each with its own delete flag
// One request from version 3 on; before, one for the partitions to stop and one for those to
// delete.
std::vector<protocol::StopReplicaRequest> wire(const Speaker& speaker, BrokerEpoch to,
                                               const SendStopReplica& body);

// Security protocols by name, as numbered on the wire; PLAINTEXT 0, SSL 1, SASL_PLAINTEXT 2,
// SASL_SSL 3.
std::int16_t security_protocol_id(const std::string& name);
// The broker's endpoint of that listener; null if it has none.
const zk::BrokerEndpoint* endpoint_of(const zk::BrokerRegistration& broker,
                                      const std::string& listener);

}  // namespace barnabas::controller
