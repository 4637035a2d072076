// Answers of one connection, sent in request order.
//
// Owns        the encoded answers until their last byte is in the socket.
// Does not    wait: send() stops when the socket is full, a page is cold or the budget is used up.
// Threading   one loop.
// Performance everything ready goes out with one sendmsg; file slices with sendfile, never through
// user space.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "broker/api/reply.h"
#include "env/files.h"

namespace barnabas::broker::net {

class ReplyQueue {
 public:
  enum class Sent {
    kAll,     // nothing ready is left
    kFull,    // wait until the socket is writable
    kCold,    // `cold()` must be read into the page cache first
    kBudget,  // others want the loop
    kBroken,  // the peer is gone
  };
  static constexpr std::size_t kSendfilePiece = 1u << 20;
  static constexpr std::size_t kBudgetBytes = 2u << 20;  // per call of send()

  using Slot = std::uint64_t;
  void push(api::Encoded answer);
  Slot push_pending();
  void fill(Slot slot, api::Encoded answer);

  Sent send(int socket);
  const env::FileSlice& cold() const { return cold_; }
  void warmed() { warm_ = true; }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }

 private:
  struct Item {
    std::array<std::byte, 4> length{};
    std::optional<api::Encoded> answer;
    std::uint64_t sent = 0;
    std::uint64_t total() const { return length.size() + answer->size; }
  };
  struct Piece {  // what comes next: bytes in memory, or a file range
    env::Bytes bytes;
    env::FileSlice slice;
  };
  static void prepare(Item& item, api::Encoded answer);
  static Piece piece_at(const Item& item, std::uint64_t position);
  Sent send_memory(int socket, std::uint64_t& budget);
  Sent send_slice(int socket, const env::FileSlice& slice, std::uint64_t& budget);
  void advance(std::uint64_t bytes);

  std::deque<Item> items_;
  Slot first_ = 0;  // slot of items_.front()
  bool warm_ = false;
  env::FileSlice cold_;
};

}  // namespace barnabas::broker::net
