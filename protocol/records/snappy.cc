#include <snappy.h>

#include <algorithm>
#include <array>

#include "protocol/records/codecs.h"

namespace barnabas::records {

namespace {

// The framing of snappy-java's SnappyOutputStream: a header, then blocks, each after its size.
constexpr std::array<unsigned char, 16> kHeader = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0,
                                                   0,    0,   0,   1,   0,   0,   0,   1};
constexpr std::size_t kMagicSize = 8;
constexpr std::int32_t kOldestVersion = 1;
constexpr std::int32_t kHeaderAsSize = static_cast<std::int32_t>(0x82534e41);
constexpr std::size_t kBlockSize = 32 * 1024;
// A copy of 64 bytes takes 3: no block grows more than this.
constexpr std::size_t kMaxRatio = 22;

bool has_framing(Bytes in) {
  return in.size() >= kHeader.size() &&
         std::equal(kHeader.begin(), kHeader.begin() + kMagicSize, in.begin(),
                    [](unsigned char a, std::byte b) { return std::byte{a} == b; });
}

bool known_version(Bytes header) {
  return load_be<std::int32_t>(header.data() + kMagicSize) >= kOldestVersion;
}

const char* chars(Bytes in) { return reinterpret_cast<const char*>(in.data()); }

class SnappyReader final : public Decompressor {
 public:
  SnappyReader(Bytes in, bool framed) : rest_(in), framed_(framed) {}

  std::expected<std::size_t, CodecError> read(MutableBytes window) override {
    while (at_ == block_.size()) {
      const auto compressed = next_block();
      if (!compressed) return std::unexpected(compressed.error());
      if (compressed->empty()) return 0;
      std::size_t length = 0;
      if (!snappy::GetUncompressedLength(chars(*compressed), compressed->size(), &length) ||
          length > compressed->size() * kMaxRatio) {
        return std::unexpected(CodecError::kMalformed);
      }
      // Straight into the caller's window when the whole block fits: the common case.
      if (length > 0 && length <= window.size()) return decode(*compressed, window.first(length));
      block_.resize(length);
      at_ = 0;
      if (const auto n = decode(*compressed, block_); !n) return n;
    }
    const std::size_t n = std::min(window.size(), block_.size() - at_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(at_), n, window.begin());
    at_ += n;
    return n;
  }

 private:
  static std::expected<std::size_t, CodecError> decode(Bytes compressed, MutableBytes into) {
    const bool ok = snappy::RawUncompress(chars(compressed), compressed.size(),
                                          reinterpret_cast<char*>(into.data()));
    if (!ok) return std::unexpected(CodecError::kMalformed);
    return into.size();
  }

  Bytes take(std::size_t n) {
    const Bytes taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }

  // The next compressed block; empty at the end. Streams may be concatenated, header and all.
  std::expected<Bytes, CodecError> next_block() {
    if (!framed_) return take(rest_.size());
    for (;;) {
      if (rest_.size() < sizeof(std::int32_t)) return Bytes{};
      const auto size = load_be<std::int32_t>(rest_.data());
      if (size != kHeaderAsSize) return sized_block(size);
      if (!has_framing(rest_) || !known_version(rest_))
        return std::unexpected(CodecError::kMalformed);
      take(kHeader.size());
    }
  }

  std::expected<Bytes, CodecError> sized_block(std::int32_t size) {
    take(sizeof size);
    if (size <= 0 || static_cast<std::size_t>(size) > rest_.size()) {
      return std::unexpected(CodecError::kMalformed);
    }
    return take(static_cast<std::size_t>(size));
  }

  Bytes rest_;
  bool framed_;
  Buffer block_;
  std::size_t at_ = 0;
};

}  // namespace

void snappy_compress(Bytes in, Buffer& out) {
  append_bytes(out, std::as_bytes(std::span(kHeader)));
  while (!in.empty()) {
    const Bytes block = in.first(std::min(in.size(), kBlockSize));
    in = in.subspan(block.size());
    const std::size_t start = out.size();
    out.resize(start + sizeof(std::int32_t) + snappy::MaxCompressedLength(block.size()));
    std::byte* const data = out.data() + start + sizeof(std::int32_t);
    std::size_t size = 0;
    snappy::RawCompress(chars(block), block.size(), reinterpret_cast<char*>(data), &size);
    store_be(out.data() + start, static_cast<std::int32_t>(size));
    out.resize(start + sizeof(std::int32_t) + size);
  }
}

Opened snappy_open(Bytes in) {
  if (in.empty()) return std::unexpected(CodecError::kMalformed);
  const bool framed = has_framing(in);
  if (framed && !known_version(in)) return std::unexpected(CodecError::kMalformed);
  return std::make_unique<SnappyReader>(in, framed);
}

}  // namespace barnabas::records
