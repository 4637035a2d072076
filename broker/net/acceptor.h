// One listener: binds its address, accepts whoever comes, deals them out to the loops in turn.
//
// Owns        the listening socket and the coroutine that accepts on it.
// Does not    accept before start(). Before listen() clients are refused and go elsewhere: a broker
//             may have to wait for the end of its former session, and a full backlog drops who
//             comes then, whose kernel asks again after 1, 2 and 4 s. From listen() on they wait.
// Threading   everything on the first loop; a socket belongs to the loop it was dealt to.
// Invariants  a failed accept (out of descriptors) is logged and tried again after kBackOff;
//             stop() waits for neither a peer nor the end of a back-off.
// Kafka       network/SocketServer.Acceptor. Differs: it logs a failed accept as often as it fails.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/spawn.h"

namespace barnabas::broker::net {

struct Listener {
  std::string name;               // "PLAINTEXT"
  std::string security_protocol;  // only "PLAINTEXT" is served
  std::string host;               // empty: all interfaces
  std::uint16_t port = 0;         // 0: the kernel chooses
  bool privileged = false;        // brokers talk here
};

class Acceptor {
 public:
  static constexpr env::Duration kBackOff = std::chrono::seconds(1);

  // Told on the first loop; `loop` counts from 0.
  using Accepted = std::function<void(std::size_t loop, boost::asio::ip::tcp::socket socket)>;

  Acceptor(Listener listener, std::vector<env::Executor> loops, env::Clock* clock);

  // The port really bound, which is nobody else's from here on. An error names host and port.
  std::expected<std::uint16_t, std::string> bind();
  std::expected<void, std::string> listen(int backlog);
  void start(Accepted accepted);
  env::Task<void> stop();

 private:
  env::Task<void> accept();
  std::string refusal(const char* what, const boost::system::error_code& error) const;

  Listener listener_;
  std::vector<env::Executor> loops_;
  env::Clock* clock_;
  boost::asio::ip::tcp::acceptor socket_;
  Accepted accepted_;
  std::size_t next_loop_ = 0;
  env::Gate gate_;
  env::Signal stopping_;
};

}  // namespace barnabas::broker::net
