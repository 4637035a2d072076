#include "broker/config/listener.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace barnabas::broker::config {
namespace {

constexpr std::array<std::pair<std::string_view, SecurityProtocol>, 4> kProtocols{
    {{"PLAINTEXT", SecurityProtocol::kPlaintext},
     {"SSL", SecurityProtocol::kSsl},
     {"SASL_PLAINTEXT", SecurityProtocol::kSaslPlaintext},
     {"SASL_SSL", SecurityProtocol::kSaslSsl}}};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

bool is_host_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-%._:").contains(c);
}

ConfigError illegal(std::string_view key, std::string text) {
  return ConfigError{ConfigError::Kind::kIllegalArgument, std::string(key), {}, text, text};
}

// NAME://host:port; the host may be empty and an IPv6 one may stand in brackets.
std::optional<Listener> parse_end_point(std::string_view text) {
  const auto scheme = text.find("://");
  const auto colon = text.rfind(':');
  if (scheme == std::string_view::npos || colon < scheme + 3) return std::nullopt;
  auto host = text.substr(scheme + 3, colon - scheme - 3);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!std::ranges::all_of(host, is_host_char)) return std::nullopt;
  const auto port = text.substr(colon + 1);
  Listener listener{upper(text.substr(0, scheme)), SecurityProtocol::kPlaintext, std::string(host)};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listener.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return listener;
}

bool is_ipv4(std::string_view host) {
  int parts = 0;
  while (true) {
    const auto part = host.substr(0, host.find('.'));
    int number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size() || number > 255) return false;
    ++parts;
    if (part.size() == host.size()) return parts == 4;
    host.remove_prefix(part.size() + 1);
  }
}

bool is_ipv6(std::string_view host) { return std::ranges::count(host, ':') >= 2; }

std::optional<std::string> port_fault(const Listener& a, const Listener& b,
                                      std::string_view listeners) {
  if (a.port == 0 || a.port != b.port) return std::nullopt;
  const bool addresses =
      (is_ipv4(a.host) || is_ipv6(a.host)) && (is_ipv4(b.host) || is_ipv6(b.host));
  if (!addresses) {
    return fmt::format("Each listener must have a different port, listeners: {}", listeners);
  }
  if (is_ipv4(a.host) != is_ipv4(b.host)) return std::nullopt;
  return fmt::format(
      "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, "
      "listeners: {}, port: {}",
      listeners, a.port);
}

std::expected<void, ConfigError> check_distinct(std::string_view key, std::string_view text,
                                                const std::vector<Listener>& listeners,
                                                bool distinct_ports) {
  std::set<std::string> names;
  for (const auto& listener : listeners) {
    if (!names.insert(listener.name).second) {
      return std::unexpected(requirement_failed(
          key, fmt::format("Each listener must have a different name, listeners: {}", text)));
    }
  }
  if (!distinct_ports) return {};
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    for (std::size_t j = i + 1; j < listeners.size(); ++j) {
      if (auto fault = port_fault(listeners[i], listeners[j], text)) {
        return std::unexpected(requirement_failed(key, *fault));
      }
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(SecurityProtocol protocol) {
  return std::ranges::find(kProtocols, protocol,
                           &std::pair<std::string_view, SecurityProtocol>::second)
      ->first;
}

bool uses_tls(SecurityProtocol protocol) {
  return protocol == SecurityProtocol::kSsl || protocol == SecurityProtocol::kSaslSsl;
}

bool uses_sasl(SecurityProtocol protocol) {
  return protocol == SecurityProtocol::kSaslPlaintext || protocol == SecurityProtocol::kSaslSsl;
}

std::expected<ProtocolMap, ConfigError> parse_protocol_map(std::string_view text) {
  constexpr std::string_view kKey = "listener.security.protocol.map";
  ProtocolMap protocols;
  for (const auto& entry : split_csv(text)) {
    const auto colon = entry.rfind(':');
    if (colon == std::string::npos) {
      return std::unexpected(illegal(
          kKey, fmt::format("Error parsing configuration property '{}': {} is not NAME:PROTOCOL",
                            kKey, entry)));
    }
    const std::string wanted(trim(std::string_view(entry).substr(colon + 1)));
    const auto found = std::ranges::find(kProtocols, wanted,
                                         &std::pair<std::string_view, SecurityProtocol>::first);
    if (found == kProtocols.end()) {
      return std::unexpected(config_error(
          kKey, fmt::format("Invalid security protocol `{}` defined in {}", wanted, kKey)));
    }
    protocols.insert_or_assign(upper(trim(std::string_view(entry).substr(0, colon))),
                               found->second);
  }
  return protocols;
}

std::expected<std::vector<Listener>, ConfigError> parse_listeners(std::string_view key,
                                                                  std::string_view text,
                                                                  const ProtocolMap& protocols,
                                                                  bool distinct_ports) {
  const auto refuse = [&](std::string why) {
    return std::unexpected(
        illegal(key, fmt::format("Error creating broker listeners from '{}': {}", text, why)));
  };
  std::vector<Listener> listeners;
  for (const auto& item : split_csv(text)) {
    auto listener = parse_end_point(item);
    if (!listener) return refuse(fmt::format("Unable to parse {} to a broker endpoint", item));
    const auto protocol = protocols.find(listener->name);
    if (protocol == protocols.end()) {
      return refuse(fmt::format("No security protocol defined for listener {}", listener->name));
    }
    listener->security_protocol = protocol->second;
    listeners.push_back(std::move(*listener));
  }
  if (auto distinct = check_distinct(key, text, listeners, distinct_ports); !distinct) {
    return std::unexpected(std::move(distinct.error()));
  }
  return listeners;
}

}  // namespace barnabas::broker::config
