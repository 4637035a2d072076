#include "tools/client/client_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <regex>
#include <sstream>

#include "tools/broker_list.h"

namespace barnabas::tools {
namespace {

constexpr std::string_view kClientPackage = "org.apache.kafka.clients.consumer.";
constexpr std::int64_t kMaxIdempotentInFlight = 5;

constexpr auto kAssignors = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"RangeAssignor", "range"},
    {"RoundRobinAssignor", "roundrobin"},
    {"CooperativeStickyAssignor", "cooperative-sticky"},
});

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) { return std::tolower(c); });
  return lowered;
}

// One configuration on its way to librdkafka's names.
class Translation {
 public:
  Translation(ClientKind kind, const Properties& given) : kind_(kind), given_(given) {}

  std::expected<NativeConfig, std::string> run() {
    for (const auto& key : client_keys()) {
      if (key.only && *key.only != kind_) continue;
      const auto it = given_.find(key.name);
      if (it == given_.end()) continue;
      if (auto refused = refusal(key, it->second)) {
        return std::unexpected(config_exception(*refused));
      }
      if (key.effect == Effect::kNone) out_.without_effect.emplace_back(key.name);
      if (key.effect == Effect::kNative) say(key.native, within(key, it->second));
    }
    auto fault = kind_ == ClientKind::kProducer ? producer() : consumer();
    if (!fault) fault = security();
    if (fault) return std::unexpected(*fault);
    return std::move(out_);
  }

 private:
  using Fault = std::optional<std::string>;

  std::optional<std::string_view> value(std::string_view key) const {
    const auto it = given_.find(key);
    return it == given_.end() ? std::nullopt : std::optional<std::string_view>(it->second);
  }

  void say(std::string_view name, std::string_view value) {
    out_.settings.emplace_back(name, value);
  }
  void say(std::string_view name, std::int64_t value) { say(name, std::to_string(value)); }
  void say_unless_given(std::string_view key, std::string_view name, std::string_view value) {
    if (!given_.contains(key)) say(name, value);
  }

  std::string within(const ClientKey& key, const std::string& text) const {
    if (key.type == ValueType::kBoolean) return lower(text);
    if (key.type != ValueType::kInt && key.type != ValueType::kLong) return text;
    const auto number = number_of(given_, key.name, 0);
    return std::to_string(std::clamp(number, key.native_bounds.least, key.native_bounds.most));
  }

  Fault producer() {
    if (auto fault = idempotence()) return fault;
    if (auto fault = deadlines()) return fault;
    say_unless_given("batch.size", "batch.size", "16384");
    say_unless_given("linger.ms", "linger.ms", "0");
    say_unless_given("reconnect.backoff.ms", "reconnect.backoff.ms", "50");
    say_unless_given("reconnect.backoff.max.ms", "reconnect.backoff.max.ms", "1000");
    const auto memory = number_of(given_, "buffer.memory", 33'554'432);
    say("queue.buffering.max.kbytes", std::clamp<std::int64_t>(memory / 1024, 1, 2'147'483'647));
    say("queue.buffering.max.messages", std::int64_t{0});  // the memory is the bound
    compression_level();
    return partitioner();
  }

  Fault idempotence() {
    const auto wanted = value("enable.idempotence");
    const auto acks = value("acks").value_or("all");
    const bool asked = wanted && lower(*wanted) == "true";
    const bool refused = wanted && !asked;
    std::string_view fault;
    if (number_of(given_, "retries", 1) == 0) {
      fault = "Must set retries to non-zero when using the idempotent producer.";
    } else if (acks != "all" && acks != "-1") {
      fault =
          "Must set acks to all in order to use the idempotent producer. Otherwise we cannot "
          "guarantee idempotence.";
    } else if (number_of(given_, "max.in.flight.requests.per.connection", 1) >
               kMaxIdempotentInFlight) {
      fault =
          "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent "
          "producer.";
    }
    if (asked && !fault.empty()) return config_exception(fault);
    const bool idempotent = !refused && fault.empty();
    if (!idempotent && given_.contains("transactional.id")) {
      return config_exception("Cannot set a transactional.id without also enabling idempotence.");
    }
    say("enable.idempotence", idempotent ? "true" : "false");
    say_unless_given("max.in.flight.requests.per.connection",
                     "max.in.flight.requests.per.connection", "5");
    return std::nullopt;
  }

  // librdkafka wants the deadline of a record within that of its transaction.
  std::int64_t longest_delivery() const {
    return given_.contains("transactional.id") ? number_of(given_, "transaction.timeout.ms", 60'000)
                                               : std::numeric_limits<std::int32_t>::max();
  }

  // Kafka lengthens a deadline that nobody asked for, and refuses one that somebody did.
  Fault deadlines() {
    const auto request = number_of(given_, "request.timeout.ms", 30'000);
    const auto least = number_of(given_, "linger.ms", 0) + request;
    auto delivery = number_of(given_, "delivery.timeout.ms", 120'000);
    if (delivery < least) {
      if (given_.contains("delivery.timeout.ms")) {
        return "org.apache.kafka.common.KafkaException: Failed to construct kafka producer\n"
               "Caused by: " +
               config_exception(
                   "delivery.timeout.ms should be equal to or larger than linger.ms + "
                   "request.timeout.ms");
      }
      delivery = least;
    }
    say("delivery.timeout.ms", std::min(delivery, longest_delivery()));
    say("request.timeout.ms", std::clamp<std::int64_t>(request, 1, 900'000));
    return std::nullopt;
  }

  void compression_level() {
    const auto codec = value("compression.type").value_or("none");
    const auto level = value(fmt::format("compression.{}.level", codec));
    if (level)
      say("compression.level", std::min<std::int64_t>(std::stoll(std::string(*level)), 12));
  }

  Fault partitioner() {
    const auto name = value("partitioner.class").value_or("");
    const bool ignores_keys = lower(value("partitioner.ignore.keys").value_or("false")) == "true";
    if (name.ends_with(".RoundRobinPartitioner") || ignores_keys) {
      say("partitioner", "random");
    } else if (name.empty() || name.ends_with(".DefaultPartitioner")) {
      say("partitioner", "murmur2_random");
    } else if (name.ends_with(".UniformStickyPartitioner")) {
      say("partitioner", "random");
    } else {
      return class_not_found(name, "partitioner.class");
    }
    return std::nullopt;
  }

  static std::string class_not_found(std::string_view name, std::string_view key) {
    return config_exception(fmt::format(
        "Invalid value {} for configuration {}: Class {} could not be found.", name, key, name));
  }

  Fault consumer() {
    if (const auto protocol = value("group.protocol"); protocol && lower(*protocol) == "consumer") {
      out_.without_effect.emplace_back("group.protocol");  // what ZooKeeper mode speaks is classic
    }
    const auto reset = value("auto.offset.reset").value_or("latest");
    say("auto.offset.reset", reset == "none" ? "error" : reset);
    say_unless_given("isolation.level", "isolation.level", "read_uncommitted");
    say_unless_given("allow.auto.create.topics", "allow.auto.create.topics", "true");
    say_unless_given("check.crcs", "check.crcs", "true");
    say_unless_given("metadata.max.age.ms", "metadata.max.age.ms", "300000");
    fetch_sizes();
    return assignors();
  }

  // librdkafka wants an answer to be as large as a message, and a frame larger than an answer.
  void fetch_sizes() {
    const auto wanted = number_of(given_, "fetch.max.bytes", 52'428'800);
    const auto message = 1'000'000;
    const auto fetch = std::clamp<std::int64_t>(wanted, message, 2'147'483'135);
    say("fetch.max.bytes", fetch);
    say("receive.message.max.bytes", std::max<std::int64_t>(100'000'000, fetch + 512));
  }

  Fault assignors() {
    std::string names;
    for (const auto& given : split_list(value("partition.assignment.strategy").value_or(""))) {
      std::string_view name = given;
      name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
      const auto* known = std::ranges::find_if(kAssignors, [&](const auto& assignor) {
        return name == assignor.first || name == std::string(kClientPackage).append(assignor.first);
      });
      if (known == kAssignors.end()) {
        return fmt::format(
            "org.apache.kafka.common.KafkaException: {} ClassNotFoundException "
            "exception occurred",
            name);
      }
      names += (names.empty() ? "" : ",") + std::string(known->second);
    }
    // Kafka's own default is range first, then cooperative; librdkafka takes the two not together.
    if (names.empty() || names == "range,cooperative-sticky") names = "range";
    say("partition.assignment.strategy", names);
    return std::nullopt;
  }

  Fault security() {
    if (const auto protocol = value("security.protocol"))
      say("security.protocol", lower(*protocol));
    const auto setup = number_of(given_, "socket.connection.setup.timeout.ms", 10'000);
    say("socket.connection.setup.timeout.ms", std::clamp<std::int64_t>(setup, 1000, 2'147'483'647));
    if (kind_ == ClientKind::kConsumer) {
      const auto request = number_of(given_, "request.timeout.ms", 30'000);
      say("socket.timeout.ms", std::clamp<std::int64_t>(request, 10, 300'000));
    }
    if (const auto algorithm = value("ssl.endpoint.identification.algorithm")) {
      say("ssl.endpoint.identification.algorithm", algorithm->empty() ? "none" : *algorithm);
    }
    credentials();
    if (auto fault = trust()) return fault;
    return identity();
  }

  // sasl.jaas.config: "org...PlainLoginModule required username="a" password="b";"
  void credentials() {
    const auto jaas = value("sasl.jaas.config");
    if (!jaas) return;
    const std::string text(*jaas);
    for (const std::string name : {"username", "password"}) {
      std::smatch found;
      const std::regex pattern(name + R"re(\s*=\s*(?:"([^"]*)"|([^\s;"]+)))re");
      if (!std::regex_search(text, found, pattern)) continue;
      say("sasl." + name, found[1].matched ? found[1].str() : found[2].str());
    }
  }

  Fault trust() {
    const auto location = value("ssl.truststore.location");
    if (!location) return std::nullopt;
    const auto type = value("ssl.truststore.type").value_or("JKS");
    if (type != "PEM") return unreadable_store("ssl.truststore.type", type, "PEM");
    say("ssl.ca.location", *location);
    return std::nullopt;
  }

  Fault identity() {
    const auto location = value("ssl.keystore.location");
    if (!location) return std::nullopt;
    const auto type = value("ssl.keystore.type").value_or("JKS");
    if (type == "PKCS12") {
      say("ssl.keystore.location", *location);
    } else if (type == "PEM") {
      say("ssl.certificate.location", *location);
      say("ssl.key.location", *location);
    } else {
      return unreadable_store("ssl.keystore.type", type, "PEM or PKCS12");
    }
    return std::nullopt;
  }

  static std::string unreadable_store(std::string_view key, std::string_view type,
                                      std::string_view readable) {
    return config_exception(fmt::format("Invalid value {} for configuration {}: this tool reads {}",
                                        type, key, readable));
  }

  ClientKind kind_;
  const Properties& given_;
  NativeConfig out_;
};

}  // namespace

std::expected<NativeConfig, std::string> native_config(ClientKind kind, const Properties& given) {
  return Translation(kind, given).run();
}

std::string config_exception(std::string_view sentence) {
  return fmt::format("org.apache.kafka.common.config.ConfigException: {}", sentence);
}

std::int64_t number_of(const Properties& given, std::string_view key, std::int64_t otherwise) {
  const auto it = given.find(key);
  if (it == given.end()) return otherwise;
  std::istringstream text(it->second);
  std::int64_t number = otherwise;
  text >> number;
  return number;
}

Properties key_values(const std::vector<std::string>& words) {
  Properties properties;
  for (const auto& word : words) {
    if (word.empty()) continue;
    const auto equals = word.find('=');
    const auto value = equals == std::string::npos ? "" : word.substr(equals + 1);
    properties.insert_or_assign(word.substr(0, equals), value);
  }
  return properties;
}

std::expected<Properties, std::string> properties_file(const std::optional<std::string>& path) {
  if (!path) return Properties{};
  std::ifstream file(*path);
  if (!file) return std::unexpected("java.nio.file.NoSuchFileException: " + *path);
  std::ostringstream text;
  text << file.rdbuf();
  return log::parse_properties(text.str());
}

}  // namespace barnabas::tools
