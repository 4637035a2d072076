// A Java client's configuration, checked as Kafka checks it and said to librdkafka.
//
// Kafka       clients/producer/ProducerConfig, clients/consumer/ConsumerConfig. Differs: key stores
//             are PEM or PKCS12, not JKS; of the assignors StickyAssignor is missing.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/java_properties.h"
#include "tools/client/client_keys.h"

namespace barnabas::tools {

using log::Properties;

struct NativeConfig {
  std::vector<std::pair<std::string, std::string>> settings;  // librdkafka's names and values
  std::vector<std::string> without_effect;  // given keys of Kafka's that change nothing here
};

// The error is the text of Java's exception, its class first:
// "org.apache.kafka.common.config.ConfigException: Invalid value ...". Keys that are not Kafka's
// are dropped, as there.
std::expected<NativeConfig, std::string> native_config(ClientKind kind, const Properties& given);

// "Invalid ..." with the name of the exception before it.
std::string config_exception(std::string_view sentence);

// A number of the given configuration, or what Kafka has where it is not given.
std::int64_t number_of(const Properties& given, std::string_view key, std::int64_t otherwise);

// "a=b" of --property and the like; a word without "=" has no value, as in Kafka.
Properties key_values(const std::vector<std::string>& words);
// A file of properties; the error is Java's: "java.nio.file.NoSuchFileException: /none".
std::expected<Properties, std::string> properties_file(const std::optional<std::string>& path);

}  // namespace barnabas::tools
