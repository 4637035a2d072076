// The whole broker, several times over, in a simulated world: many seeds, or one of them in detail.
//
//   sim_cluster                                    the usual seeds; a failing one prints its replay
//   SIM_KIND=replicated SIM_SEED=n sim_cluster     one seed, with its history on stdout; or single,
//                                                  or groups
//   SIM_KIND=replicated SIM_SEEDS=a-b sim_cluster  the seeds a to b-1 (make sim)
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "tests/sim/scenario.h"

namespace barnabas::simtest {
namespace {

constexpr std::uint64_t kSingleSeeds = 2000;
constexpr std::uint64_t kReplicatedSeeds = 500;
constexpr std::uint64_t kGroupsSeeds = 300;
constexpr std::uint64_t kBlocks = 20;  // so that they can run side by side

std::string replay_line;

// A failed check of the broker's own ends the process; the seed must not be lost with it.
void on_crash(int signal) {
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, replay_line.data(), replay_line.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

constexpr std::array kKinds = {Kind::kSingle, Kind::kReplicated, Kind::kGroups};

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::kSingle: return "single";
    case Kind::kReplicated: return "replicated";
    case Kind::kGroups: return "groups";
  }
  return "";
}

void remember(Kind kind, std::uint64_t seed) {
  replay_line = fmt::format("replay: SIM_KIND={} SIM_SEED={} sim_cluster\n", name(kind), seed);
  std::signal(SIGABRT, on_crash);
  std::signal(SIGSEGV, on_crash);
}

Outcome run_checked(Kind kind, std::uint64_t seed, bool keep_history) {
  remember(kind, seed);
  Outcome outcome = run_seed(kind, seed, keep_history);
  std::string found;
  for (const std::string& violation : outcome.violations) found += "  " + violation + "\n";
  EXPECT_TRUE(found.empty()) << replay_line << found;
  return outcome;
}

// What they acknowledged and how often a leader changed, together.
Outcome run_range(Kind kind, std::uint64_t from, std::uint64_t to) {
  Outcome all;
  for (std::uint64_t seed = from; seed < to; ++seed) {
    const Outcome one = run_checked(kind, seed, false);
    all.acknowledged += one.acknowledged;
    all.leader_changes += one.leader_changes;
    all.generations += one.generations;
  }
  return all;
}

// What the environment asks for instead of the usual seeds.
struct Wish {
  Kind kind = Kind::kSingle;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool history = false;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<Wish> wish() {
  const char* kind = std::getenv("SIM_KIND");
  const char* seed = std::getenv("SIM_SEED");
  const char* seeds = std::getenv("SIM_SEEDS");
  if (seed == nullptr && seeds == nullptr) return std::nullopt;
  Wish wish;
  for (const Kind one : kKinds) {
    if (kind != nullptr && name(one) == kind) wish.kind = one;
  }
  if (seed != nullptr) {
    wish.from = number(seed);
    wish.to = wish.from + 1;
    wish.history = true;
  } else {
    const std::string_view range(seeds);
    wish.from = number(range);
    wish.to = number(range.substr(range.find('-') + 1));
  }
  return wish;
}

class SimulatedCluster : public testing::TestWithParam<std::uint64_t> {
 protected:
  static Outcome run_block(Kind kind, std::uint64_t seeds) {
    if (wish()) return {};
    const std::uint64_t size = seeds / kBlocks;
    const Outcome all = run_range(kind, GetParam() * size, (GetParam() + 1) * size);
    EXPECT_GT(all.acknowledged, static_cast<int>(size));  // else they would prove nothing
    EXPECT_GT(all.leader_changes, static_cast<int>(size));
    return all;
  }
};

// One replica each: what was promised of a log holds in every world.
TEST_P(SimulatedCluster, KeepsEveryLogThroughCrashesAndCuts) {
  run_block(Kind::kSingle, kSingleSeeds);
}

// Three replicas: nothing acknowledged (acks=all, min.insync.replicas=2) or read is ever lost.
TEST_P(SimulatedCluster, LosesNothingThatWasAcknowledged) {
  run_block(Kind::kReplicated, kReplicatedSeeds);
}

// No committed offset is lost or moved back, no record is skipped, every group is stable again.
TEST_P(SimulatedCluster, KeepsWhatGroupsCommit) {
  const Outcome all = run_block(Kind::kGroups, kGroupsSeeds);
  if (!wish()) EXPECT_GT(all.generations, static_cast<int>(kGroupsSeeds / kBlocks) * 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulatedCluster, testing::Range(std::uint64_t{0}, kBlocks));

// A deleted topic that some brokers still listed; a deletion, or a move, that never ended; records
// that were lost. What a seed plays changes with the code: these are no proof, but cheap.
TEST(Replay, SeedsThatFailedOncePass) {
  if (wish()) return;
  for (const std::uint64_t seed : {904, 1490, 2820, 9501, 15665, 15849}) {
    run_checked(Kind::kSingle, seed, false);
  }
  for (const std::uint64_t seed : {1053, 3274, 4414, 8815, 9309, 9561, 9794, 9940, 11230}) {
    run_checked(Kind::kReplicated, seed, false);
  }
}

// Without this a failing seed could not be looked at.
TEST(Replay, TheSameSeedGivesTheSameHistory) {
  for (const Kind kind : kKinds) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      remember(kind, seed);
      const Outcome first = run_seed(kind, seed, true);
      const Outcome second = run_seed(kind, seed, true);
      ASSERT_GT(first.history.size(), 1000u);
      ASSERT_EQ(first.history, second.history) << replay_line;
    }
  }
}

TEST(Replay, TheSeedsOfTheEnvironmentAreRun) {
  const auto wanted = wish();
  if (!wanted) return;
  for (std::uint64_t seed = wanted->from; seed < wanted->to; ++seed) {
    const Outcome outcome = run_checked(wanted->kind, seed, wanted->history);
    if (wanted->history) std::cout << outcome.history;
  }
}

}  // namespace
}  // namespace barnabas::simtest
