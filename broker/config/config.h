// server.properties as the broker uses it: every key typed, every fallback worked out, every start-
// up rule checked.
//
// Owns        the texts as given (static, cluster-wide, this broker's) and the values they make.
// Does not    read files, warn or exit: the caller does. A dynamic change makes a new Config.
// Threading   immutable; share it as shared_ptr<const Config>.
// Invariants  every value has its key's type and range; the listeners and log directories are not
//             empty.
// Kafka       server/KafkaConfig, server/DynamicBrokerConfig.
//             Differs: the name of a class is taken as it is; what it stands for is decided where
//             it is used.
#pragma once

#include <cassert>
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/listener.h"
#include "broker/config/properties.h"
#include "broker/config/table.h"

namespace barnabas::broker::config {

class Config {
 public:
  // The file's keys, with those of --override already on top (properties.h).
  static std::expected<Config, ConfigError> from(Properties given);

  // The same file under what /config/brokers/<default> and /config/brokers/N say.
  std::expected<Config, ConfigError> with_dynamic(Properties cluster_wide,
                                                  Properties this_broker) const;

  // The value of a key that is not null; asserts otherwise.
  template <class T>
  const T& operator[](BrokerKey<T> key) const {
    const T* value = std::get_if<T>(&values_[key.index]);
    assert(value != nullptr);
    return *value;
  }
  // Nothing for null.
  template <class T>
  std::optional<T> find(BrokerKey<T> key) const {
    const T* value = std::get_if<T>(&values_[key.index]);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  const Value& value(std::string_view name) const;  // a known key; else null
  // The text in force for any key, known or not; also "listener.name.x.ssl.keystore.location".
  std::optional<std::string_view> text(std::string_view name) const;
  // The listener's own setting of a key, else the key's (SSL and SASL).
  std::optional<std::string> for_listener(std::string_view listener, std::string_view key) const;

  // Keys in the file that mean nothing to Kafka; each deserves a warning.
  std::vector<std::string> unknown_keys() const;

  // With Kafka's fallbacks.
  std::int32_t broker_id() const;  // broker.id or node.id; -1: to be generated
  const std::vector<std::string>& log_dirs() const { return log_dirs_; }
  std::int64_t log_retention_ms() const { return log_retention_ms_; }  // -1: for ever
  std::int64_t log_roll_ms() const { return log_roll_ms_; }
  std::int64_t log_roll_jitter_ms() const { return log_roll_jitter_ms_; }
  std::int64_t log_flush_interval_ms() const { return log_flush_interval_ms_; }
  std::chrono::milliseconds zookeeper_connection_timeout() const;  // else the session timeout
  std::int32_t num_replica_alter_log_dirs_threads() const;         // else one per directory
  std::string_view inter_broker_protocol_version() const;          // "3.9-IV0"
  std::span<const Listener> listeners() const { return listeners_; }
  std::span<const Listener> advertised_listeners() const { return advertised_listeners_; }
  const Listener& inter_broker_listener() const;              // as advertised
  std::optional<std::string> control_plane_listener() const;  // its name
  const std::map<std::string, std::int32_t>& max_connections_per_ip_overrides() const {
    return max_connections_per_ip_overrides_;
  }

  // What was written where; describe.h is computed from these.
  const Properties& static_texts() const { return static_; }
  const Properties& cluster_wide_texts() const { return cluster_wide_; }
  const Properties& this_broker_texts() const { return this_broker_; }
  const Properties& texts() const { return effective_; }  // in force, without defaults

 private:
  Config() = default;

  std::expected<void, ConfigError> load();
  std::expected<void, ConfigError> parse_values();
  std::expected<void, ConfigError> derive();
  std::expected<void, ConfigError> derive_times();
  std::expected<void, ConfigError> derive_listeners();
  std::expected<std::string, ConfigError> inter_broker_name(const ProtocolMap& protocols) const;

  Properties static_, cluster_wide_, this_broker_, effective_;
  std::vector<Value> values_;  // by key index
  std::vector<std::string> log_dirs_;
  std::int64_t log_retention_ms_ = 0;
  std::int64_t log_roll_ms_ = 0;
  std::int64_t log_roll_jitter_ms_ = 0;
  std::int64_t log_flush_interval_ms_ = 0;
  std::vector<Listener> listeners_, advertised_listeners_;
  std::size_t inter_broker_listener_ = 0;  // in advertised_listeners_
  std::map<std::string, std::int32_t> max_connections_per_ip_overrides_;
};

// The rules between keys that Kafka checks when it starts (config_checks.cc).
std::expected<void, ConfigError> check_rules(const Config& config);

}  // namespace barnabas::broker::config
