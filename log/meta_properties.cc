#include "log/meta_properties.h"

#include <charconv>

#include "log/java_properties.h"

namespace barnabas::log {
namespace {

std::optional<int> take_int(Properties& from, const std::string& key) {
  const auto it = from.find(key);
  if (it == from.end()) return {};
  int value = 0;
  const std::string& text = it->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  from.erase(it);
  return value;
}

const char* id_key(int version) { return version == 0 ? "broker.id" : "node.id"; }

}  // namespace

MetaProperties parse_meta_properties(std::string_view text) {
  MetaProperties meta;
  meta.others = parse_properties(text).value_or(Properties{});
  meta.version = take_int(meta.others, "version").value_or(0);
  if (const auto id = take_int(meta.others, id_key(meta.version))) meta.broker_id = BrokerId(*id);
  if (auto node = meta.others.extract("cluster.id")) meta.cluster_id = std::move(node.mapped());
  return meta;
}

std::string format_meta_properties(const MetaProperties& meta, std::int64_t wall_ms) {
  Properties properties = meta.others;
  properties["version"] = std::to_string(meta.version);
  if (meta.broker_id) properties[id_key(meta.version)] = std::to_string(meta.broker_id->value);
  if (meta.cluster_id) properties["cluster.id"] = *meta.cluster_id;
  return format_properties(properties, wall_ms);
}

}  // namespace barnabas::log
