#include "tools/client/client_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace barnabas::tools {
namespace {

constexpr auto kProducer = ClientKind::kProducer;
constexpr auto kConsumer = ClientKind::kConsumer;
constexpr std::nullopt_t kBoth = std::nullopt;
constexpr Bounds kNatural{0};
constexpr Bounds kPositive{1};
constexpr std::int64_t kMaxInt = std::numeric_limits<std::int32_t>::max();

constexpr ClientKey text(std::string_view name, std::optional<ClientKind> only, Effect effect,
                         std::string_view native = {}) {
  return {.name = name, .only = only, .effect = effect, .native = native};
}

constexpr ClientKey boolean(std::string_view name, std::optional<ClientKind> only, Effect effect,
                            std::string_view native = {}) {
  return {
      .name = name, .only = only, .type = ValueType::kBoolean, .effect = effect, .native = native};
}

constexpr ClientKey choice(std::string_view name, std::optional<ClientKind> only, Effect effect,
                           std::string_view choices, bool any_case = false,
                           std::string_view native = {}) {
  return {.name = name,
          .only = only,
          .effect = effect,
          .native = native,
          .choices = choices,
          .any_case = any_case};
}

constexpr ClientKey number(std::string_view name, std::optional<ClientKind> only, ValueType type,
                           Bounds bounds, Effect effect) {
  return {.name = name, .only = only, .type = type, .effect = effect, .bounds = bounds};
}

constexpr ClientKey native(std::string_view name, std::optional<ClientKind> only, ValueType type,
                           Bounds bounds, std::string_view called, Bounds within) {
  return {.name = name,
          .only = only,
          .type = type,
          .effect = Effect::kNative,
          .bounds = bounds,
          .native = called,
          .native_bounds = within};
}

constexpr std::string_view kProtocols = "SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT";
constexpr std::string_view kDnsLookups =
    "use_all_dns_ips, resolve_canonical_bootstrap_servers_only";
constexpr auto kInt = ValueType::kInt;
constexpr auto kLong = ValueType::kLong;
constexpr auto kShort = ValueType::kShort;
constexpr auto kDouble = ValueType::kDouble;
constexpr auto kNonEmpty = ValueType::kNonEmptyText;
using enum Effect;

constexpr auto kKeys = std::to_array<ClientKey>({
    text("bootstrap.servers", kBoth, kNative, "bootstrap.servers"),
    choice("client.dns.lookup", kBoth, kNone, kDnsLookups),
    number("buffer.memory", kProducer, kLong, kNatural, kOwn),
    native("retries", kProducer, kInt, {0, kMaxInt}, "retries", {}),
    choice("acks", kProducer, kNative, "all, -1, 0, 1", false, "acks"),
    choice("compression.type", kProducer, kNative, "none, gzip, snappy, lz4, zstd", false,
           "compression.type"),
    {"compression.gzip.level", kProducer, kInt, kOwn, {1, 9}, {}, {}, {}, false, -1},
    number("compression.lz4.level", kProducer, kInt, {1, 17}, kOwn),
    number("compression.zstd.level", kProducer, kInt, {-131072, 22}, kOwn),
    native("batch.size", kProducer, kInt, kNatural, "batch.size", {1, kMaxInt}),
    boolean("partitioner.adaptive.partitioning.enable", kProducer, kNone),
    number("partitioner.availability.timeout.ms", kProducer, kLong, kNatural, kNone),
    boolean("partitioner.ignore.keys", kProducer, kOwn),
    native("linger.ms", kProducer, kLong, kNatural, "linger.ms", {0, 900'000}),
    number("delivery.timeout.ms", kProducer, kInt, kNatural, kOwn),
    text("group.id", kConsumer, kNative, "group.id"),
    {"group.instance.id", kConsumer, kNonEmpty, kNative, {}, "group.instance.id"},
    native("session.timeout.ms", kConsumer, kInt, {}, "session.timeout.ms", {1, 3'600'000}),
    native("heartbeat.interval.ms", kConsumer, kInt, {}, "heartbeat.interval.ms", {1, 3'600'000}),
    text("partition.assignment.strategy", kConsumer, kOwn),
    text("client.id", kBoth, kNative, "client.id"),
    text("client.rack", kConsumer, kNative, "client.rack"),
    native("metadata.max.age.ms", kBoth, kLong, kNatural, "metadata.max.age.ms", {1, 86'400'000}),
    native("send.buffer.bytes", kBoth, kInt, {-1}, "socket.send.buffer.bytes", {0, 100'000'000}),
    native("receive.buffer.bytes", kBoth, kInt, {-1}, "socket.receive.buffer.bytes",
           {0, 100'000'000}),
    native("max.request.size", kProducer, kInt, kNatural, "message.max.bytes",
           {1000, 1'000'000'000}),
    boolean("enable.auto.commit", kConsumer, kNative, "enable.auto.commit"),
    native("auto.commit.interval.ms", kConsumer, kInt, kNatural, "auto.commit.interval.ms",
           {0, 86'400'000}),
    native("reconnect.backoff.ms", kBoth, kLong, kNatural, "reconnect.backoff.ms", {0, 3'600'000}),
    native("reconnect.backoff.max.ms", kBoth, kLong, kNatural, "reconnect.backoff.max.ms",
           {0, 3'600'000}),
    native("retry.backoff.ms", kProducer, kLong, kNatural, "retry.backoff.ms", {1, 300'000}),
    number("retry.backoff.ms", kConsumer, kLong, kNatural, kNone),
    number("retry.backoff.max.ms", kBoth, kLong, kNatural, kNone),
    boolean("enable.metrics.push", kBoth, kNone),
    number("max.block.ms", kProducer, kLong, kNatural, kOwn),
    number("request.timeout.ms", kBoth, kInt, kNatural, kOwn),
    number("metadata.max.idle.ms", kProducer, kLong, {5000}, kNone),
    native("max.partition.fetch.bytes", kConsumer, kInt, kNatural, "max.partition.fetch.bytes",
           {1, 1'000'000'000}),
    native("fetch.min.bytes", kConsumer, kInt, kNatural, "fetch.min.bytes", {1, 100'000'000}),
    number("fetch.max.bytes", kConsumer, kInt, kNatural, kOwn),
    native("fetch.max.wait.ms", kConsumer, kInt, kNatural, "fetch.wait.max.ms", {0, 300'000}),
    choice("auto.offset.reset", kConsumer, kOwn, "latest, earliest, none"),
    boolean("check.crcs", kConsumer, kNative, "check.crcs"),
    number("metrics.sample.window.ms", kBoth, kLong, kNatural, kNone),
    number("metrics.num.samples", kBoth, kInt, kPositive, kNone),
    choice("metrics.recording.level", kBoth, kNone, "INFO, DEBUG, TRACE"),
    text("metric.reporters", kBoth, kNone),
    boolean("auto.include.jmx.reporter", kBoth, kNone),
    native("max.in.flight.requests.per.connection", kProducer, kInt, kPositive,
           "max.in.flight.requests.per.connection", {1, 1'000'000}),
    text("key.serializer", kProducer, kOwn),
    text("value.serializer", kProducer, kOwn),
    text("key.deserializer", kConsumer, kOwn),
    text("value.deserializer", kConsumer, kOwn),
    number("default.api.timeout.ms", kConsumer, kInt, kNatural, kNone),
    number("socket.connection.setup.timeout.ms", kBoth, kLong, {}, kOwn),
    number("socket.connection.setup.timeout.max.ms", kBoth, kLong, {}, kNone),
    native("connections.max.idle.ms", kBoth, kLong, {}, "connections.max.idle.ms", {0, kMaxInt}),
    text("partitioner.class", kProducer, kOwn),
    text("interceptor.classes", kBoth, kNone),
    number("max.poll.records", kConsumer, kInt, kPositive, kNone),
    native("max.poll.interval.ms", kConsumer, kInt, kPositive, "max.poll.interval.ms",
           {1, 86'400'000}),
    boolean("exclude.internal.topics", kConsumer, kOwn),
    choice("isolation.level", kConsumer, kNative, "read_committed, read_uncommitted", false,
           "isolation.level"),
    boolean("allow.auto.create.topics", kConsumer, kNative, "allow.auto.create.topics"),
    choice("group.protocol", kConsumer, kOwn, "CONSUMER, CLASSIC", true),
    text("group.remote.assignor", kConsumer, kNone),
    choice("security.protocol", kBoth, kOwn, kProtocols, true),
    boolean("enable.idempotence", kProducer, kOwn),
    native("transaction.timeout.ms", kProducer, kInt, {}, "transaction.timeout.ms",
           {1000, kMaxInt}),
    {"transactional.id", kProducer, kNonEmpty, kNative, {}, "transactional.id"},
    choice("metadata.recovery.strategy", kBoth, kNone, "REBOOTSTRAP, NONE", true),
    text("security.providers", kBoth, kNone),
    text("ssl.protocol", kBoth, kNone),
    text("ssl.provider", kBoth, kNone),
    text("ssl.cipher.suites", kBoth, kNone),
    text("ssl.enabled.protocols", kBoth, kNone),
    text("ssl.keystore.type", kBoth, kOwn),
    text("ssl.keystore.location", kBoth, kOwn),
    text("ssl.keystore.password", kBoth, kNative, "ssl.keystore.password"),
    text("ssl.key.password", kBoth, kNative, "ssl.key.password"),
    text("ssl.keystore.key", kBoth, kNative, "ssl.key.pem"),
    text("ssl.keystore.certificate.chain", kBoth, kNative, "ssl.certificate.pem"),
    text("ssl.truststore.certificates", kBoth, kNative, "ssl.ca.pem"),
    text("ssl.truststore.type", kBoth, kOwn),
    text("ssl.truststore.location", kBoth, kOwn),
    text("ssl.truststore.password", kBoth, kNone),
    text("ssl.keymanager.algorithm", kBoth, kNone),
    text("ssl.trustmanager.algorithm", kBoth, kNone),
    text("ssl.endpoint.identification.algorithm", kBoth, kOwn),
    text("ssl.secure.random.implementation", kBoth, kNone),
    text("ssl.engine.factory.class", kBoth, kNone),
    text("sasl.mechanism", kBoth, kNative, "sasl.mechanism"),
    text("sasl.jaas.config", kBoth, kOwn),
    text("sasl.client.callback.handler.class", kBoth, kNone),
    text("sasl.login.callback.handler.class", kBoth, kNone),
    text("sasl.login.class", kBoth, kNone),
    text("sasl.kerberos.service.name", kBoth, kNative, "sasl.kerberos.service.name"),
    text("sasl.kerberos.kinit.cmd", kBoth, kNative, "sasl.kerberos.kinit.cmd"),
    number("sasl.kerberos.ticket.renew.window.factor", kBoth, kDouble, {}, kNone),
    number("sasl.kerberos.ticket.renew.jitter", kBoth, kDouble, {}, kNone),
    native("sasl.kerberos.min.time.before.relogin", kBoth, kLong, {},
           "sasl.kerberos.min.time.before.relogin", {0, 86'400'000}),
    number("sasl.login.refresh.window.factor", kBoth, kDouble, {}, kNone),
    number("sasl.login.refresh.window.jitter", kBoth, kDouble, {}, kNone),
    number("sasl.login.refresh.min.period.seconds", kBoth, kShort, {0, 900}, kNone),
    number("sasl.login.refresh.buffer.seconds", kBoth, kShort, {0, 3600}, kNone),
    number("sasl.login.connect.timeout.ms", kBoth, kInt, {}, kNone),
    number("sasl.login.read.timeout.ms", kBoth, kInt, {}, kNone),
    number("sasl.login.retry.backoff.max.ms", kBoth, kLong, {}, kNone),
    number("sasl.login.retry.backoff.ms", kBoth, kLong, {}, kNone),
    text("sasl.oauthbearer.scope.claim.name", kBoth, kNone),
    text("sasl.oauthbearer.sub.claim.name", kBoth, kNone),
    text("sasl.oauthbearer.token.endpoint.url", kBoth, kNone),
    text("sasl.oauthbearer.jwks.endpoint.url", kBoth, kNone),
    text("sasl.oauthbearer.expected.audience", kBoth, kNone),
    text("sasl.oauthbearer.expected.issuer", kBoth, kNone),
});

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::kShort: return "SHORT";
    case ValueType::kInt: return "INT";
    case ValueType::kDouble: return "DOUBLE";
    default: return "LONG";
  }
}

Bounds range_of(ValueType type) {
  switch (type) {
    case ValueType::kShort:
      return {std::numeric_limits<std::int16_t>::min(), std::numeric_limits<std::int16_t>::max()};
    case ValueType::kInt: return {std::numeric_limits<std::int32_t>::min(), kMaxInt};
    default: return {};
  }
}

bool same_word(std::string_view a, std::string_view b, bool any_case) {
  return any_case ? std::ranges::equal(a, b,
                                       [](unsigned char x, unsigned char y) {
                                         return std::toupper(x) == std::toupper(y);
                                       })
                  : a == b;
}

bool is_choice(const ClientKey& key, std::string_view value) {
  auto rest = key.choices;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(", "), rest.size());
    if (same_word(rest.substr(0, end), value, key.any_case)) return true;
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return false;
}

template <class Number>
std::optional<Number> parsed(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What is wrong with a number, in Kafka's words; empty: nothing.
std::string number_fault(const ClientKey& key, std::string_view value) {
  if (key.type == ValueType::kDouble) {
    return parsed<double>(value) ? "" : "Not a number of type DOUBLE";
  }
  const auto number = parsed<std::int64_t>(value);
  const auto range = range_of(key.type);
  if (!number || *number < range.least || *number > range.most) {
    return fmt::format("Not a number of type {}", type_name(key.type));
  }
  if (key.beside == number) return "";
  if (*number < key.bounds.least) {
    return fmt::format("Value must be at least {}", key.bounds.least);
  }
  if (*number > key.bounds.most) {
    return fmt::format("Value must be no more than {}", key.bounds.most);
  }
  return "";
}

std::string fault(const ClientKey& key, std::string_view value) {
  switch (key.type) {
    case ValueType::kBoolean:
      return same_word(value, "true", true) || same_word(value, "false", true)
                 ? ""
                 : "Expected value to be either true or false";
    case ValueType::kNonEmptyText: return value.empty() ? "String must be non-empty" : "";
    case ValueType::kText:
      if (key.choices.empty() || is_choice(key, value)) return "";
      return fmt::format("String must be one of{}: {}", key.any_case ? " (case insensitive)" : "",
                         key.choices);
    default: return number_fault(key, value);
  }
}

}  // namespace

std::span<const ClientKey> client_keys() { return kKeys; }

std::optional<std::string> refusal(const ClientKey& key, std::string_view value) {
  const auto first = value.find_first_not_of(" \t");
  const auto trimmed = first == std::string_view::npos
                           ? std::string_view{}
                           : value.substr(first, value.find_last_not_of(" \t") - first + 1);
  const auto what = fault(key, trimmed);
  if (what.empty()) return std::nullopt;
  return fmt::format("Invalid value {} for configuration {}: {}", trimmed, key.name, what);
}

}  // namespace barnabas::tools
