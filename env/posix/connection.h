// One TCP connection that carries requests out and responses back, in order.
//
// Owns        the socket and two coroutines on it (one writes, one reads), which keep it alive
//             until it has failed.
// Does not    connect again: a failed Connection stays failed.
// Threading   its executor only.
// Invariants  every submitted Exchange is done exactly once, in order or by fail().
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "env/pipelined_channel.h"

namespace barnabas::env {

class Connection : public Pipeline, public std::enable_shared_from_this<Connection> {
 public:
  static std::shared_ptr<Connection> open(Executor executor, Address address);
  explicit Connection(Executor executor) : socket_(executor) {}

  void submit(std::shared_ptr<Exchange> exchange) override;
  void fail(std::error_code error) override;
  bool failed() const override { return failed_; }

 private:
  Task<void> serve(Address address);
  Task<std::error_code> establish(Address address);
  Task<void> write_all();
  Task<void> read_all();
  Task<std::error_code> read_rest(Frame* frame, std::size_t size);
  void answer(Frame response);

  boost::asio::ip::tcp::socket socket_;
  std::deque<std::shared_ptr<Exchange>> unsent_;
  std::deque<std::shared_ptr<Exchange>> unanswered_;
  Signal more_;  // something to send, or failed
  bool failed_ = false;
};

}  // namespace barnabas::env
