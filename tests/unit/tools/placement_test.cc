#include "tools/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;
using Racks = std::map<BrokerId, std::optional<std::string>>;

std::vector<std::vector<int>> placed(const Racks& racks, int partitions, int factor,
                                     std::uint64_t start, int first = 0) {
  std::vector<std::vector<int>> all;
  for (const auto& replicas : place_replicas(racks, partitions, factor, start, first).value()) {
    auto& ids = all.emplace_back();
    for (const auto id : replicas) ids.push_back(id.value);
  }
  return all;
}

Racks brokers(int count) {
  Racks racks;
  for (int i = 0; i < count; ++i) racks[BrokerId(i)] = std::nullopt;
  return racks;
}

// Kafka's own example: five brokers, ten partitions, three replicas.
TEST(PlacementTest, LeadersGoRoundAndFollowersShiftWithEachRound) {
  EXPECT_THAT(placed(brokers(5), 10, 3, 0),
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(1, 2, 3), ElementsAre(2, 3, 4),
                          ElementsAre(3, 4, 0), ElementsAre(4, 0, 1), ElementsAre(0, 2, 3),
                          ElementsAre(1, 3, 4), ElementsAre(2, 4, 0), ElementsAre(3, 0, 1),
                          ElementsAre(4, 1, 2)));
}

TEST(PlacementTest, NewPartitionsGoOnWhereTheOldOnesEnd) {
  EXPECT_THAT(placed(brokers(3), 2, 1, 0, 4), ElementsAre(ElementsAre(1), ElementsAre(2)));
}

TEST(PlacementTest, EveryReplicaOfAPartitionStandsInARackOfItsOwn) {
  Racks racks;
  for (int i = 0; i < 6; ++i) racks[BrokerId(i)] = "rack" + std::to_string(i % 3);
  for (const auto& replicas : placed(racks, 12, 3, 1)) {
    EXPECT_THAT((std::set{replicas[0] % 3, replicas[1] % 3, replicas[2] % 3}),
                ElementsAre(0, 1, 2));
  }
}

TEST(PlacementTest, OneBrokerTakesAllAndTwoReplicasNeedTwo) {
  EXPECT_THAT(placed(brokers(1), 2, 1, 7), ElementsAre(ElementsAre(0), ElementsAre(0)));
  EXPECT_EQ(place_replicas(brokers(1), 1, 2, 0).error(),
            "Replication factor: 2 larger than available brokers: 1.");
}

}  // namespace
}  // namespace barnabas::tools
