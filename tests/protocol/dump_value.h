// How values look in the JSON of Kafka's converters.
#pragma once

#include <boost/json.hpp>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/files.h"
#include "protocol/error_code.h"
#include "protocol/records_field.h"
#include "protocol/types.h"

namespace barnabas::protocol {

std::string base64(env::Bytes bytes);

inline boost::json::value dump_value(bool value) { return value; }
template <std::integral T>
boost::json::value dump_value(T value) {
  return static_cast<std::int64_t>(value);
}
inline boost::json::value dump_value(double value) { return value; }
inline boost::json::value dump_value(ErrorCode value) { return static_cast<std::int16_t>(value); }
inline boost::json::value dump_value(const Uuid& value) {
  return boost::json::string(to_string(value));
}
inline boost::json::value dump_value(const std::string& value) {
  return boost::json::string(value);
}
inline boost::json::value dump_value(const std::vector<std::byte>& value) {
  return boost::json::string(base64(value));
}
template <class Tag, class Rep>
boost::json::value dump_value(Named<Tag, Rep> value) {
  return dump_value(value.value);
}
template <class T>
boost::json::value dump_value(const std::vector<T>& values) {
  boost::json::array out;
  for (const auto& value : values) out.push_back(dump_value(value));
  return out;
}
template <class T>
boost::json::value dump_value(const std::optional<T>& value) {
  return value ? dump_value(*value) : boost::json::value(nullptr);
}

// `one` shows a struct; around it may stand a vector, an optional or both.
template <class T, class F>
boost::json::value dump_all(const T& value, F one) {
  return one(value);
}
template <class T, class F>
boost::json::value dump_all(const std::vector<T>& values, F one) {
  boost::json::array out;
  for (const auto& value : values) out.push_back(one(value));
  return out;
}
template <class T, class F>
boost::json::value dump_all(const std::optional<T>& value, F one) {
  return value ? dump_all(*value, one) : boost::json::value(nullptr);
}

// Records are shown by their size; Kafka has another name for that, and null under their own.
inline void dump_records(boost::json::object& out, std::string_view name, const Records& records) {
  if (records.is_null()) {
    out[name] = nullptr;
  } else {
    out[std::string(name) + "sizeinbytes"] = static_cast<std::int64_t>(records.size());
  }
}

}  // namespace barnabas::protocol
