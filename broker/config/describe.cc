#include "broker/config/describe.h"

#include <algorithm>
#include <bit>
#include <set>
#include <string_view>
#include <utility>

#include "broker/config/dynamic.h"
#include "broker/config/table.h"
#include "broker/config/topic_config.h"

namespace barnabas::broker::config {
namespace {

// java.lang.String.hashCode, spread as scala.collection.mutable.HashMap does.
std::int32_t spread_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char c : name) hash = hash * 31 + static_cast<unsigned char>(c);
  return static_cast<std::int32_t>(hash ^ hash >> 16);
}

// The order in which such a map, grown to this size, walks its keys: by bucket, then by (signed)
// hash.
void sort_as_on_the_wire(std::vector<std::string>& names) {
  std::size_t buckets = 16;
  while (names.size() > buckets / 4 * 3) buckets *= 2;
  const auto place = [mask = static_cast<std::uint32_t>(buckets - 1)](const std::string& name) {
    const std::int32_t hash = spread_hash(name);
    return std::pair(static_cast<std::uint32_t>(hash) & mask, hash);
  };
  std::ranges::sort(names, {}, place);
}

// What is left is a map of its own, so its order depends on how much that is.
std::vector<std::string> wanted_of(std::vector<std::string> names, const Wanted& wanted) {
  if (wanted && !wanted->empty()) {
    std::erase_if(names, [&](const std::string& name) { return !has(*wanted, name); });
  }
  sort_as_on_the_wire(names);
  return names;
}

const KeySpec* spec_of(std::string_view name) {
  if (const KeySpec* spec = find_broker_key(name)) return spec;
  const auto base = listener_base_key(name);
  return base.empty() ? nullptr : find_broker_key(base);
}

// A key that nobody knows may hold anything, so its value is not shown either.
bool is_sensitive(const KeySpec* spec, std::string_view name) {
  return spec == nullptr ? !is_throttle_rate(name) : spec->sensitive();
}

ConfigType type_of(const KeySpec* spec, std::string_view name) {
  if (spec != nullptr) return spec->type;
  return is_throttle_rate(name) ? ConfigType::kLong : ConfigType::kUnknown;
}

std::vector<ConfigSynonym> synonyms_in_force(const Config& config, std::string_view name,
                                             bool sensitive) {
  std::vector<ConfigSynonym> found;
  const auto names = synonyms_of(name);
  const auto add = [&](const std::string& synonym, std::optional<std::string> value,
                       ConfigSource source) {
    if (sensitive) value.reset();
    found.push_back({synonym, std::move(value), source});
  };
  const auto add_from = [&](const Properties& texts, ConfigSource source) {
    for (const auto& synonym : names) {
      if (const auto it = texts.find(synonym); it != texts.end()) add(synonym, it->second, source);
    }
  };
  add_from(config.this_broker_texts(), ConfigSource::kDynamicBroker);
  add_from(config.cluster_wide_texts(), ConfigSource::kDynamicDefaultBroker);
  add_from(config.static_texts(), ConfigSource::kStaticBroker);
  for (const auto& synonym : names) {
    const KeySpec* spec = find_broker_key(synonym);
    if (spec == nullptr || spec->default_text == nullptr) continue;
    add(synonym, spec->default_text, ConfigSource::kDefault);
  }
  // What stands before the key's own first entry belongs to another key.
  const auto own = std::ranges::find(found, name, &ConfigSynonym::name);
  found.erase(found.begin(), own);
  return found;
}

// The value in force: of a key that is not in the table, the text as it was given.
std::optional<std::string> shown_value(const Config& config, const std::string& name) {
  if (find_broker_key(name) != nullptr) return show(config.value(name));
  const auto text = config.text(name);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

ConfigRow broker_row(const Config& config, const std::string& name) {
  const KeySpec* spec = spec_of(name);
  ConfigRow row;
  row.name = name;
  row.type = type_of(spec, name);
  row.sensitive = is_sensitive(spec, name);
  row.read_only = spec == nullptr || !spec->dynamic();
  if (!row.sensitive) row.value = shown_value(config, name);
  row.synonyms = synonyms_in_force(config, name, row.sensitive);
  row.source = row.synonyms.empty() ? ConfigSource::kDefault : row.synonyms.front().source;
  return row;
}

}  // namespace

std::vector<ConfigRow> describe_broker(const Config& config, const Wanted& wanted) {
  std::set<std::string> all;
  for (const auto& spec : broker_keys()) {
    if (spec.mode != UpdateMode::kInternal) all.emplace(spec.name);
  }
  for (const auto& [name, text] : config.texts()) all.insert(name);
  std::vector<ConfigRow> rows;
  for (const auto& name : wanted_of({all.begin(), all.end()}, wanted)) {
    rows.push_back(broker_row(config, name));
  }
  return rows;
}

std::vector<ConfigRow> describe_default_broker(const Config& config, const Wanted& wanted) {
  std::vector<std::string> names;
  for (const auto& [name, text] : config.cluster_wide_texts()) names.push_back(name);
  std::vector<ConfigRow> rows;
  for (const auto& name : wanted_of(std::move(names), wanted)) {
    ConfigRow row = broker_row(config, name);
    if (!row.sensitive) row.value = config.cluster_wide_texts().find(name)->second;
    std::erase_if(row.synonyms, [](const ConfigSynonym& synonym) {
      return synonym.source != ConfigSource::kDynamicDefaultBroker;
    });
    row.source = row.synonyms.empty() ? ConfigSource::kDefault : row.synonyms.front().source;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ConfigRow> describe_topic(const Config& config, const Properties& overrides,
                                      const Wanted& wanted) {
  const TopicConfig topic(overrides, config);
  std::vector<std::string> names;
  for (const auto& spec : topic_keys()) names.emplace_back(spec.name);
  std::vector<ConfigRow> rows;
  for (const auto& name : wanted_of(std::move(names), wanted)) {
    const KeySpec* spec = find_topic_key(name);
    ConfigRow row{name, show(topic.value(name))};
    row.type = spec->type;
    if (overrides.contains(name)) {
      row.synonyms.push_back({name, row.value, ConfigSource::kDynamicTopic});
    }
    if (spec->broker_key != nullptr) {
      const auto inherited = synonyms_in_force(config, spec->broker_key, false);
      row.synonyms.insert(row.synonyms.end(), inherited.begin(), inherited.end());
    }
    row.source = row.synonyms.empty() ? ConfigSource::kDefault : row.synonyms.front().source;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace barnabas::broker::config
