#include "broker/config/properties.h"

#include <fmt/format.h>

namespace barnabas::broker::config {

std::expected<void, std::string> apply_override(Properties& properties, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == 0 || text.empty()) {
    return std::unexpected(fmt::format("Invalid command line properties: {}", text));
  }
  const auto value = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  properties.insert_or_assign(std::string(text.substr(0, equals)), std::string(value));
  return {};
}

}  // namespace barnabas::broker::config
