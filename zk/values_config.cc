// Dynamic configuration: /config/<type>/<entity> and the notifications beside it.
#include "zk/json.h"
#include "zk/key_order.h"
#include "zk/values.h"

namespace barnabas::zk {
namespace {

namespace json = boost::json;

}  // namespace

Decoded<ConfigEntity> ConfigEntity::decode(std::string_view bytes) {
  ConfigEntity out;
  if (bytes.empty()) return out;
  Document document("config", bytes);
  if (document.failed() || !document.has("config")) return document.result(std::move(out));
  for (const auto& entry : document.object("config")) {
    const json::value& value = entry.value();
    // Kafka writes strings only; what others wrote as numbers or booleans is taken by its text.
    out.config[std::string(entry.key())] =
        value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  }
  return document.result(std::move(out));
}

std::string ConfigEntity::encode() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : config) keys.push_back(key);
  json::object values;
  for (const std::size_t i : properties_order(keys)) values.emplace(keys[i], config.at(keys[i]));
  return json::serialize(json::object{{"version", 1}, {"config", std::move(values)}});
}

Decoded<ConfigChange> ConfigChange::decode(std::string_view bytes) {
  Document document("config change", bytes);
  ConfigChange out;
  if (document.failed()) return document.result(std::move(out));
  switch (document.number<int>("version")) {
    case 1: {
      const std::string type = document.text("entity_type");
      if (type != "topics" && type != "clients") document.fail("entity_type is unknown");
      out.entity_path = type + '/' + document.text("entity_name");
      break;
    }
    case 2: out.entity_path = document.text("entity_path"); break;
    default: document.fail("version is neither 1 nor 2");
  }
  return document.result(std::move(out));
}

std::string ConfigChange::encode() const {
  return json::serialize(json::object{{"version", 2}, {"entity_path", entity_path}});
}

}  // namespace barnabas::zk
