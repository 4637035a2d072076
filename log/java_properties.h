// Java's .properties text: what java.util.Properties.load reads and .store writes.
//
// `key=value`, `key:value` or `key value`; `#` and `!` begin a comment line; a line that ends in an
// odd number of backslashes goes on in the next; \t \n \r \f \uXXXX and backslash-anything else.
//
// Does not    keep comments or order: a file is rewritten as java.util.Properties.store would,
//             comment line, date line and entries in its hash order, so that a file of ours equals
//             one of Kafka's.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace barnabas::log {

using Properties = std::map<std::string, std::string, std::less<>>;

// The last of two lines with one key wins. The error says what is wrong with which line.
std::expected<Properties, std::string> parse_properties(std::string_view text);
// `wall_ms`: milliseconds since the epoch, for the date line (in UTC).
std::string format_properties(const Properties& properties, std::int64_t wall_ms);

}  // namespace barnabas::log
