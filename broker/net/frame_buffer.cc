#include "broker/net/frame_buffer.h"

#include <algorithm>
#include <cstring>

#include "env/big_endian.h"

namespace barnabas::broker::net {

namespace {
constexpr std::size_t kLengthField = 4;
}

BlockPool::Block BlockPool::take(std::size_t capacity) {
  auto& free = capacity == kLargeBlock ? free_large_ : free_;
  const bool pooled = capacity == kLargeBlock || capacity == kBlock;
  if (!pooled || free.empty()) return std::make_unique_for_overwrite<std::byte[]>(capacity);
  auto block = std::move(free.back());
  free.pop_back();
  return block;
}

void BlockPool::give_back(Block block, std::size_t capacity) {
  if (capacity == kBlock && free_.size() < kMaxFree) free_.push_back(std::move(block));
  if (capacity == kLargeBlock && free_large_.size() < kMaxFreeLarge) {
    free_large_.push_back(std::move(block));
  }
}

FrameBuffer::~FrameBuffer() { pool_.give_back(std::move(block_), capacity_); }

std::size_t FrameBuffer::capacity_for(std::size_t bytes) {
  if (bytes <= BlockPool::kBlock) return BlockPool::kBlock;
  return std::max(bytes, BlockPool::kLargeBlock);
}

std::size_t FrameBuffer::wanted() const {
  if (pending() < kLengthField) return kLengthField;
  const auto length = env::load_be<std::int32_t>(block_.get() + used_);
  return kLengthField + static_cast<std::size_t>(std::max(length, 0));
}

std::optional<std::int32_t> FrameBuffer::bad_length() const {
  if (pending() < kLengthField) return std::nullopt;
  const auto length = env::load_be<std::int32_t>(block_.get() + used_);
  if (length >= 0 && length <= max_frame_) return std::nullopt;
  return length;
}

// A frame that does not fit is grown in doubling steps as its bytes arrive: a peer pays for what it
// claims.
env::MutableBytes FrameBuffer::space() {
  if (!block_) move_to(usual_);
  const auto frame = wanted();
  if (used_ + frame > capacity_ || filled_ == capacity_) {
    const auto affordable = std::max(kEager, 2 * pending());
    const auto needed = std::max(frame, 2 * pending());  // whole frames may still be pending
    const auto capacity = capacity_for(std::min(needed, affordable));
    move_to(used_ > 0 && needed <= capacity_ ? capacity_ : std::max(capacity, capacity_));
    usual_ = std::min(capacity_, BlockPool::kLargeBlock);
  }
  return {block_.get() + filled_, capacity_ - filled_};
}

void FrameBuffer::received(std::size_t bytes) { filled_ += bytes; }

std::optional<env::MutableBytes> FrameBuffer::next() {
  const auto frame = wanted();
  if (pending() < frame) return std::nullopt;
  env::MutableBytes body{block_.get() + used_ + kLengthField, frame - kLengthField};
  used_ += frame;
  return body;
}

void FrameBuffer::consume() {
  if (!empty()) return;
  used_ = filled_ = 0;
  pool_.give_back(std::move(block_), capacity_);
  block_.reset();
  capacity_ = 0;
}

void FrameBuffer::move_to(std::size_t capacity) {
  const auto keep = pending();
  if (capacity == capacity_) {
    std::memmove(block_.get(), block_.get() + used_, keep);
  } else {
    auto block = pool_.take(capacity);
    if (keep > 0) std::memcpy(block.get(), block_.get() + used_, keep);
    if (block_) pool_.give_back(std::move(block_), capacity_);
    block_ = std::move(block);
    capacity_ = capacity;
  }
  used_ = 0;
  filled_ = keep;
}

}  // namespace barnabas::broker::net
