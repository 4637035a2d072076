#include "zk/json.h"

#include <charconv>

#include "zk/key_order.h"

namespace barnabas::zk {
namespace {

namespace json = boost::json;

const json::value kNull;
const json::array kEmptyArray;
const json::object kEmptyObject;

bool parse_integer(std::string_view text, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

Document::Document(std::string_view what, std::string_view bytes) : what_(what) {
  boost::system::error_code error;
  json::value parsed = json::parse({bytes.data(), bytes.size()}, error);
  if (error) {
    fail("not JSON: " + error.message());
  } else if (!parsed.is_object()) {
    fail("not a JSON object");
  } else {
    root_ = std::move(parsed.as_object());
  }
}

bool Document::has(std::string_view key) const {
  const json::value* found = root_.if_contains({key.data(), key.size()});
  return found != nullptr && !found->is_null();
}

const json::value& Document::field(std::string_view key) {
  const json::value* found = root_.if_contains({key.data(), key.size()});
  if (found != nullptr) return *found;
  fail("no " + std::string(key));
  return kNull;
}

std::int64_t Document::wide_number(std::string_view key) {
  const json::value& value = field(key);
  std::int64_t number = 0;
  if (value.is_int64()) return value.get_int64();
  if (value.is_string() && parse_integer(value.get_string(), number)) return number;
  fail(std::string(key) + " is not an integer");
  return 0;
}

std::string Document::text(std::string_view key) {
  const json::value& value = field(key);
  if (value.is_string()) return std::string(value.get_string());
  fail(std::string(key) + " is not a string");
  return {};
}

const json::array& Document::array(std::string_view key) {
  const json::value& value = field(key);
  if (value.is_array()) return value.get_array();
  fail(std::string(key) + " is not a list");
  return kEmptyArray;
}

const json::object& Document::object(std::string_view key) {
  const json::value& value = field(key);
  if (value.is_object()) return value.get_object();
  fail(std::string(key) + " is not an object");
  return kEmptyObject;
}

std::vector<BrokerId> Document::broker_ids(const json::value& list, std::string_view key) {
  std::vector<BrokerId> ids;
  if (!list.is_array()) {
    fail(std::string(key) + " is not a list of broker ids");
    return ids;
  }
  for (const json::value& id : list.get_array()) {
    if (!id.is_int64() || id.get_int64() != static_cast<std::int32_t>(id.get_int64())) {
      fail(std::string(key) + " holds something that is not a broker id");
      return {};
    }
    ids.emplace_back(static_cast<std::int32_t>(id.get_int64()));
  }
  return ids;
}

Document Document::inner(const json::value& value, std::string_view key) {
  Document document;
  document.what_ = what_;
  if (value.is_object()) {
    document.root_ = value.get_object();
  } else {
    document.fail(std::string(key) + " holds something that is not an object");
  }
  return document;
}

void Document::adopt(const Document& inner) {
  if (error_.empty()) error_ = inner.error_;
}

void Document::fail(const std::string& why) {
  if (error_.empty()) error_ = what_ + ": " + why;
}

json::array to_json(const std::vector<BrokerId>& ids) {
  json::array list;
  list.reserve(ids.size());
  for (const BrokerId id : ids) list.emplace_back(id.value);
  return list;
}

json::object in_scala_order(const json::object& object) {
  std::vector<std::string> keys;
  for (const auto& entry : object) keys.emplace_back(entry.key());
  json::object ordered;
  for (const std::size_t i : scala_map_order(keys)) ordered.emplace(keys[i], object.at(keys[i]));
  return ordered;
}

}  // namespace barnabas::zk
