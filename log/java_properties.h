// Java's .properties text.
//
// Does not    keep comments or order: a file is rewritten as java.util.Properties.store would,
//             comment line, date line and entries in its hash order, so that a file of ours equals
//             one of Kafka's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace barnabas::log {

using Properties = std::map<std::string, std::string>;

Properties parse_properties(std::string_view text);
// `wall_ms`: milliseconds since the epoch, for the date line (in UTC).
std::string format_properties(const Properties& properties, std::int64_t wall_ms);

}  // namespace barnabas::log
