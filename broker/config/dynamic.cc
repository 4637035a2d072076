#include "broker/config/dynamic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/table.h"

namespace barnabas::broker::config {
namespace {

// Keystores change for one listener at a time, never for all of them at once.
constexpr auto kOnlyPerListener = std::to_array<std::string_view>(
    {"ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key",
     "ssl.keystore.location", "ssl.keystore.password", "ssl.keystore.type",
     "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password",
     "ssl.truststore.type"});

constexpr auto kThrottleRates = std::to_array<std::string_view>(
    {kLeaderThrottledRate, kFollowerThrottledRate, kAlterLogDirsRate});
constexpr Valid kRate{Valid::Rule::kRange, 0};

constexpr auto kThreadPools =
    std::to_array<std::string_view>({"background.threads", "num.io.threads", "num.network.threads",
                                     "num.recovery.threads.per.data.dir", "num.replica.fetchers"});

template <class Refused>
std::vector<std::string> names_that(const Properties& changed, Refused refused) {
  std::vector<std::string> names;
  for (const auto& [name, text] : changed) {
    if (refused(name)) names.push_back(name);
  }
  return names;
}

std::expected<void, ConfigError> refuse_if_any(const std::vector<std::string>& names,
                                               std::string_view sentence, std::string_view set) {
  if (names.empty()) return {};
  return std::unexpected(config_error(
      names.front(), fmt::format("{}: {}({})", sentence, set, fmt::join(names, ", "))));
}

bool is_read_only(const std::string& name) {
  const KeySpec* spec = find_broker_key(name);
  return spec != nullptr && !spec->dynamic();
}

// The per-broker keys, and a listener's own, but for three.
bool needs_a_broker(const std::string& name) {
  constexpr auto kOfAllBrokers = std::to_array<std::string_view>(
      {"max.connection.creation.rate", "max.connections", "num.network.threads"});
  if (const KeySpec* spec = find_broker_key(name)) return spec->mode == UpdateMode::kPerBroker;
  const auto base = listener_base_key(name);
  return !base.empty() && !has(kOfAllBrokers, base);
}

std::expected<void, ConfigError> check_type(const std::string& name, std::string_view text) {
  const auto base = listener_base_key(name);
  const KeySpec* spec = find_broker_key(base.empty() ? std::string_view(name) : base);
  if (spec == nullptr && !is_throttle_rate(name)) return {};
  auto value = parse_value(name, spec ? spec->type : ConfigType::kLong, text);
  if (!value) return std::unexpected(std::move(value.error()));
  return check_value(name, spec ? spec->valid : kRate, *value);
}

// A change that what runs cannot follow.
std::unexpected<ConfigError> cannot_follow(std::string_view key, const std::string& why) {
  return std::unexpected(config_error(
      key, fmt::format("Invalid value org.apache.kafka.common.config.ConfigException: {} for "
                       "configuration Invalid dynamic configuration",
                       why)));
}

// Pools of threads grow to the double and shrink to the half at most.
std::expected<void, ConfigError> check_pools(const Config& before, const Config& after) {
  for (const auto name : kThreadPools) {
    const auto old_size = std::get<std::int32_t>(before.value(name));
    const auto size = std::get<std::int32_t>(after.value(name));
    if (size == old_size) continue;
    const auto refuse = [&](const std::string& why) {
      return cannot_follow(
          name, fmt::format("Dynamic thread count update validation failed for {}={}, value {}",
                            name, size, why));
    };
    if (size <= 0) return refuse("should be at least 1");
    if (size < old_size / 2) {
      return refuse(fmt::format("should be at least half the current value {}", old_size));
    }
    if (size > old_size * 2) {
      return refuse(
          fmt::format("should not be greater than double the current value {}", old_size));
    }
  }
  return {};
}

std::expected<void, ConfigError> check_cleaner(const Config& before, const Config& after) {
  constexpr std::string_view kKey = "log.cleaner.threads";
  const auto old_size = before[key::log_cleaner_threads];
  const auto size = after[key::log_cleaner_threads];
  if (size == 0) return std::unexpected(config_error(kKey, "/ by zero"));
  if (size < old_size / 2) {
    return cannot_follow(kKey, fmt::format("Log cleaner threads cannot be reduced to less than "
                                           "half the current value {}",
                                           old_size));
  }
  if (size > old_size * 2) {
    return cannot_follow(kKey, fmt::format("Log cleaner threads cannot be increased to more than "
                                           "double the current value {}",
                                           old_size));
  }
  return {};
}

// What a broker keeps of a tiered log is part of what is kept at all.
std::expected<void, ConfigError> check_local(std::string_view key, std::int64_t local,
                                             std::string_view whole_key, std::int64_t whole) {
  constexpr std::int64_t kUnlimited = -1;
  constexpr std::int64_t kLikeWhole = -2;
  if (whole == kUnlimited || local == kLikeWhole) return {};
  if (local == kUnlimited) {
    const auto why =
        fmt::format("Value must not be -1 as {} value is set as {}.", whole_key, whole);
    return cannot_follow(key, invalid_value(key, std::to_string(local), why).text);
  }
  if (local <= whole) return {};
  const auto why =
      fmt::format("Value must not be more than {} property value: {}", whole_key, whole);
  return cannot_follow(key, invalid_value(key, std::to_string(local), why).text);
}

std::expected<void, ConfigError> check_retention(const Config& after) {
  auto checked = check_local("log.local.retention.ms", after[key::log_local_retention_ms],
                             "log.retention.ms", after.log_retention_ms());
  if (!checked) return checked;
  return check_local("log.local.retention.bytes", after[key::log_local_retention_bytes],
                     "log.retention.bytes", after[key::log_retention_bytes]);
}

// No class of a plug-in is to be found here.
std::expected<void, ConfigError> check_classes(const Properties& changed) {
  for (const auto& [name, text] : changed) {
    const KeySpec* spec = find_broker_key(name);
    if (spec == nullptr || spec->type != ConfigType::kClass) continue;
    const bool known = spec->default_text != nullptr && text == spec->default_text;
    if (!known) {
      return std::unexpected(
          invalid_value(name, text, fmt::format("Class {} could not be found.", text)));
    }
  }
  const auto reporters = changed.find("metric.reporters");
  if (reporters == changed.end() || split_csv(reporters->second).empty()) return {};
  return cannot_follow("metric.reporters",
                       "Validation of dynamic config update of Set(metric.reporters) failed with "
                       "class class kafka.server.DynamicMetricsReporters");
}

std::expected<void, ConfigError> check_change(const Config& before, const Config& after) {
  auto checked = check_pools(before, after);
  if (checked) checked = check_cleaner(before, after);
  if (checked) checked = check_retention(after);
  if (!checked) return checked;
  if (after[key::max_connections] == 0) {
    return cannot_follow("max.connections", "Invalid max.connections 0");
  }
  return {};
}

}  // namespace

std::expected<void, ConfigError> validate_dynamic(const Config& config, const Properties& changed,
                                                  DynamicLevel level) {
  auto checked = refuse_if_any(names_that(changed, is_read_only),
                               "Cannot update these configs dynamically", "Set");
  if (!checked) return checked;
  const auto without_listener = [](const std::string& name) { return has(kOnlyPerListener, name); };
  checked = refuse_if_any(names_that(changed, without_listener),
                          "These security configs can be dynamically updated only per-listener "
                          "using the listener prefix",
                          "HashSet");
  if (!checked) return checked;
  for (const auto& [name, text] : changed) {
    if (checked = check_type(name, text); !checked) return checked;
  }
  if (checked = check_classes(changed); !checked) return checked;
  if (level == DynamicLevel::kClusterWide) {
    checked = refuse_if_any(names_that(changed, needs_a_broker),
                            "Cannot update these configs at default cluster level, broker id must "
                            "be specified",
                            "Set");
    if (!checked) return checked;
  }
  const auto updated = level == DynamicLevel::kClusterWide
                           ? config.with_dynamic(changed, config.this_broker_texts())
                           : config.with_dynamic(config.cluster_wide_texts(), changed);
  if (!updated) return std::unexpected(updated.error());
  return check_change(config, *updated);
}

std::vector<std::string> drop_unusable(Properties& stored, DynamicLevel level) {
  const auto is_password = [](const std::string& name) {
    const auto base = listener_base_key(name);
    const KeySpec* spec = find_broker_key(base.empty() ? std::string_view(name) : base);
    return spec != nullptr && spec->sensitive();
  };
  auto dropped = names_that(stored, [&](const std::string& name) {
    return is_read_only(name) || has(kOnlyPerListener, name) || is_password(name) ||
           (level == DynamicLevel::kClusterWide && needs_a_broker(name));
  });
  for (const auto& name : dropped) stored.erase(name);
  return dropped;
}

bool is_throttle_rate(std::string_view name) { return has(kThrottleRates, name); }

std::optional<std::int64_t> throttle_rate(const Config& config, std::string_view name) {
  for (const Properties* texts : {&config.this_broker_texts(), &config.cluster_wide_texts()}) {
    const auto at = texts->find(name);
    if (at == texts->end()) continue;
    const auto value = parse_value(name, ConfigType::kLong, at->second);
    if (value) return std::get<std::int64_t>(*value);
  }
  return std::nullopt;
}

}  // namespace barnabas::broker::config
