#include "broker/net/connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "env/log.h"

namespace barnabas::broker::net {
namespace {

constexpr auto kLogger = "kafka.network.SocketServer";
using tcp = boost::asio::ip::tcp;

// The first bytes of what people send to the wrong port.
const char* guess(std::int32_t length) {
  switch (static_cast<std::uint32_t>(length) >> 16) {
    case 0x4745:  // GE(T)
    case 0x504f:  // PO(ST)
    case 0x4845:  // HE(AD)
      return " (an HTTP request on a Kafka port)";
    case 0x1603: return " (a TLS handshake on a PLAINTEXT port)";
    case 0x5353: return " (an SSH client on a Kafka port)";
    default: return "";
  }
}

// Brings the range into the page cache; the bytes themselves go nowhere.
void read_through(env::FileSlice slice) {
  std::vector<std::byte> scratch(64u << 10);
  for (std::uint64_t done = 0; done < slice.length;) {
    const auto wanted = std::min<std::uint64_t>(scratch.size(), slice.length - done);
    const auto got = slice.file->read_at(slice.position + done, {scratch.data(), wanted});
    if (!got || *got == 0) return;
    done += *got;
  }
}

}  // namespace

Connection::Connection(Loop& loop, tcp::socket socket,
                       std::shared_ptr<api::ConnectionContext> context)
    : loop_(loop),
      socket_(std::move(socket)),
      context_(std::move(context)),
      buffer_(loop.blocks, loop.max_frame),
      last_active_(loop.clock->now()) {}

env::Task<void> Connection::run() {
  const auto self = shared_from_this();
  while (open_) {
    const bool alive = co_await receive();
    if (!alive) break;
    working_ = true;
    const bool go_on = co_await serve();
    working_ = false;
    if (!go_on) break;
  }
  close();
}

void Connection::close() {
  if (!open_) return;
  open_ = false;
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  if (wants_drained_) wants_drained_->set();
}

// Waits only when the last receive emptied the socket.
env::Task<bool> Connection::receive() {
  if (!more_to_read_) {
    boost::system::error_code error;
    co_await socket_.async_wait(tcp::socket::wait_read,
                                boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error || !open_) co_return false;
  }
  for (int i = 0; i < kMaxReceives; ++i) {
    if (!receive_once()) co_return false;
    if (!more_to_read_) break;
  }
  last_active_ = loop_.clock->now();
  co_return true;
}

bool Connection::receive_once() {
  const auto space = buffer_.space();
  const auto got = ::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
  if (got > 0) {
    buffer_.received(static_cast<std::size_t>(got));
    more_to_read_ = static_cast<std::size_t>(got) == space.size();
    return true;
  }
  more_to_read_ = false;
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    buffer_.consume();
    return true;
  }
  if (!buffer_.empty()) log_cut_frame();
  return false;
}

void Connection::cut_frames() {
  frames_.clear();
  while (frames_.size() < kMaxFramesPerBatch && !buffer_.bad_length()) {
    const auto frame = buffer_.next();
    if (!frame) return;
    frames_.push_back(*frame);
  }
}

// Dispatches every whole frame. A reply that must be waited for leaves the frames behind it for
// later.
env::Task<bool> Connection::serve() {
  while (open_) {
    cut_frames();
    if (frames_.empty()) break;
    auto batch = loop_.dispatcher->dispatch(context_, frames_);
    for (auto i = frames_.size(); i > batch.taken; --i) buffer_.put_back(frames_[i - 1].size());
    const bool go_on = co_await take(std::move(batch.replies));
    if (!go_on) co_return false;
  }
  if (const auto length = buffer_.bad_length()) {
    log_bad_frame(*length);
    co_return false;
  }
  buffer_.consume();
  if (frames_.capacity() > 64) std::vector<env::MutableBytes>().swap(frames_);
  co_return open_;
}

env::Task<bool> Connection::take(std::vector<api::Reply> replies) {
  for (auto& reply : replies) {
    if (auto* now = std::get_if<api::Encoded>(&reply)) {
      replies_.push(std::move(*now));
    } else if (auto* overlapping = std::get_if<api::Overlapping>(&reply)) {
      const auto slot = replies_.push_pending();
      loop_.gate->spawn(loop_.executor, finish(slot, std::move(overlapping->answer)));
    } else if (auto* later = std::get_if<api::Later>(&reply)) {
      flush();
      auto answer = co_await std::move(later->answer);
      if (!answer) co_return false;
      replies_.push(std::move(*answer));
    } else if (auto* closing = std::get_if<api::CloseConnection>(&reply)) {
      flush();
      co_await drained(1);
      if (!closing->reason.empty()) {
        env::log_info(kLogger, "Closing connection from {} on listener {}: {}", context_->peer,
                      context_->listener, closing->reason);
      }
      co_return false;
    }
  }
  flush();
  co_await drained(writing_ ? 1 : kMaxPendingReplies);
  co_return open_;
}

env::Task<void> Connection::finish(ReplyQueue::Slot slot, env::Task<api::Answer> answer) {
  const auto self = shared_from_this();
  auto encoded = co_await std::move(answer);
  if (!encoded) co_return close();
  replies_.fill(slot, std::move(*encoded));
  flush();
}

void Connection::flush() {
  if (writing_ || !open_) return;
  const auto state = replies_.send(socket_.native_handle());
  if (state == ReplyQueue::Sent::kBroken) return close();
  if (state != ReplyQueue::Sent::kAll) {
    writing_ = loop_.gate->spawn(loop_.executor, write_loop(state));
    return;
  }
  if (wants_drained_ && replies_.size() < drained_below_) wants_drained_->set();
}

// Runs while the socket is full or a page is cold; ends when everything ready is sent.
env::Task<void> Connection::write_loop(ReplyQueue::Sent state) {
  const auto self = shared_from_this();
  while (open_ && state != ReplyQueue::Sent::kAll) {
    if (state == ReplyQueue::Sent::kBroken) break;
    if (state == ReplyQueue::Sent::kFull) {
      boost::system::error_code error;
      co_await socket_.async_wait(tcp::socket::wait_write,
                                  boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) break;
    } else if (state == ReplyQueue::Sent::kCold) {
      const auto slice = replies_.cold();
      auto read = [slice] { read_through(slice); };
      co_await loop_.disk->run(std::move(read));
      replies_.warmed();
    } else {
      co_await boost::asio::post(loop_.executor, boost::asio::use_awaitable);
    }
    if (open_) state = replies_.send(socket_.native_handle());
  }
  writing_ = false;
  if (state != ReplyQueue::Sent::kAll) close();
  if (wants_drained_ && (!open_ || replies_.size() < drained_below_)) wants_drained_->set();
}

// Waits until fewer than `below` answers are outstanding, or the connection is closed.
env::Task<void> Connection::drained(std::size_t below) {
  while (open_ && replies_.size() >= below) {
    env::Signal signal;
    wants_drained_ = signal;
    drained_below_ = below;
    co_await signal.wait();
    wants_drained_.reset();
  }
}

// The server's sweep found that nothing came for connections.max.idle.ms.
void Connection::close_idle() {
  if (!open_) return;
  const auto idle =
      std::chrono::duration_cast<std::chrono::milliseconds>(loop_.clock->now() - last_active_);
  env::log_info(
      kLogger,
      "Closing connection from {} on listener {}: idle for {} ms, {} bytes of a request received",
      context_->peer, context_->listener, idle.count(), buffer_.pending());
  close();
}

void Connection::log_cut_frame() const {
  env::log_info(
      kLogger,
      "Closing connection from {} on listener {}: the peer left after {} bytes of a request",
      context_->peer, context_->listener, buffer_.pending());
}

void Connection::log_bad_frame(std::int32_t length) const {
  env::log_warn(kLogger, "Closing connection from {} on listener {}: invalid request length {}{}",
                context_->peer, context_->listener, length, guess(length));
}

}  // namespace barnabas::broker::net
