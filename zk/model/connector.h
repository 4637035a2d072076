// Opens sessions to a ModelServer.
//
// Owns        nothing: the server must outlive the connector and its sessions.
// Does not    look at hosts: of `config.connect` only the chroot counts.
// Threading   the server's thread.
#pragma once

#include <memory>

#include "zk/model/server.h"
#include "zk/session.h"

namespace barnabas::zk::model {

class ModelConnector : public Connector {
 public:
  static constexpr env::Duration kReconnectDelay = std::chrono::milliseconds(100);

  ModelConnector(ModelServer& server, env::Clock& clock) : server_(server), clock_(clock) {}
  // A session that is destroyed without close() is a crashed client: its ephemeral nodes stay
  // until it expires.
  std::unique_ptr<Session> open(SessionConfig config, env::Executor executor,
                                SessionEvents events) override;

 private:
  ModelServer& server_;
  env::Clock& clock_;
};

}  // namespace barnabas::zk::model
