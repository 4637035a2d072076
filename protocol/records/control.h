// Control records: how a transaction ends in a partition's log.
//
// Kafka       EndTransactionMarker, ControlRecordType.
#pragma once

#include <cstdint>
#include <optional>

#include "protocol/records/builder.h"
#include "protocol/records/record.h"

namespace barnabas::records {

// The end of a transaction, as the coordinator has it written into each partition.
enum class ControlType : std::int16_t { kAbort = 0, kCommit = 1 };

struct EndTxnMarker {
  ControlType type = ControlType::kAbort;
  std::int32_t coordinator_epoch = 0;
  friend bool operator==(const EndTxnMarker&, const EndTxnMarker&) = default;
};

// A control batch with one marker.
Buffer end_txn_marker_batch(EndTxnMarker marker, ProducerId id, ProducerEpoch epoch,
                            Timestamp timestamp, Offset offset = Offset{0},
                            LeaderEpoch leader_epoch = kNoLeaderEpoch);
// What a control record says; nothing if its key or value is not a transaction marker.
std::optional<EndTxnMarker> parse_end_txn_marker(const Record& record);
// Type of a control record from its key (version, type); nothing if it is too short. May be one we
// do not know.
std::optional<std::int16_t> control_record_type(const Record& record);

}  // namespace barnabas::records
