// Changing the configuration of one resource, as AlterConfigs and IncrementalAlterConfigs ask.
//
// Owns        nothing.
// Does not    apply the change: every broker, this one included, hears of it by announcement.
// Kafka       server/ConfigAdminManager (what every node checks), server/ZkAdminManager (what is
//             written).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "broker/api/services.h"
#include "broker/config/alter.h"

namespace barnabas::broker::api {

enum class ConfigResource : std::int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
};

struct ConfigAlteration {
  ConfigResource type;
  std::string name;
  std::vector<config::Alteration> changes;
  bool replaces = false;  // AlterConfigs: what is not named is deleted
  bool validate_only = false;
};

env::Task<std::expected<void, config::AlterRefusal>> alter_config(Services* services,
                                                                  ConfigAlteration asked);

}  // namespace barnabas::broker::api
