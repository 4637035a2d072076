#include <zstd.h>

#include <cassert>

#include "protocol/records/codecs.h"

namespace barnabas::records {

namespace {

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
using Context = std::unique_ptr<ZSTD_DCtx, FreeContext>;

// A context costs more to make than a small batch to read, so each thread keeps one.
thread_local Context spare;
constexpr std::size_t kLargestSpare = std::size_t{4} << 20;

Context take_context() {
  if (!spare) return Context(ZSTD_createDCtx());
  ZSTD_DCtx_reset(spare.get(), ZSTD_reset_session_only);
  return std::move(spare);
}

class ZstdReader final : public Decompressor {
 public:
  explicit ZstdReader(Bytes in) : context_(take_context()), in_{in.data(), in.size(), 0} {}
  ~ZstdReader() override {
    if (ZSTD_sizeof_DCtx(context_.get()) <= kLargestSpare) spare = std::move(context_);
  }
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  std::expected<std::size_t, CodecError> read(MutableBytes window) override {
    ZSTD_outBuffer out{window.data(), window.size(), 0};
    while (out.pos == 0) {
      if (whole_frame_ && in_.pos == in_.size) return 0;
      const std::size_t before = in_.pos;
      const std::size_t hint = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(hint)) return std::unexpected(CodecError::kMalformed);
      whole_frame_ = hint == 0;
      const bool stuck = out.pos == 0 && in_.pos == before && !whole_frame_;
      if (stuck) return std::unexpected(CodecError::kMalformed);
    }
    return out.pos;
  }

 private:
  Context context_;
  ZSTD_inBuffer in_;
  bool whole_frame_ = true;
};

}  // namespace

void zstd_compress(std::optional<int> level, Bytes in, Buffer& out) {
  const std::size_t start = out.size();
  out.resize(start + ZSTD_compressBound(in.size()));
  const std::size_t size = ZSTD_compress(out.data() + start, out.size() - start, in.data(),
                                         in.size(), level.value_or(ZSTD_CLEVEL_DEFAULT));
  assert(!ZSTD_isError(size));
  out.resize(start + size);
}

Opened zstd_open(Bytes in) { return std::make_unique<ZstdReader>(in); }

}  // namespace barnabas::records
