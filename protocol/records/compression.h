// The five codecs of Kafka, each with its own framing.
//
// Does not    trust a length it reads: output is produced into windows the caller owns.
// Threading   values and objects of one thread at a time; contexts are pooled per thread.
// Kafka       common/compress. lz4: frames of 64 KiB independent blocks, no checksums; magic 0
//             has a header checksum over the wrong bytes (KAFKA-3160). snappy: xerial framing; raw
//             blocks are read too. Differs: reserved flags in a gzip header are refused.
#pragma once

#include <expected>
#include <memory>
#include <optional>

#include "protocol/records/batch.h"
#include "protocol/records/bytes.h"

namespace barnabas::records {

struct Compression {
  Codec codec = Codec::kNone;
  std::optional<int> level;  // nothing: Kafka's default (gzip -1, lz4 9, zstd 3)
  friend bool operator==(const Compression&, const Compression&) = default;
};

// Appends `in` to `out`, compressed. `magic` matters to lz4 only.
void compress(Compression compression, std::int8_t magic, Bytes in, Buffer& out);

enum class CodecError {
  kMalformed,  // not what this codec writes, or cut short
};

// A compressed payload read piece by piece.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  // Writes at least one byte into `window` and says how many; 0 at the end. `window` must not be
  // empty.
  virtual std::expected<std::size_t, CodecError> read(MutableBytes window) = 0;
};

// `in` must outlive the decompressor. kMalformed if the payload's first bytes are wrong. Not for
// Codec::kNone.
std::expected<std::unique_ptr<Decompressor>, CodecError> open_decompressor(Codec codec,
                                                                           std::int8_t magic,
                                                                           Bytes in);

// All at once; nothing more than `limit` bytes is ever produced (one more is kMalformed).
std::expected<Buffer, CodecError> decompress(Codec codec, std::int8_t magic, Bytes in,
                                             std::size_t limit);

}  // namespace barnabas::records
