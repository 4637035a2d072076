// Opens sessions to a real ZooKeeper ensemble, over its C client.
//
// Owns        nothing.
// Does not    authenticate (SASL, TLS): nodes are made with ZooKeeper's open ACL.
// Threading   open() on the executor it is given; that executor must run one handler at a time.
// Kafka       kafka.zookeeper.ZooKeeperClient, below its retries.
#pragma once

#include <array>
#include <memory>

#include "zk/session.h"

namespace barnabas::zk::native {

// What another handle needs to take a session over; whoever has it can end the session (tests do).
struct Credentials {
  std::int64_t id = 0;
  std::array<char, 16> password{};
};

class NativeSession : public Session {
 public:
  virtual Credentials credentials() const = 0;  // after the first connection
};

class NativeConnector : public Connector {
 public:
  NativeConnector();
  std::unique_ptr<Session> open(SessionConfig config, env::Executor executor,
                                SessionEvents events) override;
  // The same with its own type, and with the session to take over, if any.
  std::unique_ptr<NativeSession> open_native(SessionConfig config, env::Executor executor,
                                             SessionEvents events, Credentials existing = {});
};

}  // namespace barnabas::zk::native
