// Bytes received and not yet used, cut into request frames.
//
// Owns        one block while bytes are pending, none while idle (10,000 idle connections cost no
//             buffers).
// Does not    read sockets or look into frames.
// Threading   one loop.
// Invariants  frames given out stay valid and writable until consume(); a frame longer than the
//             block gets a block of exactly its size, and at most kEager bytes are taken for it
//             before they have arrived: a length field alone costs no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "env/files.h"

namespace barnabas::broker::net {

// Blocks that connections gave back, of two sizes; one pool per loop. Without it every large frame
// would cost fresh pages, which are dear (four times so where a host takes freed memory back).
class BlockPool {
 public:
  static constexpr std::size_t kBlock = 256u << 10;
  static constexpr std::size_t kLargeBlock = 2u << 20;
  static constexpr std::size_t kMaxFree = 16;
  static constexpr std::size_t kMaxFreeLarge = 4;

  using Block = std::unique_ptr<std::byte[]>;
  Block take(std::size_t capacity);  // pooled if it is one of the two sizes
  void give_back(Block block, std::size_t capacity);

 private:
  std::vector<Block> free_, free_large_;
};

class FrameBuffer {
 public:
  static constexpr std::size_t kEager = 1u << 20;

  FrameBuffer(BlockPool& pool, std::int32_t max_frame) : pool_(pool), max_frame_(max_frame) {}
  ~FrameBuffer();
  FrameBuffer(const FrameBuffer&) = delete;
  FrameBuffer& operator=(const FrameBuffer&) = delete;

  // Where to receive into; at least one byte.
  env::MutableBytes space();
  void received(std::size_t bytes);

  // The next whole frame (without its length), nullopt if it is not all here. Advances.
  std::optional<env::MutableBytes> next();
  // The length field of the next frame is out of range (negative or above the limit); its value.
  std::optional<std::int32_t> bad_length() const;
  // Give the last frame that next() returned back: it was not used.
  void put_back(std::size_t frame_bytes) { used_ -= frame_bytes + 4; }
  // Frames given out so far are no longer needed. Gives the block back when nothing is pending.
  void consume();
  bool empty() const { return filled_ == used_; }
  std::size_t pending() const { return filled_ - used_; }

 private:
  std::size_t wanted() const;  // bytes the frame at used_ needs in all, 4 if its length is unknown
  void move_to(std::size_t capacity);
  static std::size_t capacity_for(std::size_t bytes);

  BlockPool& pool_;
  std::int32_t max_frame_;
  std::unique_ptr<std::byte[]> block_;
  std::size_t capacity_ = 0;
  std::size_t usual_ = BlockPool::kBlock;  // what the last frames needed
  std::size_t used_ = 0;                   // start of the next frame
  std::size_t filled_ = 0;                 // end of what was received
};

}  // namespace barnabas::broker::net
