// The bytes of an N.snapshot file: producer state as of offset N (exclusive).
//
// Kafka       ProducerStateManager.writeSnapshot/readSnapshot: version 1, CRC-32C of what follows
//             it, then 46 bytes per producer. Only the last batch of each producer is kept.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "log/producer_state.h"

namespace barnabas::log {

std::vector<std::byte> format_snapshot(const std::vector<ProducerEntry>& producers);
// An error text if the bytes are no snapshot (version, length or CRC): such a file is removed and
// an older one taken.
std::expected<std::vector<ProducerEntry>, std::string> parse_snapshot(
    std::span<const std::byte> content);

}  // namespace barnabas::log
