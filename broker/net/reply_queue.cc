#include "broker/net/reply_queue.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "env/big_endian.h"

namespace barnabas::broker::net {
namespace {

constexpr std::size_t kMaxPieces = 64;

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

void ReplyQueue::prepare(Item& item, api::Encoded answer) {
  env::store_be(item.length.data(), static_cast<std::int32_t>(answer.size));
  item.answer = std::move(answer);
}

void ReplyQueue::push(api::Encoded answer) { prepare(items_.emplace_back(), std::move(answer)); }

ReplyQueue::Slot ReplyQueue::push_pending() {
  items_.emplace_back();
  return first_ + items_.size() - 1;
}

void ReplyQueue::fill(Slot slot, api::Encoded answer) {
  prepare(items_[slot - first_], std::move(answer));
}

// The answer's bytes are cut by its splices: bytes, slice, bytes, slice, ...
ReplyQueue::Piece ReplyQueue::piece_at(const Item& item, std::uint64_t position) {
  if (position < item.length.size()) return {env::Bytes(item.length).subspan(position), {}};
  position -= item.length.size();
  const env::Bytes bytes(item.answer->bytes);
  std::size_t begin = 0;
  for (const auto& [at, slice] : item.answer->splices) {
    const auto before = at - begin;
    if (position < before) return {bytes.subspan(begin + position, before - position), {}};
    position -= before;
    begin = at;
    if (position < slice.length) {
      const auto left = static_cast<std::uint32_t>(slice.length - position);
      return {{}, {slice.file, slice.position + position, left}};
    }
    position -= slice.length;
  }
  return {bytes.subspan(begin + position), {}};
}

void ReplyQueue::advance(std::uint64_t bytes) {
  while (bytes > 0) {
    auto& item = items_.front();
    const auto step = std::min(bytes, item.total() - item.sent);
    item.sent += step;
    bytes -= step;
    if (item.sent < item.total()) return;
    items_.pop_front();
    ++first_;
  }
}

ReplyQueue::Sent ReplyQueue::send_memory(int socket, std::uint64_t& budget) {
  std::array<iovec, kMaxPieces> pieces;
  std::size_t count = 0;
  std::uint64_t total = 0;
  bool slice_follows = false;
  for (auto item = items_.begin(); item != items_.end() && item->answer && !slice_follows; ++item) {
    auto position = item->sent;
    while (position < item->total() && count < pieces.size()) {
      const auto piece = piece_at(*item, position);
      slice_follows = piece.slice.length > 0;
      if (slice_follows) break;
      pieces[count++] = {const_cast<std::byte*>(piece.bytes.data()), piece.bytes.size()};
      position += piece.bytes.size();
      total += piece.bytes.size();
    }
    if (count == pieces.size()) break;
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const auto sent =
      ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | (slice_follows ? MSG_MORE : 0));
  if (sent < 0) return would_block() ? Sent::kFull : Sent::kBroken;
  advance(static_cast<std::uint64_t>(sent));
  budget -= std::min(budget, static_cast<std::uint64_t>(sent));
  return static_cast<std::uint64_t>(sent) < total ? Sent::kFull : Sent::kAll;
}

ReplyQueue::Sent ReplyQueue::send_slice(int socket, const env::FileSlice& slice,
                                        std::uint64_t& budget) {
  const auto length = std::min<std::size_t>(slice.length, kSendfilePiece);
  if (!warm_ && !slice.file->resident(slice.position, length)) {
    cold_ = {slice.file, slice.position, static_cast<std::uint32_t>(length)};
    return Sent::kCold;
  }
  warm_ = false;
  auto offset = static_cast<off_t>(slice.position);
  const auto sent = ::sendfile(socket, slice.file->descriptor(), &offset, length);
  if (sent < 0) return would_block() ? Sent::kFull : Sent::kBroken;
  if (sent == 0) return Sent::kBroken;  // the file is shorter than promised
  advance(static_cast<std::uint64_t>(sent));
  budget -= std::min(budget, static_cast<std::uint64_t>(sent));
  return static_cast<std::size_t>(sent) < length ? Sent::kFull : Sent::kAll;
}

ReplyQueue::Sent ReplyQueue::send(int socket) {
  std::uint64_t budget = kBudgetBytes;
  while (!items_.empty() && items_.front().answer) {
    if (budget == 0) return Sent::kBudget;
    const auto piece = piece_at(items_.front(), items_.front().sent);
    const auto outcome = piece.slice.length > 0 ? send_slice(socket, piece.slice, budget)
                                                : send_memory(socket, budget);
    if (outcome != Sent::kAll) return outcome;
  }
  return Sent::kAll;
}

}  // namespace barnabas::broker::net
