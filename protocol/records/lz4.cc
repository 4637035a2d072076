#include <lz4frame.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "protocol/records/codecs.h"

namespace barnabas::records {

namespace {

constexpr std::size_t kMagicSize = 4;
constexpr std::size_t kShortHeader = 7;  // magic, FLG, BD, checksum
constexpr std::size_t kLongHeader = 15;  // with the content's size
constexpr int kDefaultLevel = 9;         // Kafka's name for "the fast compressor"
constexpr int kMinHighLevel = 3, kMaxHighLevel = 12;

// FLG: version 1, independent blocks, no dictionary, nothing reserved: all that Kafka takes.
constexpr unsigned kFlagMask = 0xe3, kFlagWanted = 0x60, kContentSizeFlag = 0x08;
constexpr unsigned kReservedBd = 0x8f;

// XXH32 with seed 0 of fewer than 16 bytes: header checksums need no more.
std::uint32_t short_xxh32(Bytes in) {
  constexpr std::uint32_t kP1 = 2654435761u, kP2 = 2246822519u, kP3 = 3266489917u, kP4 = 668265263u,
                          kP5 = 374761393u;
  assert(in.size() < 16);
  std::uint32_t h = kP5 + static_cast<std::uint32_t>(in.size());
  std::size_t i = 0;
  for (; i + 4 <= in.size(); i += 4) {
    const std::uint32_t lane = std::byteswap(load_be<std::uint32_t>(in.data() + i));
    h = std::rotl(h + lane * kP3, 17) * kP4;
  }
  for (; i < in.size(); ++i) h = std::rotl(h + static_cast<std::uint32_t>(in[i]) * kP5, 11) * kP1;
  h = (h ^ (h >> 15)) * kP2;
  h = (h ^ (h >> 13)) * kP3;
  return h ^ (h >> 16);
}

std::byte header_checksum(Bytes descriptor) {
  return static_cast<std::byte>((short_xxh32(descriptor) >> 8) & 0xff);
}

class Lz4Reader final : public Decompressor {
 public:
  Lz4Reader(Bytes header, Bytes rest) : header_size_(header.size()), rest_(rest) {
    std::copy(header.begin(), header.end(), header_.begin());
    [[maybe_unused]] const auto error = LZ4F_createDecompressionContext(&context_, LZ4F_VERSION);
    assert(!LZ4F_isError(error));
  }
  ~Lz4Reader() override { LZ4F_freeDecompressionContext(context_); }
  Lz4Reader(const Lz4Reader&) = delete;
  Lz4Reader& operator=(const Lz4Reader&) = delete;

  // Corrects the checksum that magic 0 got wrong, whatever it says now.
  void repair_header() {
    header_[header_size_ - 1] =
        header_checksum(Bytes(header_).subspan(kMagicSize, header_size_ - kMagicSize - 1));
  }

  bool accept_header() {
    std::size_t consumed = header_size_, produced = 0;
    const auto hint =
        LZ4F_decompress(context_, nullptr, &produced, header_.data(), &consumed, nullptr);
    return !LZ4F_isError(hint) && consumed == header_size_;
  }

  std::expected<std::size_t, CodecError> read(MutableBytes window) override {
    while (!done_) {
      std::size_t consumed = rest_.size(), produced = window.size();
      const auto hint =
          LZ4F_decompress(context_, window.data(), &produced, rest_.data(), &consumed, nullptr);
      if (LZ4F_isError(hint)) return std::unexpected(CodecError::kMalformed);
      rest_ = rest_.subspan(consumed);
      done_ = hint == 0;  // Kafka ignores what follows the frame
      if (produced > 0) return produced;
      if (!done_ && consumed == 0) return std::unexpected(CodecError::kMalformed);
    }
    return 0;
  }

 private:
  LZ4F_dctx* context_ = nullptr;
  std::array<std::byte, kLongHeader> header_{};
  std::size_t header_size_;
  Bytes rest_;
  bool done_ = false;
};

int frame_level(std::optional<int> level) {
  if (!level || *level == kDefaultLevel) return 0;
  return std::clamp(*level, kMinHighLevel, kMaxHighLevel);
}

}  // namespace

void lz4_compress(std::optional<int> level, std::int8_t magic, Bytes in, Buffer& out) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.compressionLevel = frame_level(level);
  const std::size_t start = out.size();
  out.resize(start + LZ4F_compressFrameBound(in.size(), &preferences));
  const std::size_t size = LZ4F_compressFrame(out.data() + start, out.size() - start, in.data(),
                                              in.size(), &preferences);
  assert(!LZ4F_isError(size));
  out.resize(start + size);
  if (magic == 0) {  // KAFKA-3160: readers of magic 0 expect the frame's own magic to be counted in
    const Bytes header = Bytes(out).subspan(start, kShortHeader - 1);
    out[start + kShortHeader - 1] = header_checksum(header);
  }
}

Opened lz4_open(std::int8_t magic, Bytes in) {
  constexpr auto kMalformed = std::unexpected(CodecError::kMalformed);
  if (in.size() < kShortHeader) return kMalformed;
  const auto flags = std::to_integer<unsigned>(in[kMagicSize]);
  const auto descriptor = std::to_integer<unsigned>(in[kMagicSize + 1]);
  if ((flags & kFlagMask) != kFlagWanted || (descriptor & kReservedBd) != 0) return kMalformed;
  const std::size_t header = (flags & kContentSizeFlag) != 0 ? kLongHeader : kShortHeader;
  if (in.size() < header) return kMalformed;
  auto reader = std::make_unique<Lz4Reader>(in.first(header), in.subspan(header));
  if (magic == 0) reader->repair_header();
  if (!reader->accept_header()) return kMalformed;
  return reader;
}

}  // namespace barnabas::records
