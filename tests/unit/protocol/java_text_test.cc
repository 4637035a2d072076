#include "protocol/java_text.h"

#include <gtest/gtest.h>

namespace barnabas::protocol {
namespace {

TEST(JavaTextTest, HashesAsStringHashCodeDoes) {
  EXPECT_EQ(java_hash(""), 0u);
  EXPECT_EQ(java_hash("kafka"), 101807910u);
}

// One character beyond the first plane counts as its two surrogates.
TEST(JavaTextTest, CountsUtf16Units) {
  EXPECT_EQ(java_hash("\xF0\x9F\x98\x80"), 0xd83du * 31 + 0xde00u);
  EXPECT_EQ(java_length("\xF0\x9F\x98\x80"), 2u);
  EXPECT_EQ(java_length("\xC3\xA9\xE2\x82\xAC!"), 3u);
}

}  // namespace
}  // namespace barnabas::protocol
