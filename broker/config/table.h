// Every configuration key of Kafka 3.9, as data; the rows stand in broker_configs.inc and
// topic_configs.inc.
//
//   config[key::num_partitions]        an int32_t; a misspelt key does not compile
//   find_broker_key("num.partitions")  the row, or nullptr for a key that Kafka does not know
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/value.h"

namespace barnabas::broker::config {

enum class UpdateMode : std::uint8_t { kReadOnly, kPerBroker, kClusterWide, kInternal };

struct KeySpec {
  std::string_view name;
  ConfigType type;
  const char* default_text;  // nullptr: null
  Valid valid;
  UpdateMode mode = UpdateMode::kReadOnly;  // broker keys
  const char* broker_key = nullptr;         // topic keys: where their default comes from

  bool sensitive() const { return type == ConfigType::kPassword; }
  bool dynamic() const {
    return mode == UpdateMode::kPerBroker || mode == UpdateMode::kClusterWide;
  }
};

std::span<const KeySpec> broker_keys();  // sorted by name
std::span<const KeySpec> topic_keys();   // sorted by name
const KeySpec* find_broker_key(std::string_view name);
const KeySpec* find_topic_key(std::string_view name);

// Keys that stand for one another, the one that wins first ("log.retention.ms", ".minutes",
// ".hours");
// a key without such is its own only synonym. "listener.name.x.KEY" is followed by KEY.
std::vector<std::string> synonyms_of(std::string_view broker_key);
// KEY of "listener.name.x.KEY", if KEY can be set for one listener; else empty.
std::string_view listener_base_key(std::string_view name);

template <class T>
struct BrokerKey {
  std::uint16_t index;
};
template <class T>
struct TopicKey {
  std::uint16_t index;
};

namespace detail {

using Boolean = bool;
using Short = std::int16_t;
using Int = std::int32_t;
using Long = std::int64_t;
using Double = double;
using String = std::string;
using Class = std::string;
using Password = std::string;
using List = std::vector<std::string>;

enum BrokerIndex : std::uint16_t {
#define BROKER_CONFIG(id, ...) id,
#include "broker/config/broker_configs.inc"
#undef BROKER_CONFIG
};

namespace topic {
enum TopicIndex : std::uint16_t {
#define TOPIC_CONFIG(id, ...) id,
#include "broker/config/topic_configs.inc"
#undef TOPIC_CONFIG
};
}  // namespace topic

}  // namespace detail

namespace key {
#define BROKER_CONFIG(id, name, type, ...) \
  inline constexpr BrokerKey<detail::type> id{detail::BrokerIndex::id};
#include "broker/config/broker_configs.inc"
#undef BROKER_CONFIG
}  // namespace key

namespace topic_key {
#define TOPIC_CONFIG(id, name, type, ...) \
  inline constexpr TopicKey<detail::type> id{detail::topic::TopicIndex::id};
#include "broker/config/topic_configs.inc"
#undef TOPIC_CONFIG
}  // namespace topic_key

}  // namespace barnabas::broker::config
