#include "broker/config/alter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::broker::config {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using enum AlterOperation;

constexpr auto kList = "cleanup.policy";                             // a list; "delete" by default
constexpr auto kReplicas = "leader.replication.throttled.replicas";  // a list; empty by default

AlterRefusal refusal_of(const std::expected<Properties, AlterRefusal>& done) {
  return done ? AlterRefusal{} : done.error();
}

std::expected<Properties, AlterRefusal> change(Properties stored, std::vector<Alteration> changes) {
  return alter(std::move(stored), changes, find_topic_key);
}

Properties changed(Properties stored, Alteration one) {
  const auto done = change(std::move(stored), {std::move(one)});
  EXPECT_TRUE(done.has_value());
  return done.value_or(Properties{});
}

TEST(Alter, SetsAndDeletesByName) {
  const auto done =
      change({{"a", "1"}, {"b", "2"}},
             {{"a", kDelete, {}}, {"b", kSet, "3"}, {"c", kSet, "4"}, {"d", kDelete, {}}});
  ASSERT_TRUE(done.has_value());
  EXPECT_THAT(*done, ElementsAre(Pair("b", "3"), Pair("c", "4")));
}

TEST(Alter, AListThatIsNotSetGrowsFromItsDefault) {
  EXPECT_THAT(changed({}, {kList, kAppend, "compact"}), ElementsAre(Pair(kList, "delete,compact")));
  EXPECT_THAT(changed({}, {kReplicas, kAppend, "0:1"}), ElementsAre(Pair(kReplicas, "0:1")));
}

TEST(Alter, WhatIsInAListIsNotAppendedAgain) {
  EXPECT_THAT(changed({{kReplicas, "0:1,1:2,2:1"}}, {kReplicas, kAppend, "2:1,5:1"}),
              ElementsAre(Pair(kReplicas, "0:1,1:2,2:1,5:1")));
}

// As 3.9 does: items are compared as they were written.
TEST(Alter, BlanksMakeAnotherItem) {
  EXPECT_THAT(changed({{kList, " compact , delete "}}, {kList, kAppend, "compact"}),
              ElementsAre(Pair(kList, " compact , delete ,compact")));
}

TEST(Alter, AListShrinksToNothing) {
  EXPECT_THAT(changed({}, {kList, kSubtract, "delete"}), ElementsAre(Pair(kList, "")));
  EXPECT_THAT(changed({{kList, "delete"}}, {kList, kSubtract, "compact"}),
              ElementsAre(Pair(kList, "delete")));
}

TEST(Alter, OnlyListsGrowAndShrink) {
  EXPECT_EQ(refusal_of(change({}, {{"retention.ms", kAppend, "1"}})),
            (AlterRefusal{ErrorCode::kInvalidConfig,
                          "Config value append is not allowed for config key: retention.ms"}));
  EXPECT_EQ(refusal_of(change({}, {{"retention.ms", kSubtract, "1"}})),
            (AlterRefusal{ErrorCode::kInvalidConfig,
                          "Config value subtract is not allowed for config key: retention.ms"}));
}

TEST(Alter, WhatMakesNoSenseIsAnUnknownError) {
  const AlterRefusal unknown{ErrorCode::kUnknownServerError, std::nullopt};
  EXPECT_EQ(refusal_of(change({}, {{"no.such", kAppend, "1"}})), unknown);
  EXPECT_EQ(refusal_of(change({}, {{"retention.ms", AlterOperation{9}, "1"}})), unknown);
}

TEST(CheckAlterations, AKeyStandsOnceAndHasAValueUnlessDeleted) {
  const auto check = [](std::vector<Alteration> changes) {
    const auto checked = check_alterations(changes);
    return checked ? std::string() : checked.error().text.value_or("null");
  };
  EXPECT_EQ(check({{"a", kDelete, {}}, {"b", kSet, ""}}), "");
  EXPECT_EQ(check({{"a", kSet, {}}, {"a", kSet, "1"}}), "Error due to duplicate config keys");
  EXPECT_EQ(check({{"a", kSet, {}}, {"b", kAppend, {}}, {"c", kSet, "1"}}),
            "Null value not supported for : a, b");
}

}  // namespace
}  // namespace barnabas::broker::config
