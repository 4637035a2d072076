// The texts of a configuration: server.properties (log/java_properties.h), and --override on top.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "log/java_properties.h"

namespace barnabas::broker::config {

using log::parse_properties;
using log::Properties;

// "k=v" of --override; the key alone and "k=" give an empty value.
std::expected<void, std::string> apply_override(Properties& properties, std::string_view text);

}  // namespace barnabas::broker::config
