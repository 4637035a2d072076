#include "tools/verifiable/event.h"

#include <boost/json.hpp>

#include "tools/java_number.h"

namespace barnabas::tools {
namespace {

namespace json = boost::json;

// Numbers as Java prints them, which Boost.JSON does not (5.5E0).
std::string text_of(const json::value& value) {
  return value.is_double() ? java_text(value.as_double()) : json::serialize(value);
}

}  // namespace

void EventLog::write(std::string_view name, json::object fields) const {
  std::string line = "{\"timestamp\":" + std::to_string(clock_.wall().count()) +
                     ",\"name\":" + json::serialize(json::string(name.data(), name.size()));
  for (const auto& [key, value] : fields) {
    line += ",\"" + std::string(key) + "\":" + text_of(value);
  }
  console_.out << line + "}\n" << std::flush;
}

json::value json_of(const Field& field) {
  return field ? json::value(json::string(*field)) : json::value(nullptr);
}

json::array json_of(const std::vector<PartitionOffset>& partitions) {
  json::array all;
  for (const auto& at : partitions) {
    all.push_back(json::object{{"topic", at.topic}, {"partition", at.partition.value}});
  }
  return all;
}

}  // namespace barnabas::tools
