// Values of --property, as the console tools understand them.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

#include "log/java_properties.h"

namespace barnabas::tools {

inline std::string text_of(const log::Properties& properties, std::string_view key,
                           std::string_view otherwise) {
  const auto it = properties.find(key);
  return it == properties.end() ? std::string(otherwise) : it->second;
}

// "true" in any case, blanks around it aside; all else is false.
inline bool is_true(const log::Properties& properties, std::string_view key,
                    bool otherwise = false) {
  const auto it = properties.find(key);
  if (it == properties.end()) return otherwise;
  std::string word;
  for (const unsigned char c : it->second) {
    if (!std::isspace(c)) word += static_cast<char>(std::tolower(c));
  }
  return word == "true";
}

}  // namespace barnabas::tools
