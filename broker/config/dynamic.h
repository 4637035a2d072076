// What a client may change while the broker runs, for AlterConfigs and IncrementalAlterConfigs of
// BROKER resources.
//
// Kafka       server/DynamicBrokerConfig (validate). All refusals are INVALID_REQUEST.
#pragma once

#include <expected>

#include "broker/config/config.h"
#include "broker/config/properties.h"

namespace barnabas::broker::config {

enum class DynamicLevel { kClusterWide, kThisBroker };

// `changed`: the settings as they will stand at that level. Unknown keys are taken, as Kafka does.
std::expected<void, ConfigError> validate_dynamic(const Config& config, const Properties& changed,
                                                  DynamicLevel level);

}  // namespace barnabas::broker::config
