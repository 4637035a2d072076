// Java's .properties text: what java.util.Properties.load reads.
//
// `key=value`, `key:value` or `key value`; `#` and `!` begin a comment line; a line that ends in an
// odd number of
// backslashes goes on in the next; \t \n \r \f \uXXXX and backslash-anything else.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace barnabas::broker::config {

using Properties = std::map<std::string, std::string, std::less<>>;

// The last of two lines with one key wins. The error says what is wrong with which line.
std::expected<Properties, std::string> parse_properties(std::string_view text);

// "k=v" of --override; the key alone and "k=" give an empty value.
std::expected<void, std::string> apply_override(Properties& properties, std::string_view text);

}  // namespace barnabas::broker::config
