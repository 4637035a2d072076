#include "broker/config/properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/given.h"

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// The expectation is what java.util.Properties made of the same file.
TEST(PropertiesTest, ATrickyFileReadsAsJavaReadsIt) {
  const auto properties = parse_properties(data_text("tricky.properties"));
  ASSERT_TRUE(properties);
  EXPECT_THAT(
      *properties,
      ElementsAre(Pair("Ab", "\u00e9\U0001F600"), Pair("a", "b c  "), Pair("back\\slash", "2"),
                  Pair("crlf", "1"), Pair("dup", "2"), Pair("empty", ""), Pair("end", "x"),
                  Pair("esc=key:x", "v\\"), Pair("k", "v"), Pair("k2", "v2"), Pair("k3", ""),
                  Pair("kk", "= v"), Pair("long", "one,two,three"), Pair("x", "\t\nq")));
}

TEST(PropertiesTest, ABrokenUnicodeEscapeNamesItsLine) {
  EXPECT_EQ(parse_properties("a=1\nb=\\u12G4\n").error(), "line 2: Malformed \\uxxxx encoding.");
  EXPECT_EQ(parse_properties("b=\\u12").error(), "line 1: Malformed \\uxxxx encoding.");
}

TEST(PropertiesTest, ACommentDoesNotGoOnInTheNextLine) {
  EXPECT_THAT(*parse_properties("# one \\\na=1"), ElementsAre(Pair("a", "1")));
}

TEST(PropertiesTest, AnOverrideReplacesAndMayBeEmpty) {
  Properties properties{{"a", "1"}, {"b", "2"}};
  EXPECT_TRUE(apply_override(properties, "a=x=y"));
  EXPECT_TRUE(apply_override(properties, "b="));
  EXPECT_TRUE(apply_override(properties, "c"));
  EXPECT_THAT(properties, ElementsAre(Pair("a", "x=y"), Pair("b", ""), Pair("c", "")));
  EXPECT_FALSE(apply_override(properties, "=x"));
}

}  // namespace
}  // namespace barnabas::broker::config
