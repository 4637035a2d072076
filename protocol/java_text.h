// What Java finds in text, which it keeps in UTF-16.
//
// Kafka       String.hashCode and String.length, where they can be seen from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace barnabas::protocol {

// Both for well-formed UTF-8 (all text from the wire is).
std::uint32_t java_hash(std::string_view text);
std::size_t java_length(std::string_view text);  // in UTF-16 units

// The hash as java.util's and scala's tables use it: buckets are chosen by its low bits.
inline std::uint32_t java_spread(std::uint32_t hash) { return hash ^ hash >> 16; }

}  // namespace barnabas::protocol
