#include "broker/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::broker {
namespace {

using ::testing::HasSubstr;

constexpr BrokerId kNone{-1}, kThree{3}, kFour{4};

FoundProperties::value_type directory(const std::string& path, std::optional<BrokerId> id,
                                      std::optional<std::string> cluster = "c") {
  log::MetaProperties meta;
  meta.broker_id = id;
  meta.cluster_id = std::move(cluster);
  return {path, meta};
}

TEST(IdentityTest, FreshDirectoriesHaveNoId) {
  EXPECT_EQ(id_on_disk({directory("/a", {}, {}), directory("/b", {}, {})}, kThree, "c"),
            std::nullopt);
}

TEST(IdentityTest, TheIdThatOneDirectoryHasIsThatOfAll) {
  EXPECT_EQ(id_on_disk({directory("/a", {}, {}), directory("/b", kThree)}, kNone, "c"), kThree);
  EXPECT_EQ(id_on_disk({directory("/a", kThree)}, kThree, "c"), kThree);
}

TEST(IdentityTest, DirectoriesOfTwoBrokersAreRefused) {
  const auto id = id_on_disk({directory("/a", kThree), directory("/b", kFour)}, kNone, "c");
  EXPECT_THAT(id.error(), HasSubstr("node id 4 doesn't match previous node id 3 in /b/meta"));
}

TEST(IdentityTest, AnIdOtherThanTheConfiguredOneIsRefused) {
  const auto id = id_on_disk({directory("/a", kFour)}, kThree, "c");
  EXPECT_THAT(id.error(), HasSubstr("node id 4 doesn't match previous node id 3 in /a/meta"));
}

TEST(IdentityTest, ADirectoryOfAnotherClusterIsRefused) {
  const auto id = id_on_disk({directory("/a", kThree, "other")}, kThree, "c");
  EXPECT_EQ(id.error(), "Invalid cluster.id in: /a/meta.properties. Expected c, but read other");
}

TEST(IdentityTest, ADirectoryOfKRaftIsRefused) {
  auto kraft = directory("/a", kThree);
  kraft.second.version = 1;
  EXPECT_THAT(id_on_disk({kraft}, kThree, "c").error(), HasSubstr("a KRaft directory"));
}

}  // namespace
}  // namespace barnabas::broker
