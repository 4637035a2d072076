// listeners, advertised.listeners and listener.security.protocol.map as values.
//
// Kafka       cluster/EndPoint, CoreUtils.listenerListToEndPoints. Differs: a port outside 0..65535
//             is refused here
//             and not when binding.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/value.h"

namespace barnabas::broker::config {

// The numbers are those of the wire.
enum class SecurityProtocol : std::int16_t {
  kPlaintext = 0,
  kSsl = 1,
  kSaslPlaintext = 2,
  kSaslSsl = 3,
};

std::string_view name_of(SecurityProtocol protocol);
bool uses_tls(SecurityProtocol protocol);
bool uses_sasl(SecurityProtocol protocol);

struct Listener {
  std::string name;
  SecurityProtocol security_protocol = SecurityProtocol::kPlaintext;
  std::string
      host;  // empty: every address; an advertised one: this machine's name. IPv6 without brackets
  std::uint16_t port = 0;  // 0: any free one
  friend bool operator==(const Listener&, const Listener&) = default;
};

using ProtocolMap = std::map<std::string, SecurityProtocol, std::less<>>;

std::expected<ProtocolMap, ConfigError> parse_protocol_map(std::string_view text);

// `distinct_ports`: two listeners may share a port only if one is IPv4 and the other IPv6
// (not asked of advertised.listeners).
std::expected<std::vector<Listener>, ConfigError> parse_listeners(std::string_view key,
                                                                  std::string_view text,
                                                                  const ProtocolMap& protocols,
                                                                  bool distinct_ports);

}  // namespace barnabas::broker::config
