// Text from peers, read as Java reads it.
#pragma once

#include <string>
#include <string_view>

namespace barnabas::protocol {

bool is_utf8(std::string_view text);

// `text` if it is UTF-8; otherwise each malformed part replaced by U+FFFD, in the same places and
// as often as java.lang.String does it (new String(bytes, UTF_8)).
std::string lenient_utf8(std::string_view text);

}  // namespace barnabas::protocol
