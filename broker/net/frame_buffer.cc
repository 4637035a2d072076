#include "broker/net/frame_buffer.h"

#include <algorithm>
#include <cstring>

#include "env/big_endian.h"

namespace barnabas::broker::net {

namespace {
constexpr std::size_t kLengthField = 4;
}

BlockPool::Block BlockPool::take() {
  if (free_.empty()) return std::make_unique_for_overwrite<std::byte[]>(kBlock);
  auto block = std::move(free_.back());
  free_.pop_back();
  return block;
}

void BlockPool::give_back(Block block) {
  if (free_.size() < kMaxFree) free_.push_back(std::move(block));
}

FrameBuffer::~FrameBuffer() {
  if (capacity_ == BlockPool::kBlock) pool_.give_back(std::move(block_));
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

// A frame that does not fit is grown in doubling steps as its bytes arrive: a peer pays for what it claims.
env::MutableBytes FrameBuffer::space() {
  if (!block_) move_to(BlockPool::kBlock);
  const auto frame = wanted();
  if (used_ + frame > capacity_ || filled_ == capacity_) {
    const auto affordable = std::max(kEager, 2 * pending());
    const auto needed = std::max(frame, 2 * pending());  // whole frames may still be pending
    move_to(std::max(BlockPool::kBlock, std::min(needed, affordable)));
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
  if (capacity_ == BlockPool::kBlock) pool_.give_back(std::move(block_));
  block_.reset();
  capacity_ = 0;
}

void FrameBuffer::move_to(std::size_t capacity) {
  const auto keep = pending();
  if (capacity == capacity_) {
    std::memmove(block_.get(), block_.get() + used_, keep);
  } else {
    auto block = capacity == BlockPool::kBlock
                     ? pool_.take()
                     : std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (keep > 0) std::memcpy(block.get(), block_.get() + used_, keep);
    if (capacity_ == BlockPool::kBlock) pool_.give_back(std::move(block_));
    block_ = std::move(block);
    capacity_ = capacity;
  }
  used_ = 0;
  filled_ = keep;
}

}  // namespace barnabas::broker::net
