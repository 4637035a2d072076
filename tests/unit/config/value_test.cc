#include "broker/config/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;
using List = std::vector<std::string>;

Value parsed(ConfigType type, std::string_view text) {
  return parse_value("a.key", type, text).value();
}

std::string refusal(ConfigType type, std::string_view text) {
  auto value = parse_value("a.key", type, text);
  return value ? "taken" : value.error().text;
}

TEST(ValueTest, BlanksAroundAnyValueDoNotCount) {
  EXPECT_EQ(parsed(ConfigType::kInt, " 5\t"), Value(std::int32_t{5}));
  EXPECT_EQ(parsed(ConfigType::kString, " a b "), Value(std::string("a b")));
  EXPECT_EQ(parsed(ConfigType::kBoolean, " tRuE "), Value(true));
  EXPECT_EQ(parsed(ConfigType::kList, " a , b "), Value(List{"a", "b"}));
}

TEST(ValueTest, EachTypeRefusesWhatItCannotHold) {
  const std::string start = "Invalid value ";
  EXPECT_EQ(refusal(ConfigType::kBoolean, "1"),
            "Invalid value 1 for configuration a.key: Expected value to be either true or false");
  EXPECT_EQ(refusal(ConfigType::kShort, "32768"),
            "Invalid value 32768 for configuration a.key: Not a number of type SHORT");
  EXPECT_EQ(refusal(ConfigType::kInt, "2147483648"),
            "Invalid value 2147483648 for configuration a.key: Not a number of type INT");
  EXPECT_EQ(refusal(ConfigType::kLong, "9223372036854775808"),
            "Invalid value 9223372036854775808 for configuration a.key: Not a number of type LONG");
  EXPECT_EQ(refusal(ConfigType::kDouble, "1.5.2"),
            "Invalid value 1.5.2 for configuration a.key: Not a number of type DOUBLE");
  EXPECT_EQ(refusal(ConfigType::kInt, "+-1"),
            "Invalid value +-1 for configuration a.key: Not a number of type INT");
}

TEST(ValueTest, NumbersReadAsJavaReadsThem) {
  EXPECT_EQ(parsed(ConfigType::kLong, "+7"), Value(std::int64_t{7}));
  EXPECT_EQ(parsed(ConfigType::kShort, "-32768"), Value(std::int16_t{-32768}));
  EXPECT_EQ(parsed(ConfigType::kDouble, "1.5f"), Value(1.5));
  EXPECT_EQ(parsed(ConfigType::kDouble, "-1e3"), Value(-1000.0));
  EXPECT_EQ(parsed(ConfigType::kDouble, "-Infinity"), Value(-INFINITY));
}

TEST(ValueTest, AnEmptyListHasNoItemsButAnEmptyItemInTheMiddleStays) {
  EXPECT_EQ(parsed(ConfigType::kList, ""), Value(List{}));
  EXPECT_EQ(parsed(ConfigType::kList, "a,,b"), Value(List{"a", "", "b"}));
  EXPECT_THAT(split_csv(" a ,, b,"), ElementsAre("a", "b"));
}

TEST(ValueTest, DoublesShowAsJavaShowsThem) {
  EXPECT_EQ(show_double(0.5), "0.5");
  EXPECT_EQ(show_double(1), "1.0");
  EXPECT_EQ(show_double(0), "0.0");
  EXPECT_EQ(show_double(-2.25), "-2.25");
  EXPECT_EQ(show_double(0.001), "0.001");
  EXPECT_EQ(show_double(0.00025), "2.5E-4");
  EXPECT_EQ(show_double(9999999), "9999999.0");
  EXPECT_EQ(show_double(1e7), "1.0E7");
  EXPECT_EQ(show_double(DBL_MAX), "1.7976931348623157E308");
}

TEST(ValueTest, AReleaseIsNamedByItsFirstNumbersOrExactly) {
  EXPECT_EQ(release_of("3.9"), "3.9-IV0");
  EXPECT_EQ(release_of("3.9.1"), "3.9-IV0");
  EXPECT_EQ(release_of("3.3-IV1"), "3.3-IV1");
  EXPECT_EQ(release_of("3.3"), "3.3-IV3");
  EXPECT_EQ(release_of("0.10.0.1"), "0.10.0-IV1");
  EXPECT_EQ(release_of("0.10"), std::nullopt);
  EXPECT_EQ(release_of("5.0"), std::nullopt);
}

}  // namespace
}  // namespace barnabas::broker::config
