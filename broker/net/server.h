// The listeners: binds, accepts, deals connections out to the loops, closes idle ones.
//
// Owns        acceptors and connections.
// Does not    accept before start(): what arrives between bind() and start() waits in the kernel,
//             as it does with Kafka while the broker is still starting (facts 2.1, steps 9 and 15).
// Threading   bind/start/stop from the first loop; a connection stays on the loop it was dealt to.
// Kafka       network/SocketServer. Differs: an accept error (out of descriptors) is logged once a
//             second.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "broker/api/dispatcher.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/posix/runtime.h"

namespace barnabas::broker::net {

struct Listener {
  std::string name;               // "PLAINTEXT"
  std::string security_protocol;  // only "PLAINTEXT" is served
  std::string host;               // empty: all interfaces
  std::uint16_t port = 0;         // 0: the kernel chooses
  bool privileged = false;        // brokers talk here
};

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
  void start();
  // Stops accepting, closes every connection and waits for all handlers that still run.
  env::Task<void> stop();
  std::size_t connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace barnabas::broker::net
