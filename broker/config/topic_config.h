// The configuration of one topic: its own settings over the broker's defaults.
//
// Kafka       storage/internals/log/LogConfig (validate, fromProps),
//             KafkaConfig.extractLogConfigMap.
#pragma once

#include <cassert>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/properties.h"
#include "broker/config/table.h"
#include "log/config.h"

namespace barnabas::broker::config {

// The answer to CreateTopics, AlterConfigs and IncrementalAlterConfigs, all INVALID_CONFIG:
// "Unknown topic config name: x", "Invalid value ...", tiered storage, a lag range that is empty.
// `broker` gives the defaults that the topic's settings are weighed against.
std::expected<void, ConfigError> validate_topic(const Properties& overrides, const Config& broker);

// What holds for a topic. Overrides that do not parse (an older or newer broker wrote them) are
// left out.
class TopicConfig {
 public:
  TopicConfig(const Properties& overrides, const Config& broker);

  template <class T>
  const T& operator[](TopicKey<T> key) const {
    const T* value = std::get_if<T>(&values_[key.index]);
    assert(value != nullptr);
    return *value;
  }
  const Value& value(std::string_view name) const;  // a known key; else null
  log::LogConfig log_config() const;

 private:
  std::vector<Value> values_;  // by key index
};

}  // namespace barnabas::broker::config
