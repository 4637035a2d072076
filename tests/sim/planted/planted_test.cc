// The simulator is worth what it finds: each bug planted on purpose must be caught within 500
// seeds.
#include "env/planted.h"

#include <gtest/gtest.h>

#include "tests/sim/scenario.h"

namespace barnabas::simtest {
namespace {

constexpr std::uint64_t kSeeds = 500;

// The first seed that shows the bug; kSeeds if none does.
std::uint64_t first_caught(env::Plant plant, Kind kind = Kind::kReplicated) {
  env::planted = plant;
  std::uint64_t seed = 0;
  while (seed < kSeeds && run_seed(kind, seed, false).violations.empty()) ++seed;
  env::planted = env::Plant::kNone;
  return seed;
}

TEST(Planted, AnEarlyHighWatermarkIsCaught) {
  EXPECT_LT(first_caught(env::Plant::kEarlyHighWatermark), kSeeds);
}

TEST(Planted, AMissedTruncationIsCaught) {
  EXPECT_LT(first_caught(env::Plant::kMissedTruncation), kSeeds);
}

TEST(Planted, AnUnfencedWriteIsCaught) {
  EXPECT_LT(first_caught(env::Plant::kUnfencedWrite), kSeeds);
}

TEST(Planted, AShrinkThatZooKeeperDoesNotHaveIsCaught) {
  EXPECT_LT(first_caught(env::Plant::kEarlyShrink), kSeeds);
}

TEST(Planted, AStaleLeaderThatServesIsCaught) {
  EXPECT_LT(first_caught(env::Plant::kStaleLeader), kSeeds);
}

TEST(Planted, ACommitAcknowledgedBeforeItIsReplicatedIsCaught) {
  EXPECT_LT(first_caught(env::Plant::kEarlyCommit, Kind::kGroups), kSeeds);
}

}  // namespace
}  // namespace barnabas::simtest
