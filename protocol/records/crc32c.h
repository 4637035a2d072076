// CRC-32C (Castagnoli), the checksum of magic 2 batches.
#pragma once

#include <cstdint>

#include "protocol/records/bytes.h"

namespace barnabas::records {

std::uint32_t crc32c(Bytes bytes);

}  // namespace barnabas::records
