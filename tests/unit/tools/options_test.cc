#include "tools/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tools/run_tool.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;

Options example() {
  Options options("An example.");
  options.flag("describe", "")
      .flag("all", "")
      .value("partitions", "n", "")
      .values("property", "p", "")
      .optional_value("compression-codec", "c", "");
  return options;
}

std::expected<Arguments, std::string> parse(std::string_view line) {
  return example().parse(words_of(line));
}

// As people type them who learned from older Kafkas.
TEST(Options, TakeOneDashAndBeginningsOfNames) {
  EXPECT_EQ(parse("-partitions 1")->text("partitions"), "1");
  EXPECT_EQ(parse("--partition 3")->text("partitions"), "3");
  EXPECT_EQ(parse("-partition=3")->text("partitions"), "3");
  const auto arguments = parse("--desc -all");
  EXPECT_TRUE(arguments->has("describe"));
  EXPECT_TRUE(arguments->has("all"));
}

TEST(Options, RefuseABeginningOfTwoNames) {
  EXPECT_EQ(parse("--p 3").error(), "p is not a recognized option");
}

TEST(Options, AnOptionalValueIsTheNextWordIfItIsNoOption) {
  EXPECT_EQ(parse("--compression-codec lz4 --all")->text("compression-codec"), "lz4");
  EXPECT_EQ(parse("--compression-codec=lz4")->text("compression-codec"), "lz4");
  const auto arguments = parse("--compression-codec --all word");
  EXPECT_TRUE(arguments->has("compression-codec"));
  EXPECT_EQ(arguments->text("compression-codec"), std::nullopt);
  EXPECT_EQ(parse("--compression-codec a --compression-codec b").error(),
            "Found multiple arguments for option compression-codec, but you asked for only one");
}

TEST(Options, ValuesMayBeNegativeAndManyMayStandAgain) {
  EXPECT_EQ(parse("--partitions -5")->text("partitions"), "-5");
  EXPECT_THAT(parse("--property a=b --property c")->texts("property"), ElementsAre("a=b", "c"));
}

}  // namespace
}  // namespace barnabas::tools
