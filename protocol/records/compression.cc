#include "protocol/records/compression.h"

#include <algorithm>
#include <cassert>

#include "protocol/records/codecs.h"

namespace barnabas::records {

void compress(Compression compression, std::int8_t magic, Bytes in, Buffer& out) {
  switch (compression.codec) {
    case Codec::kNone: append_bytes(out, in); return;
    case Codec::kGzip: gzip_compress(compression.level, in, out); return;
    case Codec::kSnappy: snappy_compress(in, out); return;
    case Codec::kLz4: lz4_compress(compression.level, magic, in, out); return;
    case Codec::kZstd: zstd_compress(compression.level, in, out); return;
  }
}

Opened open_decompressor(Codec codec, std::int8_t magic, Bytes in) {
  switch (codec) {
    case Codec::kNone: break;
    case Codec::kGzip: return gzip_open(in);
    case Codec::kSnappy: return snappy_open(in);
    case Codec::kLz4: return lz4_open(magic, in);
    case Codec::kZstd: return zstd_open(in);
  }
  assert(false && "nothing to decompress");
  return std::unexpected(CodecError::kMalformed);
}

std::expected<Buffer, CodecError> decompress(Codec codec, std::int8_t magic, Bytes in,
                                             std::size_t limit) {
  const auto opened = open_decompressor(codec, magic, in);
  if (!opened) return std::unexpected(opened.error());
  Buffer out;
  std::size_t filled = 0;
  for (;;) {
    if (filled == out.size()) {
      // One byte beyond the limit is room enough to notice that there is more.
      const std::size_t wanted = std::max<std::size_t>(16 * 1024, filled * 2);
      out.resize(std::min(wanted, limit + 1));
    }
    const auto n = (*opened)->read(MutableBytes(out).subspan(filled));
    if (!n) return std::unexpected(n.error());
    if (*n == 0) break;
    filled += *n;
    if (filled > limit) return std::unexpected(CodecError::kMalformed);
  }
  out.resize(filled);
  return out;
}

}  // namespace barnabas::records
