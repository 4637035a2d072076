#include "broker/net/socket_frontend.h"

#include <fmt/format.h>

namespace barnabas::broker::net {

namespace key = config::key;

std::expected<ServerConfig, std::string> server_config(const config::Config& config) {
  ServerConfig server;
  const auto& internal = config.inter_broker_listener().name;
  for (const auto& listener : config.listeners()) {
    if (listener.security_protocol != config::SecurityProtocol::kPlaintext) {
      return std::unexpected(
          fmt::format("Listener {} uses {}, which is not served yet: only PLAINTEXT is",
                      listener.name, config::name_of(listener.security_protocol)));
    }
    Listener one;
    one.name = listener.name;
    one.security_protocol = config::name_of(listener.security_protocol);
    one.host = listener.host;
    one.port = listener.port;
    one.privileged = listener.name == internal;
    server.listeners.push_back(std::move(one));
  }
  server.max_request_bytes = config[key::socket_request_max_bytes];
  server.max_idle = std::chrono::milliseconds(config[key::connections_max_idle_ms]);
  server.backlog = config[key::socket_listen_backlog_size];
  server.send_buffer = config[key::socket_send_buffer_bytes];
  server.receive_buffer = config[key::socket_receive_buffer_bytes];
  return server;
}

}  // namespace barnabas::broker::net
