#include "tools/json_file.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <limits>

namespace barnabas::tools {
namespace {

constexpr std::int32_t kVersion = 1;

std::unexpected<std::string> expected_type(std::string_view type, const boost::json::value& value) {
  return std::unexpected(
      fmt::format("Expected {}, received {}", type, boost::json::serialize(value)));
}

}  // namespace

Parsed<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return std::unexpected("Unable to read file " + path);
  return text;
}

Parsed<JsonView> JsonView::object() const {
  if (!value_->is_object()) return expected_type("JSON object", *value_);
  return *this;
}

Parsed<std::optional<JsonView>> JsonView::maybe_field(std::string_view name) const {
  const auto is_object = object();
  if (!is_object) return std::unexpected(is_object.error());
  const auto* found = value_->get_object().if_contains(name);
  return found == nullptr ? std::nullopt : std::optional(JsonView(*found));
}

Parsed<JsonView> JsonView::field(std::string_view name) const {
  const auto found = maybe_field(name);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::unexpected(fmt::format("No such field exists: `{}`", name));
  return **found;
}

Parsed<std::vector<JsonView>> JsonView::items() const {
  if (!value_->is_array()) return expected_type("JSON array", *value_);
  std::vector<JsonView> views;
  for (const auto& item : value_->get_array()) views.emplace_back(item);
  return views;
}

Parsed<std::string> JsonView::text() const {
  if (!value_->is_string()) return expected_type("`String` value", *value_);
  return std::string(value_->get_string());
}

Parsed<std::int64_t> JsonView::int64() const {
  if (!value_->is_int64()) return expected_type("`Long` value", *value_);
  return value_->get_int64();
}

Parsed<std::int32_t> JsonView::int32() const {
  const auto wide = value_->if_int64();
  if (wide == nullptr || *wide < std::numeric_limits<std::int32_t>::min() ||
      *wide > std::numeric_limits<std::int32_t>::max()) {
    return expected_type("`Integer` value", *value_);
  }
  return static_cast<std::int32_t>(*wide);
}

Parsed<std::string> JsonView::text(std::string_view name) const {
  return then(field(name), [](JsonView found) { return found.text(); });
}

Parsed<std::int32_t> JsonView::int32(std::string_view name) const {
  return then(field(name), [](JsonView found) { return found.int32(); });
}

Parsed<std::int64_t> JsonView::int64(std::string_view name) const {
  return then(field(name), [](JsonView found) { return found.int64(); });
}

std::optional<boost::json::value> parse_json(const std::string& text) {
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  if (error) return std::nullopt;
  return value;
}

Parsed<void> check_version(JsonView document) {
  const auto given = document.maybe_field("version");
  if (!given) return std::unexpected(given.error());
  if (!*given) return {};
  const auto version = (*given)->int32();
  if (!version) return std::unexpected(version.error());
  if (*version == kVersion) return {};
  return std::unexpected(fmt::format("Not supported version field value {}", *version));
}

}  // namespace barnabas::tools
