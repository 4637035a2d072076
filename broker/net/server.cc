#include "broker/net/server.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <unordered_set>

#include "broker/net/connection.h"
#include "env/run_on.h"

namespace barnabas::broker::net {
namespace {

using tcp = boost::asio::ip::tcp;

std::string text(const tcp::endpoint& endpoint) {
  return fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
}

}  // namespace

// One loop's connections; touched on that loop only.
struct LoopState {
  Loop loop;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::unique_ptr<env::Timer> sweep;
};

class Server::Impl {
 public:
  Impl(env::Runtime& runtime, api::Dispatcher& dispatcher, env::Clock& clock, env::Disk& disk,
       ServerConfig config)
      : clock_(clock), config_(std::move(config)) {
    for (std::size_t i = 0; i < runtime.size(); ++i) {
      auto& state = *loops_.emplace_back(std::make_unique<LoopState>());
      state.loop.executor = runtime.executor(i);
      state.loop.gate = &gate_;
      state.loop.clock = &clock;
      state.loop.disk = &disk;
      state.loop.dispatcher = &dispatcher;
      state.loop.max_frame = config_.max_request_bytes;
    }
  }

  std::expected<std::vector<std::uint16_t>, std::string> bind();
  std::expected<void, std::string> listen();
  void start();
  env::Task<void> stop();
  std::size_t connections() const { return count_.load(); }

 private:
  void set_options(tcp::socket& socket);
  env::Task<void> serve(LoopState* state, std::shared_ptr<Connection> connection);
  void deal(tcp::socket socket, const Listener& listener, LoopState& state);
  void schedule_sweep(LoopState& state);
  env::Task<void> close_all(LoopState* state);

  env::Clock& clock_;
  ServerConfig config_;
  std::vector<std::unique_ptr<LoopState>> loops_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  env::Gate gate_;  // connections and what runs for them
  std::atomic<std::size_t> count_{0};
  bool stopping_ = false;
};

std::expected<std::vector<std::uint16_t>, std::string> Server::Impl::bind() {
  std::vector<env::Executor> executors;
  for (const auto& state : loops_) executors.push_back(state->loop.executor);
  std::vector<std::uint16_t> ports;
  for (const auto& listener : config_.listeners) {
    auto& acceptor =
        *acceptors_.emplace_back(std::make_unique<Acceptor>(listener, executors, &clock_));
    const auto port = acceptor.bind();
    if (!port) return std::unexpected(port.error());
    ports.push_back(*port);
  }
  return ports;
}

std::expected<void, std::string> Server::Impl::listen() {
  for (auto& acceptor : acceptors_) {
    auto listening = acceptor->listen(config_.backlog);
    if (!listening) return listening;
  }
  return {};
}

void Server::Impl::start() {
  for (std::size_t i = 0; i < acceptors_.size(); ++i) {
    acceptors_[i]->start([this, i](std::size_t loop, tcp::socket socket) {
      deal(std::move(socket), config_.listeners[i], *loops_[loop]);
    });
  }
  for (auto& state : loops_) {
    boost::asio::post(state->loop.executor, [this, s = state.get()] { schedule_sweep(*s); });
  }
}

void Server::Impl::set_options(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  if (config_.send_buffer > 0) {
    socket.set_option(boost::asio::socket_base::send_buffer_size(config_.send_buffer), ignored);
  }
  if (config_.receive_buffer > 0) {
    socket.set_option(boost::asio::socket_base::receive_buffer_size(config_.receive_buffer),
                      ignored);
  }
  socket.non_blocking(true, ignored);
}

void Server::Impl::deal(tcp::socket socket, const Listener& listener, LoopState& state) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  set_options(socket);
  auto context = std::make_shared<api::ConnectionContext>();
  context->listener = listener.name;
  context->security_protocol = listener.security_protocol;
  context->privileged = listener.privileged;
  context->peer = text(peer);
  context->peer_host = peer.address().to_string();
  context->executor = state.loop.executor;
  auto connection = std::make_shared<Connection>(state.loop, std::move(socket), std::move(context));
  gate_.spawn(state.loop.executor, serve(&state, std::move(connection)));
}

env::Task<void> Server::Impl::serve(LoopState* state, std::shared_ptr<Connection> connection) {
  ++count_;
  state->connections.insert(connection);
  if (stopping_) connection->close();
  co_await connection->run();
  state->connections.erase(connection);
  --count_;
}

void Server::Impl::schedule_sweep(LoopState& state) {
  const auto period = std::max<env::Duration>(config_.max_idle / 8, std::chrono::milliseconds(100));
  state.sweep = clock_.after(state.loop.executor, period, [this, &state] {
    const auto oldest = clock_.now() - config_.max_idle;
    std::vector<std::shared_ptr<Connection>> idle;
    for (const auto& connection : state.connections) {
      if (connection->is_idle() && connection->last_active() < oldest) idle.push_back(connection);
    }
    for (const auto& connection : idle) connection->close_idle();
    if (!stopping_) schedule_sweep(state);
  });
}

env::Task<void> Server::Impl::close_all(LoopState* state) {
  state->sweep.reset();
  const auto all = state->connections;
  for (const auto& connection : all) connection->close();
  co_return;
}

env::Task<void> Server::Impl::stop() {
  stopping_ = true;
  for (auto& acceptor : acceptors_) co_await acceptor->stop();
  for (auto& state : loops_) {
    co_await env::run_on(state->loop.executor, close_all(state.get()));
  }
  gate_.close();
  co_await gate_.wait();
}

Server::Server(env::Runtime& runtime, api::Dispatcher& dispatcher, env::Clock& clock,
               env::Disk& disk, ServerConfig config)
    : impl_(std::make_unique<Impl>(runtime, dispatcher, clock, disk, std::move(config))) {}
Server::~Server() = default;
std::expected<std::vector<std::uint16_t>, std::string> Server::bind() { return impl_->bind(); }
std::expected<void, std::string> Server::listen() { return impl_->listen(); }
void Server::start() { impl_->start(); }
env::Task<void> Server::stop() { return impl_->stop(); }
std::size_t Server::connections() const { return impl_->connections(); }

}  // namespace barnabas::broker::net
