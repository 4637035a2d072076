#include "broker/config/table.h"

#include <algorithm>
#include <array>

namespace barnabas::broker::config {
namespace {

// The words of the data files.
constexpr Valid kAny{};
constexpr Valid kVersion{Valid::Rule::kVersion};
constexpr Valid kNonEmpty{Valid::Rule::kNonEmpty};
constexpr Valid kGzipLevel{Valid::Rule::kGzipLevel};
constexpr Valid kPoolSize{Valid::Rule::kPoolSize};
constexpr Valid kThrottled{Valid::Rule::kThrottled};
constexpr Valid AtLeast(double low) { return {Valid::Rule::kRange, low}; }
constexpr Valid Between(double low, double high) { return {Valid::Rule::kRange, low, high}; }
constexpr Valid OneOf(std::string_view options) {
  return {Valid::Rule::kOneOf, std::nullopt, std::nullopt, options};
}
constexpr Valid OneOfIgnoringCase(std::string_view options) {
  return {Valid::Rule::kOneOfIgnoringCase, std::nullopt, std::nullopt, options};
}

constexpr auto kBrokerKeys = std::to_array<KeySpec>({
#define BROKER_CONFIG(id, name, type, default_text, valid, mode) \
  KeySpec{name, ConfigType::k##type, default_text, valid, UpdateMode::k##mode},
#include "broker/config/broker_configs.inc"
#undef BROKER_CONFIG
});

constexpr auto kTopicKeys = std::to_array<KeySpec>({
#define TOPIC_CONFIG(id, name, type, default_text, valid, broker_key) \
  KeySpec{name, ConfigType::k##type, default_text, valid, UpdateMode::kClusterWide, broker_key},
#include "broker/config/topic_configs.inc"
#undef TOPIC_CONFIG
});

static_assert(std::ranges::is_sorted(kBrokerKeys, {}, &KeySpec::name));
static_assert(std::ranges::is_sorted(kTopicKeys, {}, &KeySpec::name));

// Each group: the key that wins, then those it stands before.
using Group = std::vector<std::string>;
const std::array<Group, 4> kSynonyms{
    Group{"log.roll.ms", "log.roll.hours"},
    Group{"log.roll.jitter.ms", "log.roll.jitter.hours"},
    Group{"log.retention.ms", "log.retention.minutes", "log.retention.hours"},
    Group{"log.flush.interval.ms", "log.flush.scheduler.interval.ms"},
};

const KeySpec* find(std::span<const KeySpec> keys, std::string_view name) {
  const auto it = std::ranges::lower_bound(keys, name, {}, &KeySpec::name);
  return it != keys.end() && it->name == name ? &*it : nullptr;
}

}  // namespace

std::span<const KeySpec> broker_keys() { return kBrokerKeys; }
std::span<const KeySpec> topic_keys() { return kTopicKeys; }
const KeySpec* find_broker_key(std::string_view name) { return find(kBrokerKeys, name); }
const KeySpec* find_topic_key(std::string_view name) { return find(kTopicKeys, name); }

std::vector<std::string> synonyms_of(std::string_view broker_key) {
  // The scheduler's key is a fallback only: it has no synonyms itself.
  if (broker_key == "log.flush.scheduler.interval.ms") return {std::string(broker_key)};
  for (const auto& group : kSynonyms) {
    if (has(group, broker_key)) return group;
  }
  const auto base = listener_base_key(broker_key);
  if (!base.empty()) return {std::string(broker_key), std::string(base)};
  return {std::string(broker_key)};
}

std::string_view listener_base_key(std::string_view name) {
  constexpr std::string_view kPrefix = "listener.name.";
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  // The listener's name has no dot; a SASL mechanism may stand between it and the key.
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    name.remove_prefix(dot + 1);
    if (find_broker_key(name) != nullptr) return name;
  }
  return {};
}

}  // namespace barnabas::broker::config
