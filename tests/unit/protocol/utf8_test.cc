#include "protocol/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace barnabas::protocol {
namespace {

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

TEST(Utf8Test, WhatIsUtf8StaysAsItIs) {
  for (const char* text : {"", "plain", "a text longer than eight bytes", "é", "日本", "𝄞",
                           "mixed é in a longer text 日 of many words"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(lenient_utf8(text), text);
  }
}

// Answers of Java 17: new String(bytes, UTF_8).getBytes(UTF_8). A topic name that a client sent
// broken must come back broken in the same way.
TEST(Utf8Test, WhatIsNotIsRepairedAsJavaDoesIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"61ff62", "61efbfbd62"},
      {"c080", "efbfbdefbfbd"},
      {"c3", "efbfbd"},
      {"c328", "efbfbd28"},
      {"e28261", "efbfbd61"},
      {"eda080", "efbfbd"},
      {"edbfbf", "efbfbd"},
      {"e08080", "efbfbdefbfbdefbfbd"},
      {"f0808080", "efbfbdefbfbdefbfbdefbfbd"},
      {"f09f98", "efbfbd"},
      {"f09f9861", "efbfbd61"},
      {"f4908080", "efbfbdefbfbdefbfbdefbfbd"},
      {"f58080", "efbfbdefbfbdefbfbd"},
      {"efbfbe", "efbfbe"},
      {"80bf", "efbfbdefbfbd"},
      {"e2e282ac", "efbfbde282ac"},
  };
  for (const auto& [given, expected] : cases) {
    EXPECT_EQ(lenient_utf8(from_hex(given)), from_hex(expected)) << given;
  }
}

}  // namespace
}  // namespace barnabas::protocol
