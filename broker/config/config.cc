#include "broker/config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace barnabas::broker::config {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

// Prefixes of keys that are handed on to plug-ins, clients or ZooKeeper and so have no row of their
// own.
constexpr auto kPassedOn = std::to_array<std::string_view>(
    {"rsm.config.", "rlmm.config.", "metrics.jmx.", "ssl.", "sasl.", "zookeeper."});

bool is_known(std::string_view name) {
  if (find_broker_key(name) != nullptr || !listener_base_key(name).empty()) return true;
  return std::ranges::any_of(kPassedOn, [&](std::string_view p) { return name.starts_with(p); });
}

// A dynamic setting takes the place of every key that stands for the same thing.
void overlay(Properties& properties, const Properties& overrides) {
  for (const auto& [name, text] : overrides) {
    if (listener_base_key(name).empty()) {
      for (const auto& synonym : synonyms_of(name)) properties.erase(synonym);
    }
    properties.insert_or_assign(name, text);
  }
}

std::expected<Value, ConfigError> read(std::string_view name, const KeySpec& spec,
                                       std::string_view text) {
  auto value = parse_value(name, spec.type, text);
  if (!value) return value;
  if (auto checked = check_value(name, spec.valid, *value); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return value;
}

std::expected<std::map<std::string, std::int32_t>, ConfigError> parse_per_ip(
    std::string_view text) {
  constexpr std::string_view kKey = "max.connections.per.ip.overrides";
  std::map<std::string, std::int32_t> limits;
  for (const auto& entry : split_csv(text)) {
    const auto colon = entry.rfind(':');
    std::int32_t limit = 0;
    const char* last = entry.data() + entry.size();
    const auto refuse = [&](std::string sentence) {
      return std::unexpected(ConfigError{ConfigError::Kind::kIllegalArgument, std::string(kKey),
                                         std::string(text), "not HOST:LIMIT", std::move(sentence)});
    };
    if (colon == std::string::npos) {
      return refuse(fmt::format("Error parsing configuration property '{}': {} is not HOST:LIMIT",
                                kKey, entry));
    }
    const std::string number = entry.substr(colon + 1);
    const bool good = std::from_chars(entry.data() + colon + 1, last, limit).ptr == last;
    if (!good || number.empty()) return refuse(fmt::format("For input string: \"{}\"", number));
    limits[std::string(trim(std::string_view(entry).substr(0, colon)))] = limit;
  }
  return limits;
}

// broker.id and node.id are one setting under two names.
void mirror_id(Properties& properties) {
  const auto broker = properties.find("broker.id");
  const auto node = properties.find("node.id");
  if (broker != properties.end() && node == properties.end()) {
    properties["node.id"] = broker->second;
  } else if (node != properties.end() && broker == properties.end()) {
    properties["broker.id"] = node->second;
  }
}

}  // namespace

std::expected<Config, ConfigError> Config::from(Properties given) {
  Config config;
  mirror_id(given);
  config.static_ = std::move(given);
  if (auto loaded = config.load(); !loaded) return std::unexpected(std::move(loaded.error()));
  return config;
}

std::expected<Config, ConfigError> Config::with_dynamic(Properties cluster_wide,
                                                        Properties this_broker) const {
  Config config;
  config.static_ = static_;
  config.cluster_wide_ = std::move(cluster_wide);
  config.this_broker_ = std::move(this_broker);
  if (auto loaded = config.load(); !loaded) return std::unexpected(std::move(loaded.error()));
  return config;
}

std::expected<void, ConfigError> Config::load() {
  effective_ = static_;
  overlay(effective_, cluster_wide_);
  overlay(effective_, this_broker_);
  if (auto parsed = parse_values(); !parsed) return parsed;
  if (auto derived = derive(); !derived) return derived;
  return check_rules(*this);
}

std::expected<void, ConfigError> Config::parse_values() {
  for (const auto& spec : broker_keys()) {
    const auto given = effective_.find(spec.name);
    if (given == effective_.end() && spec.default_text == nullptr) {
      values_.emplace_back();
      continue;
    }
    // Defaults are not checked: some lie outside their own range.
    auto value = given == effective_.end() ? parse_value(spec.name, spec.type, spec.default_text)
                                           : read(spec.name, spec, given->second);
    if (!value) return std::unexpected(std::move(value.error()));
    values_.push_back(std::move(*value));
  }
  for (const auto& [name, text] : effective_) {
    const auto base = listener_base_key(name);
    if (base.empty()) continue;
    auto value = read(name, *find_broker_key(base), text);
    if (!value) return std::unexpected(std::move(value.error()));
  }
  return {};
}

std::expected<void, ConfigError> Config::derive() {
  if (!find(key::zookeeper_connect)) {
    return std::unexpected(config_error(
        "zookeeper.connect",
        "Missing required configuration `zookeeper.connect` which has no default value."));
  }
  log_dirs_ = split_csv(find(key::log_dirs).value_or((*this)[key::log_dir]));
  for (std::string& directory : log_dirs_) {
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  }
  auto limits = parse_per_ip((*this)[key::max_connections_per_ip_overrides]);
  if (!limits) return std::unexpected(std::move(limits.error()));
  max_connections_per_ip_overrides_ = std::move(*limits);
  if (auto times = derive_times(); !times) return times;
  return derive_listeners();
}

std::expected<void, ConfigError> Config::derive_times() {
  const auto minutes = find(key::log_retention_minutes);
  log_retention_ms_ =
      find(key::log_retention_ms)
          .value_or(minutes ? *minutes * kMinuteMs : (*this)[key::log_retention_hours] * kHourMs);
  if (log_retention_ms_ == 0) {
    return std::unexpected(requirement_failed(
        "log.retention.ms",
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"));
  }
  if (log_retention_ms_ < 0) log_retention_ms_ = -1;
  log_roll_ms_ = find(key::log_roll_ms).value_or((*this)[key::log_roll_hours] * kHourMs);
  log_roll_jitter_ms_ =
      find(key::log_roll_jitter_ms).value_or((*this)[key::log_roll_jitter_hours] * kHourMs);
  log_flush_interval_ms_ =
      find(key::log_flush_interval_ms).value_or((*this)[key::log_flush_scheduler_interval_ms]);
  return {};
}

std::expected<void, ConfigError> Config::derive_listeners() {
  auto protocols = parse_protocol_map((*this)[key::listener_security_protocol_map]);
  if (!protocols) return std::unexpected(std::move(protocols.error()));
  auto listeners = parse_listeners("listeners", (*this)[key::listeners], *protocols, true);
  if (!listeners) return std::unexpected(std::move(listeners.error()));
  listeners_ = std::move(*listeners);
  advertised_listeners_ = listeners_;
  if (const auto text = find(key::advertised_listeners)) {
    auto advertised = parse_listeners("advertised.listeners", *text, *protocols, false);
    if (!advertised) return std::unexpected(std::move(advertised.error()));
    advertised_listeners_ = std::move(*advertised);
  }
  if (advertised_listeners_.empty()) {
    return std::unexpected(requirement_failed(
        "advertised.listeners", "There must be at least one broker advertised listener."));
  }
  auto name = inter_broker_name(*protocols);
  if (!name) return std::unexpected(std::move(name.error()));
  const auto found = std::ranges::find(advertised_listeners_, *name, &Listener::name);
  if (found == advertised_listeners_.end()) {
    std::vector<std::string> names;
    for (const auto& listener : advertised_listeners_) names.push_back(listener.name);
    return std::unexpected(requirement_failed(
        "inter.broker.listener.name",
        fmt::format("inter.broker.listener.name must be a listener name defined in "
                    "advertised.listeners. The valid options based on currently configured "
                    "listeners are {}",
                    fmt::join(names, ","))));
  }
  inter_broker_listener_ = static_cast<std::size_t>(found - advertised_listeners_.begin());
  return {};
}

std::expected<std::string, ConfigError> Config::inter_broker_name(
    const ProtocolMap& protocols) const {
  const auto given = find(key::inter_broker_listener_name);
  if (!given) return (*this)[key::security_inter_broker_protocol];
  if (effective_.contains("security.inter.broker.protocol")) {
    return std::unexpected(config_error("inter.broker.listener.name",
                                        "Only one of inter.broker.listener.name and "
                                        "security.inter.broker.protocol should be set."));
  }
  std::string name = *given;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (!protocols.contains(name)) {
    return std::unexpected(config_error(
        "inter.broker.listener.name",
        fmt::format("Listener with name {} defined in inter.broker.listener.name not found in "
                    "listener.security.protocol.map.",
                    name)));
  }
  return name;
}

const Value& Config::value(std::string_view name) const {
  static const Value kNull;
  const KeySpec* spec = find_broker_key(name);
  return spec == nullptr ? kNull : values_[static_cast<std::size_t>(spec - broker_keys().data())];
}

std::optional<std::string_view> Config::text(std::string_view name) const {
  const auto it = effective_.find(name);
  if (it == effective_.end()) return std::nullopt;
  return it->second;
}

std::optional<std::string> Config::for_listener(std::string_view listener,
                                                std::string_view key) const {
  std::string lower(listener);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (const auto own = text(fmt::format("listener.name.{}.{}", lower, key))) {
    return std::string(trim(*own));
  }
  return show(value(key));
}

std::vector<std::string> Config::unknown_keys() const {
  std::vector<std::string> unknown;
  for (const auto& [name, text] : static_) {
    if (!is_known(name)) unknown.push_back(name);
  }
  return unknown;
}

std::int32_t Config::broker_id() const { return (*this)[key::broker_id]; }

std::chrono::milliseconds Config::zookeeper_connection_timeout() const {
  return std::chrono::milliseconds(find(key::zookeeper_connection_timeout_ms)
                                       .value_or((*this)[key::zookeeper_session_timeout_ms]));
}

std::int32_t Config::num_replica_alter_log_dirs_threads() const {
  return find(key::num_replica_alter_log_dirs_threads)
      .value_or(static_cast<std::int32_t>(log_dirs_.size()));
}

std::string_view Config::inter_broker_protocol_version() const {
  const auto release = release_of((*this)[key::inter_broker_protocol_version]);
  assert(release);
  return *release;
}

const Listener& Config::inter_broker_listener() const {
  return advertised_listeners_[inter_broker_listener_];
}

std::optional<std::string> Config::control_plane_listener() const {
  return find(key::control_plane_listener_name);
}

}  // namespace barnabas::broker::config
