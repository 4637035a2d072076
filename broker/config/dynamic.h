// What a client may change while the broker runs, for AlterConfigs and IncrementalAlterConfigs of
// BROKER resources.
//
// Kafka       server/DynamicBrokerConfig (validate). All refusals are INVALID_REQUEST.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/properties.h"

namespace barnabas::broker::config {

enum class DynamicLevel { kClusterWide, kThisBroker };

// `changed`: the settings as they will stand at that level. Unknown keys are taken, as Kafka does.
std::expected<void, ConfigError> validate_dynamic(const Config& config, const Properties& changed,
                                                  DynamicLevel level);

// Takes out of what is stored what may not stand at that level, or cannot be read here (passwords,
// which a JVM broker stores encrypted). The names of what was taken out.
std::vector<std::string> drop_unusable(Properties& stored, DynamicLevel level);

// A broker's limits on replication are no keys of server.properties: they exist in ZooKeeper alone.
bool is_throttle_rate(std::string_view name);
// Of this broker, else of all; nothing if there is no limit.
std::optional<std::int64_t> throttle_rate(const Config& config, std::string_view name);
inline constexpr std::string_view kLeaderThrottledRate = "leader.replication.throttled.rate";
inline constexpr std::string_view kFollowerThrottledRate = "follower.replication.throttled.rate";
inline constexpr std::string_view kAlterLogDirsRate =
    "replica.alter.log.dirs.io.max.bytes.per.second";

}  // namespace barnabas::broker::config
