#include "broker/api/topic_creation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::broker::api {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> in_order(std::vector<std::string> names) {
  std::vector<std::string> ordered;
  for (const auto index : order_of_creation(names)) ordered.push_back(names[index]);
  return ordered;
}

// Which of the names that exclude each other a real broker made, whatever their order.
TEST(OrderOfCreationTest, ItDoesNotDependOnTheRequests) {
  EXPECT_EQ(in_order({"a.b", "a_b"}).front(), "a.b");
  EXPECT_EQ(in_order({"a_b", "a.b"}).front(), "a.b");
  EXPECT_EQ(in_order({"x.y.z", "x.y_z", "x_y.z", "x_y_z"}).front(), "x_y_z");
  EXPECT_EQ(in_order({"x_y.z", "x.y.z", "x.y_z"}).front(), "x_y.z");
}

// t6 and t10 share one of 16 buckets; from 12 names on there are 32.
TEST(OrderOfCreationTest, BucketsAreSortedByHashAndGrow) {
  std::vector<std::string> names = {"t10", "t6"};
  EXPECT_THAT(in_order(names), ElementsAre("t6", "t10"));
  for (const int i : {0, 1, 2, 3, 4, 5, 7, 8, 9}) names.push_back("t" + std::to_string(i));
  EXPECT_EQ(in_order(names)[3], "t10");
  names.push_back("t11");
  EXPECT_EQ(in_order(names)[3], "t7");
}

}  // namespace
}  // namespace barnabas::broker::api
