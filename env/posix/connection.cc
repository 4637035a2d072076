#include "env/posix/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <span>
#include <string>
#include <utility>

#include "env/big_endian.h"

namespace barnabas::env {

namespace asio = boost::asio;

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kReadStep = 4u << 20;  // a length that lies costs no more memory than this

// Of one burst: the requests and their lengths stay put until they are on the wire.
struct Burst {
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::array<std::byte, kLengthSize>> lengths;
  std::vector<asio::const_buffer> buffers;

  explicit Burst(std::deque<std::shared_ptr<Exchange>> unsent)
      : exchanges(unsent.begin(), unsent.end()), lengths(unsent.size()) {
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
      store_be(lengths[i].data(), static_cast<std::uint32_t>(exchanges[i]->request.size()));
      buffers.push_back(asio::buffer(lengths[i]));
      buffers.push_back(asio::buffer(exchanges[i]->request));
    }
  }
};

std::error_code closed_by_peer(boost::system::error_code error) {
  if (error == asio::error::eof) return std::make_error_code(std::errc::connection_reset);
  return error;
}

}  // namespace

std::shared_ptr<Connection> Connection::open(Executor executor, Address address) {
  std::shared_ptr<Connection> connection = std::make_shared<Connection>(executor);
  asio::co_spawn(executor, connection->serve(std::move(address)),
                 [connection](std::exception_ptr error) {
                   if (error) std::rethrow_exception(error);
                 });
  return connection;
}

void Connection::submit(std::shared_ptr<Exchange> exchange) {
  unsent_.push_back(std::move(exchange));
  more_.set();
}

void Connection::fail(std::error_code error) {
  if (failed_) return;
  failed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  more_.set();
  std::deque<std::shared_ptr<Exchange>> lost = std::exchange(unanswered_, {});
  lost.insert(lost.end(), unsent_.begin(), unsent_.end());
  unsent_.clear();
  for (const std::shared_ptr<Exchange>& exchange : lost) {
    exchange->response = std::unexpected(error);
    exchange->done.set();
  }
}

Task<void> Connection::serve(Address address) {
  std::shared_ptr<Connection> self = shared_from_this();
  std::error_code error = co_await establish(address);
  if (error) fail(error);
  if (failed_) co_return;
  asio::co_spawn(socket_.get_executor(), read_all(), [self](std::exception_ptr escaped) {
    if (escaped) std::rethrow_exception(escaped);
  });
  co_await write_all();
}

Task<std::error_code> Connection::establish(Address address) {
  asio::ip::tcp::resolver resolver(socket_.get_executor());
  std::string port = std::to_string(address.port);
  auto [unresolved, endpoints] = co_await resolver.async_resolve(address.host, port, kAsTuple);
  if (unresolved) co_return std::make_error_code(std::errc::host_unreachable);
  if (failed_) co_return std::make_error_code(std::errc::operation_canceled);
  auto [error, endpoint] = co_await asio::async_connect(socket_, endpoints, kAsTuple);
  if (error) co_return error;
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  co_return std::error_code();
}

Task<void> Connection::write_all() {
  while (!failed_) {
    Signal more = more_;
    co_await more.wait();
    more_ = Signal();
    if (failed_) co_return;
    Burst burst(std::exchange(unsent_, {}));
    unanswered_.insert(unanswered_.end(), burst.exchanges.begin(), burst.exchanges.end());
    auto [error, size] = co_await asio::async_write(socket_, burst.buffers, kAsTuple);
    if (error) fail(closed_by_peer(error));
  }
}

Task<void> Connection::read_all() {
  while (!failed_) {
    std::array<std::byte, kLengthSize> length;
    auto [error, got] = co_await asio::async_read(socket_, asio::buffer(length), kAsTuple);
    if (error) {
      fail(closed_by_peer(error));
      co_return;
    }
    std::size_t size = load_be<std::uint32_t>(length.data());
    if (size > Channel::kMaxFrame) {
      fail(std::make_error_code(std::errc::message_size));
      co_return;
    }
    Frame frame;
    std::error_code broken = co_await read_rest(&frame, size);
    if (broken) {
      fail(broken);
      co_return;
    }
    answer(std::move(frame));
  }
}

Task<std::error_code> Connection::read_rest(Frame* frame, std::size_t size) {
  while (frame->size() < size) {
    std::size_t have = frame->size();
    std::size_t step = std::min(size - have, std::max(kReadStep, have));
    frame->resize(have + step);
    auto [error, got] =
        co_await asio::async_read(socket_, asio::buffer(frame->data() + have, step), kAsTuple);
    if (error) co_return closed_by_peer(error);
  }
  co_return std::error_code();
}

void Connection::answer(Frame response) {
  if (unanswered_.empty()) {
    fail(std::make_error_code(std::errc::protocol_error));  // nobody asked
    return;
  }
  std::shared_ptr<Exchange> exchange = std::move(unanswered_.front());
  unanswered_.pop_front();
  exchange->response = std::move(response);
  exchange->done.set();
}

}  // namespace barnabas::env
