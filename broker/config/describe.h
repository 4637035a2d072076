// The rows of DescribeConfigs, computed from the configuration alone.
//
// Rows come in Kafka's order (a Scala hash map's), so that a byte-wise comparison with a real
// broker holds.
// A sensitive value is null. The documentation of a key is Apache's text and is not given out: the
// handler answers null.
// DescribeConfigs v0 carries is_default, which Kafka never sets: false.
//
// Kafka       server/ConfigHelper.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/config/properties.h"

namespace barnabas::broker::config {

// The numbers are those of the wire.
enum class ConfigSource : std::int8_t {
  kUnknown = 0,
  kDynamicTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
};

struct ConfigSynonym {
  std::string name;
  std::optional<std::string> value;
  ConfigSource source;
  friend bool operator==(const ConfigSynonym&, const ConfigSynonym&) = default;
};

struct ConfigRow {
  std::string name;
  std::optional<std::string> value;
  bool read_only = false;
  ConfigSource source = ConfigSource::kDefault;
  bool sensitive = false;
  std::vector<ConfigSynonym> synonyms;     // v1+, when asked for
  ConfigType type = ConfigType::kUnknown;  // v3+
  friend bool operator==(const ConfigRow&, const ConfigRow&) = default;
};

// `wanted`: the keys asked for; null or empty means all. Keys that do not exist give no row.
using Wanted = std::optional<std::vector<std::string>>;

// Resource BROKER with this broker's id.
std::vector<ConfigRow> describe_broker(const Config& config, const Wanted& wanted);
// Resource BROKER with the empty name: what is set for the whole cluster.
std::vector<ConfigRow> describe_default_broker(const Config& config, const Wanted& wanted);
// Resource TOPIC with the settings of its znode.
std::vector<ConfigRow> describe_topic(const Config& config, const Properties& overrides,
                                      const Wanted& wanted);

}  // namespace barnabas::broker::config
