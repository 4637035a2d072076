// The JSON files that tools read, and what is wrong with them in the words of Kafka's tools.
//
// Kafka       server/util/Json, JsonObject.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barnabas::tools {

// The error is the sentence to print.
template <class T>
using Parsed = std::expected<T, std::string>;

// What `next` makes of the value, or the same error.
template <class T, class Next>
auto then(const Parsed<T>& parsed, Next next) -> decltype(next(*parsed)) {
  if (!parsed) return std::unexpected(parsed.error());
  return next(*parsed);
}

Parsed<std::string> read_file(const std::string& path);  // "Unable to read file f.json"

// A value of a document; asking it for what it is not gives a sentence.
class JsonView {
 public:
  explicit JsonView(const boost::json::value& value) : value_(&value) {}

  Parsed<JsonView> field(std::string_view name) const;  // "No such field exists: `topic`"
  Parsed<std::optional<JsonView>> maybe_field(std::string_view name) const;
  Parsed<std::vector<JsonView>> items() const;
  Parsed<std::string> text() const;
  Parsed<std::int32_t> int32() const;
  Parsed<std::int64_t> int64() const;

  // Fields that must be there, of that type.
  Parsed<std::string> text(std::string_view name) const;
  Parsed<std::int32_t> int32(std::string_view name) const;
  Parsed<std::int64_t> int64(std::string_view name) const;

 private:
  Parsed<JsonView> object() const;

  const boost::json::value* value_;
};

// Nothing: not JSON at all.
std::optional<boost::json::value> parse_json(const std::string& text);
// Version 1 is all there is, and what is meant where none is given.
Parsed<void> check_version(JsonView document);

}  // namespace barnabas::tools
