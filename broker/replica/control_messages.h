// The controller's requests between the wire's messages (any version) and broker/replica/control.h.
#pragma once

#include "broker/replica/control.h"
#include "protocol/messages/leader_and_isr.h"
#include "protocol/messages/stop_replica.h"
#include "protocol/messages/update_metadata.h"

namespace barnabas::broker::replica {

LeaderAndIsrCommand to_command(const protocol::LeaderAndIsrRequest& request);
StopReplicaCommand to_command(const protocol::StopReplicaRequest& request, std::int16_t version);
UpdateMetadataCommand to_command(const protocol::UpdateMetadataRequest& request);

// From v5 partitions stand under topic ids, before under names. A refused request has its error on
// every partition, as Kafka answers it.
protocol::LeaderAndIsrResponse to_response(const LeaderAndIsrCommand& command,
                                           const LeaderAndIsrResult& result, std::int16_t version);
protocol::StopReplicaResponse to_response(const StopReplicaResult& result);
protocol::UpdateMetadataResponse to_response(const UpdateMetadataResult& result);

}  // namespace barnabas::broker::replica
