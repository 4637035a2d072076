#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <limits>

#include "protocol/records/codecs.h"

namespace barnabas::records {

namespace {

constexpr int kGzipFraming = 15 + 16;  // window bits; 16 more asks zlib for the gzip wrapper
constexpr std::size_t kHeaderSize = 10;

bool starts_a_member(Bytes in) {
  return in.size() >= kHeaderSize && in[0] == std::byte{0x1f} && in[1] == std::byte{0x8b} &&
         in[2] == std::byte{Z_DEFLATED};
}

uInt piece(std::size_t n) {
  return static_cast<uInt>(std::min<std::size_t>(n, std::numeric_limits<uInt>::max()));
}

class GzipReader final : public Decompressor {
 public:
  explicit GzipReader(Bytes in) : rest_(in) {
    [[maybe_unused]] const int ok = inflateInit2(&stream_, kGzipFraming);
    assert(ok == Z_OK);
  }
  ~GzipReader() override { inflateEnd(&stream_); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  std::expected<std::size_t, CodecError> read(MutableBytes window) override {
    while (!done_) {
      const auto n = step(window);
      if (!n || *n > 0) return n;
    }
    return 0;
  }

 private:
  std::expected<std::size_t, CodecError> step(MutableBytes window) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));
    stream_.avail_in = piece(rest_.size());
    stream_.next_out = reinterpret_cast<Bytef*>(window.data());
    stream_.avail_out = piece(window.size());
    const uInt in_before = stream_.avail_in, out_before = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    rest_ = rest_.subspan(in_before - stream_.avail_in);
    const std::size_t produced = out_before - stream_.avail_out;
    if (result == Z_STREAM_END) {
      end_of_member();
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return std::unexpected(CodecError::kMalformed);
    } else if (produced == 0 && rest_.empty()) {
      return std::unexpected(CodecError::kMalformed);  // cut inside a member
    }
    return produced;
  }

  // Java goes on with another member and ignores anything else that follows.
  void end_of_member() {
    done_ = !starts_a_member(rest_);
    if (!done_) inflateReset(&stream_);
  }

  z_stream stream_{};
  Bytes rest_;
  bool done_ = false;
};

}  // namespace

void gzip_compress(std::optional<int> level, Bytes in, Buffer& out) {
  z_stream stream{};
  constexpr int kMemLevel = 8;
  [[maybe_unused]] int result =
      deflateInit2(&stream, level.value_or(Z_DEFAULT_COMPRESSION), Z_DEFLATED, kGzipFraming,
                   kMemLevel, Z_DEFAULT_STRATEGY);
  assert(result == Z_OK && in.size() <= std::numeric_limits<uInt>::max());
  const std::size_t start = out.size();
  out.resize(start + deflateBound(&stream, in.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
  stream.avail_out = static_cast<uInt>(out.size() - start);
  result = deflate(&stream, Z_FINISH);
  assert(result == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
}

Opened gzip_open(Bytes in) {
  if (!starts_a_member(in)) return std::unexpected(CodecError::kMalformed);
  return std::make_unique<GzipReader>(in);
}

}  // namespace barnabas::records
