#include "broker/net/acceptor.h"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "env/log.h"

namespace barnabas::broker::net {
namespace {

constexpr auto kLogger = "kafka.network.DataPlaneAcceptor";
using tcp = boost::asio::ip::tcp;

}  // namespace

Acceptor::Acceptor(Listener listener, std::vector<env::Executor> loops, env::Clock* clock)
    : listener_(std::move(listener)), loops_(std::move(loops)), clock_(clock), socket_(loops_[0]) {}

std::string Acceptor::refusal(const char* what, const boost::system::error_code& error) const {
  return fmt::format("Socket server failed to bind to {}:{}: {} ({}).",
                     listener_.host.empty() ? "0.0.0.0" : listener_.host, listener_.port,
                     error.message(), what);
}

std::expected<std::uint16_t, std::string> Acceptor::bind() {
  boost::system::error_code error;
  const auto refused = [&](const char* what) { return std::unexpected(refusal(what, error)); };
  tcp::endpoint endpoint(tcp::v4(), listener_.port);
  if (!listener_.host.empty()) {
    tcp::resolver resolver(loops_[0]);
    const auto found = resolver.resolve(listener_.host, std::to_string(listener_.port), error);
    if (error || found.empty()) return refused("resolve");
    endpoint = found.begin()->endpoint();
  }
  socket_.open(endpoint.protocol(), error);
  if (error) return refused("open");
  socket_.set_option(tcp::acceptor::reuse_address(true), error);
  socket_.bind(endpoint, error);
  if (error) return refused("bind");
  return socket_.local_endpoint(error).port();
}

std::expected<void, std::string> Acceptor::listen(int backlog) {
  boost::system::error_code error;
  socket_.listen(backlog, error);
  if (error) return std::unexpected(refusal("listen", error));
  return {};
}

void Acceptor::start(Accepted accepted) {
  accepted_ = std::move(accepted);
  boost::system::error_code error;
  const auto bound = socket_.local_endpoint(error);
  env::log_info(kLogger, "Awaiting socket connections on {}:{}.", bound.address().to_string(),
                bound.port());
  gate_.spawn(loops_[0], accept());
}

// Never waits for the peer.
env::Task<void> Acceptor::accept() {
  while (!stopping_.is_set()) {
    const auto loop = next_loop_++ % loops_.size();
    tcp::socket socket(loops_[loop]);
    boost::system::error_code error;
    co_await socket_.async_accept(socket,
                                  boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (stopping_.is_set() || error == boost::asio::error::operation_aborted) co_return;
    if (error) {
      env::log_error(kLogger, "Error while accepting connection: {}", error.message());
      co_await stopping_.wait_until(*clock_, clock_->now() + kBackOff);
      continue;
    }
    accepted_(loop, std::move(socket));
  }
}

env::Task<void> Acceptor::stop() {
  stopping_.set();
  boost::system::error_code ignored;
  socket_.close(ignored);
  gate_.close();
  co_await gate_.wait();
}

}  // namespace barnabas::broker::net
