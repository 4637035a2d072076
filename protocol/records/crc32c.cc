#include "protocol/records/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace barnabas::records {

std::uint32_t crc32c(Bytes bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 30;  // ISA-L counts in int
  std::uint32_t crc = 0xffffffffu;
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kPiece);
    // ISA-L takes a non-const pointer but only reads.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(n), crc);
    bytes = bytes.subspan(n);
  }
  return ~crc;
}

}  // namespace barnabas::records
