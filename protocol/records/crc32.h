// CRC-32 (IEEE), the checksum of magic 0 and 1 messages.
#pragma once

#include <cstdint>

#include "protocol/records/bytes.h"

namespace barnabas::records {

std::uint32_t crc32(Bytes bytes);

}  // namespace barnabas::records
