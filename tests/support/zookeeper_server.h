// A real ZooKeeper for a test: on loopback, in a directory of its own, gone with the object (or
// the test).
//
// Owns        the process and its directory.
// Does not    install anything: start() says what is missing.
// Threading   one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>

namespace barnabas::testing {

class ZookeeperServer {
 public:
  ZookeeperServer() = default;
  ~ZookeeperServer();
  ZookeeperServer(const ZookeeperServer&) = delete;
  ZookeeperServer& operator=(const ZookeeperServer&) = delete;

  // Returns when it serves, or why it does not. After kill(): the same data on the same port.
  std::expected<void, std::string> start();
  void kill();    // kill -9
  void pause();   // SIGSTOP: it answers nobody, connections stay
  void resume();  // SIGCONT
  std::string connect() const { return "127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const { return port_; }

 private:
  std::expected<void, std::string> wait_until_it_serves();
  bool has_exited();
  std::string last_words() const;

  std::string directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace barnabas::testing
