// The rules between keys; each sentence is the one Kafka stops with.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "broker/config/config.h"

namespace barnabas::broker::config {
namespace {

using Check = std::expected<void, ConfigError>;

Check require(bool holds, std::string_view key, std::string_view text) {
  if (holds) return {};
  return std::unexpected(requirement_failed(key, text));
}

Check check_broker_id(const Config& c) {
  if (c[key::broker_id] != c[key::node_id]) {
    return std::unexpected(
        config_error("node.id", "You must set `node.id` to the same value as `broker.id`."));
  }
  if (!c[key::broker_id_generation_enable]) {
    return require(c.broker_id() >= 0, "broker.id", "broker.id must be greater than or equal to 0");
  }
  return require(c.broker_id() >= -1 && c.broker_id() <= c[key::reserved_broker_max_id],
                 "broker.id",
                 "broker.id must be greater than or equal to -1 and not greater than "
                 "reserved.broker.max.id");
}

// Kafka's KRaft and migration modes are no part of this broker; say so in one clear sentence.
Check check_mode(const Config& c) {
  if (!c[key::process_roles].empty()) {
    return std::unexpected(invalid_value("process.roles", *show(c.value("process.roles")),
                                         "Only ZooKeeper mode is supported: leave it empty"));
  }
  if (c[key::zookeeper_metadata_migration_enable]) {
    return std::unexpected(invalid_value("zookeeper.metadata.migration.enable", "true",
                                         "The migration to KRaft is not supported"));
  }
  const auto controllers = c.find(key::controller_listener_names);
  if (!controllers || controllers->empty()) return {};
  return require(false, "controller.listener.names",
                 fmt::format("controller.listener.names must be empty when not running in KRaft "
                             "mode: [{}]",
                             *controllers));
}

Check check_log(const Config& c) {
  if (auto ok = require(!c.log_dirs().empty(), "log.dirs",
                        "At least one log directory must be defined via log.dirs or log.dir.");
      !ok) {
    return ok;
  }
  if (auto ok = require(c.log_roll_ms() >= 1, "log.roll.ms",
                        "log.roll.ms must be greater than or equal to 1");
      !ok) {
    return ok;
  }
  if (auto ok = require(c.log_roll_jitter_ms() >= 0, "log.roll.jitter.ms",
                        "log.roll.jitter.ms must be greater than or equal to 0");
      !ok) {
    return ok;
  }
  constexpr std::int64_t kMegabyte = 1 << 20;
  const std::int64_t threads = std::max(1, c[key::log_cleaner_threads]);
  return require(c[key::log_cleaner_dedupe_buffer_size] / threads >= kMegabyte,
                 "log.cleaner.dedupe.buffer.size",
                 "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.");
}

Check check_replication(const Config& c) {
  if (auto ok = require(c[key::replica_fetch_wait_max_ms] <= c[key::replica_socket_timeout_ms],
                        "replica.socket.timeout.ms",
                        "replica.socket.timeout.ms should always be at least "
                        "replica.fetch.wait.max.ms to prevent unnecessary socket timeouts");
      !ok) {
    return ok;
  }
  return require(c[key::replica_fetch_wait_max_ms] <= c[key::replica_lag_time_max_ms],
                 "replica.fetch.wait.max.ms",
                 "replica.fetch.wait.max.ms should always be less than or equal to "
                 "replica.lag.time.max.ms to prevent frequent changes in ISR");
}

Check check_offsets(const Config& c) {
  const auto acks = c[key::offsets_commit_required_acks];
  if (acks < -1 || acks > c[key::offsets_topic_replication_factor]) {
    const std::string text =
        "offsets.commit.required.acks must be greater or equal to -1 and less or equal to "
        "offsets.topic.replication.factor";
    return std::unexpected(ConfigError{ConfigError::Kind::kIllegalArgument,
                                       "offsets.commit.required.acks", std::to_string(acks), text,
                                       text});
  }
  const auto codec = c[key::offsets_topic_compression_codec];
  if (codec >= 0 && codec <= 4) return {};
  const std::string text = fmt::format("Unknown compression type id: {}", codec);
  return std::unexpected(ConfigError{ConfigError::Kind::kIllegalArgument,
                                     "offsets.topic.compression.codec", std::to_string(codec), text,
                                     text});
}

Check check_advertised(const Config& c) {
  const bool meta = std::ranges::any_of(c.advertised_listeners(), [](const Listener& listener) {
    return listener.host == "0.0.0.0";
  });
  return require(!meta, "advertised.listeners",
                 "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a "
                 "routable IP address.");
}

Check check_control_plane(const Config& c) {
  const auto name = c.control_plane_listener();
  if (!name) return {};
  const auto protocols = parse_protocol_map(c[key::listener_security_protocol_map]);
  if (!protocols || !protocols->contains(*name)) {
    return std::unexpected(config_error(
        "control.plane.listener.name",
        fmt::format("Listener with {} defined in control.plane.listener.name not found in "
                    "listener.security.protocol.map.",
                    *name)));
  }
  std::vector<std::string> names;
  for (const auto& listener : c.advertised_listeners()) names.push_back(listener.name);
  if (auto ok = require(
          has(names, *name), "control.plane.listener.name",
          fmt::format("control.plane.listener.name must be a listener name defined in "
                      "advertised.listeners. The valid options based on currently configured "
                      "listeners are {}",
                      fmt::join(names, ",")));
      !ok) {
    return ok;
  }
  return require(*name != c.inter_broker_listener().name, "control.plane.listener.name",
                 fmt::format("control.plane.listener.name, when defined, should have a different "
                             "value from the inter broker listener name. Currently they both have "
                             "the value ListenerName({})",
                             *name));
}

Check check_connections(const Config& c) {
  if (auto ok = require(
          c[key::max_connections_per_ip] > 0 || !c.max_connections_per_ip_overrides().empty(),
          "max.connections.per.ip",
          "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides "
          "property is set.");
      !ok) {
    return ok;
  }
  const auto queued = c[key::queued_max_request_bytes];
  return require(queued <= 0 || queued >= c[key::socket_request_max_bytes],
                 "queued.max.request.bytes",
                 "queued.max.request.bytes must be larger or equal to socket.request.max.bytes");
}

Check check_sasl(const Config& c) {
  if (!uses_sasl(c.inter_broker_listener().security_protocol)) return {};
  const auto& listener = c.inter_broker_listener().name;
  const auto enabled = split_csv(c.for_listener(listener, "sasl.enabled.mechanisms").value_or(""));
  return require(has(enabled, c[key::sasl_mechanism_inter_broker_protocol]),
                 "sasl.mechanism.inter.broker.protocol",
                 "sasl.mechanism.inter.broker.protocol must be included in "
                 "sasl.enabled.mechanisms when SASL is used for inter-broker communication");
}

Check check_groups(const Config& c) {
  const auto& protocols = c[key::group_coordinator_rebalance_protocols];
  if (!has(protocols, "classic")) {
    return std::unexpected(config_error("group.coordinator.rebalance.protocols",
                                        "Disabling the 'classic' protocol is not supported."));
  }
  for (const auto& protocol : protocols) {
    if (protocol == "classic") continue;
    return std::unexpected(config_error(
        "group.coordinator.rebalance.protocols",
        fmt::format("The new '{}' rebalance protocol is only supported in KRaft cluster.",
                    protocol)));
  }
  return {};
}

// The message format is fixed since 3.0; an older inter-broker protocol cannot carry it.
Check check_format(const Config& c) {
  constexpr auto kTooOld = std::to_array<std::string_view>({"0.8.", "0.9.", "0.10."});
  const auto version = c.inter_broker_protocol_version();
  const bool old =
      std::ranges::any_of(kTooOld, [&](std::string_view p) { return version.starts_with(p); });
  return require(!old, "inter.broker.protocol.version",
                 fmt::format("log.message.format.version {} can only be used when "
                             "inter.broker.protocol.version is set to version 0.11.0 or higher",
                             *release_of(c[key::log_message_format_version])));
}

}  // namespace

std::expected<void, ConfigError> check_rules(const Config& config) {
  constexpr auto kChecks = std::to_array<Check (*)(const Config&)>(
      {check_mode, check_broker_id, check_log, check_replication, check_offsets, check_advertised,
       check_control_plane, check_connections, check_sasl, check_groups, check_format});
  for (const auto check : kChecks) {
    if (auto checked = check(config); !checked) return checked;
  }
  return {};
}

}  // namespace barnabas::broker::config
