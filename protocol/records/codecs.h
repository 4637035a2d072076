// One pair of functions per codec; only compression.cc and the codecs themselves include this.
#pragma once

#include "protocol/records/compression.h"

namespace barnabas::records {

using Opened = std::expected<std::unique_ptr<Decompressor>, CodecError>;

void gzip_compress(std::optional<int> level, Bytes in, Buffer& out);
Opened gzip_open(Bytes in);
void snappy_compress(Bytes in, Buffer& out);
Opened snappy_open(Bytes in);
void lz4_compress(std::optional<int> level, std::int8_t magic, Bytes in, Buffer& out);
Opened lz4_open(std::int8_t magic, Bytes in);
void zstd_compress(std::optional<int> level, Bytes in, Buffer& out);
Opened zstd_open(Bytes in);

}  // namespace barnabas::records
