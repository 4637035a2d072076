// The broker's listeners on real sockets.
#pragma once

#include "broker/config/config.h"
#include "broker/frontend.h"
#include "broker/net/server.h"

namespace barnabas::broker::net {

// Listener names, addresses and socket options as configured; an error names what is not served
// yet.
std::expected<ServerConfig, std::string> server_config(const config::Config& config);

class SocketFrontend : public Frontend {
 public:
  SocketFrontend(env::Runtime& runtime, api::Dispatcher& dispatcher, env::Clock& clock,
                 env::Disk& disk, ServerConfig config)
      : server_(runtime, dispatcher, clock, disk, std::move(config)) {}

  std::expected<std::vector<std::uint16_t>, std::string> bind() override { return server_.bind(); }
  std::expected<void, std::string> listen() override { return server_.listen(); }
  void start() override { server_.start(); }
  env::Task<void> stop() override { return server_.stop(); }

 private:
  Server server_;
};

}  // namespace barnabas::broker::net
