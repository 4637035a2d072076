#include "protocol/records/crc32.h"

#include <zlib.h>

namespace barnabas::records {

std::uint32_t crc32(Bytes bytes) {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(::crc32_z(0, data, bytes.size()));
}

}  // namespace barnabas::records
