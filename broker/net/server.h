// The listeners and their connections, of which it closes the idle ones.
//
// Owns        acceptors and connections.
// Does not    accept before start().
// Threading   bind/start/stop from the first loop; a connection stays on the loop it was dealt to.
// Kafka       network/SocketServer.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "broker/api/dispatcher.h"
#include "broker/net/acceptor.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/posix/runtime.h"

namespace barnabas::broker::net {

struct ServerConfig {
  std::vector<Listener> listeners;
  std::int32_t max_request_bytes = 100 << 20;         // socket.request.max.bytes
  env::Duration max_idle = std::chrono::minutes(10);  // connections.max.idle.ms
  int backlog = 50;                                   // socket.listen.backlog.size
  int send_buffer = 102400;                           // socket.send.buffer.bytes; -1: the kernel's
  int receive_buffer = 102400;
};

class Server {
 public:
  Server(env::Runtime& runtime, api::Dispatcher& dispatcher, env::Clock& clock, env::Disk& disk,
         ServerConfig config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds every listener; the ports really bound, in their order. An error names host and port.
  std::expected<std::vector<std::uint16_t>, std::string> bind();
  // Who connects before it is refused; after it they wait for start().
  std::expected<void, std::string> listen();
  void start();
  // Stops accepting, closes every connection and waits for all handlers that still run.
  env::Task<void> stop();
  std::size_t connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace barnabas::broker::net
