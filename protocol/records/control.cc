#include "protocol/records/control.h"

#include <array>

namespace barnabas::records {

namespace {

constexpr std::int16_t kVersion = 0;
constexpr std::size_t kKeySize = 4, kValueSize = 6;

}  // namespace

Buffer end_txn_marker_batch(EndTxnMarker marker, ProducerId id, ProducerEpoch epoch,
                            Timestamp timestamp, Offset offset, LeaderEpoch leader_epoch) {
  std::array<std::byte, kKeySize> key{};
  store_be(key.data(), kVersion);
  store_be(key.data() + 2, static_cast<std::int16_t>(marker.type));
  std::array<std::byte, kValueSize> value{};
  store_be(value.data(), kVersion);
  store_be(value.data() + 2, marker.coordinator_epoch);
  RecordBatchBuilder builder({.base_offset = offset,
                              .producer_id = id,
                              .producer_epoch = epoch,
                              .transactional = true,
                              .control = true,
                              .leader_epoch = leader_epoch});
  builder.append(timestamp, Bytes(key), Bytes(value));
  return builder.build();
}

std::optional<std::int16_t> control_record_type(const Record& record) {
  if (!record.key || record.key->size() < kKeySize) return std::nullopt;
  if (load_be<std::int16_t>(record.key->data()) < kVersion) return std::nullopt;
  return load_be<std::int16_t>(record.key->data() + 2);
}

std::optional<EndTxnMarker> parse_end_txn_marker(const Record& record) {
  const auto type = control_record_type(record);
  const bool known = type == static_cast<std::int16_t>(ControlType::kAbort) ||
                     type == static_cast<std::int16_t>(ControlType::kCommit);
  if (!known || !record.value || record.value->size() < kValueSize) return std::nullopt;
  if (load_be<std::int16_t>(record.value->data()) < kVersion) return std::nullopt;
  return EndTxnMarker{static_cast<ControlType>(*type),
                      load_be<std::int32_t>(record.value->data() + 2)};
}

}  // namespace barnabas::records
