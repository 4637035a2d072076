// The configuration keys of Kafka's Java clients: what a value may be, what librdkafka calls it.
//
// Kafka       clients/producer/ProducerConfig, clients/consumer/ConsumerConfig, SslConfigs,
//             SaslConfigs.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace barnabas::tools {

enum class ClientKind { kProducer, kConsumer };

enum class ValueType { kText, kNonEmptyText, kBoolean, kShort, kInt, kLong, kDouble };

struct Bounds {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

// How a key acts on librdkafka.
enum class Effect {
  kNative,  // its value is that of `native`, brought within `native_bounds`
  kOwn,     // the tools act on it themselves, or ClientConfig translates it
  kNone     // it is checked, and nothing comes of it
};

struct ClientKey {
  std::string_view name;
  std::optional<ClientKind> only;  // nothing: of both
  ValueType type = ValueType::kText;
  Effect effect = Effect::kNone;
  Bounds bounds = {};
  std::string_view native = {};
  Bounds native_bounds = {};
  std::string_view choices = {};  // "all, -1, 0, 1", as Kafka lists them
  bool any_case = false;
  std::optional<std::int64_t> beside = {};  // a number that is good outside the bounds
};

// In the order in which Kafka checks them.
std::span<const ClientKey> client_keys();

// Kafka's sentence, if the value is not one for the key:
// "Invalid value x for configuration linger.ms: Not a number of type LONG".
std::optional<std::string> refusal(const ClientKey& key, std::string_view value);

}  // namespace barnabas::tools
