// The whole broker, several times over, in a simulated world: many seeds, or one of them in detail.
//
//   sim_cluster                 all seeds; a failing one prints the command that replays it
//   SIM_SEED=n sim_cluster      one seed, with its history on stdout
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/sim/scenario.h"

namespace barnabas::simtest {
namespace {

constexpr std::uint64_t kBlocks = 20;
constexpr std::uint64_t kBlockSize = 100;

char replay_line[96];
volatile std::size_t replay_length = 0;

// A failed check of the broker's own ends the process; the seed must not be lost with it.
void on_crash(int signal) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, replay_line, replay_length);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void remember(std::uint64_t seed) {
  const int size =
      std::snprintf(replay_line, sizeof replay_line, "replay: SIM_SEED=%llu sim_cluster\n",
                    static_cast<unsigned long long>(seed));
  replay_length = static_cast<std::size_t>(size);
  std::signal(SIGABRT, on_crash);
  std::signal(SIGSEGV, on_crash);
}

std::string explain(std::uint64_t seed, const Outcome& outcome) {
  std::string text = "replay: SIM_SEED=" + std::to_string(seed) + " sim_cluster\n";
  for (const std::string& violation : outcome.violations) text += "  " + violation + "\n";
  return text;
}

Outcome run_checked(std::uint64_t seed, bool keep_history) {
  remember(seed);
  Outcome outcome = run_seed(seed, keep_history);
  EXPECT_TRUE(outcome.violations.empty()) << explain(seed, outcome);
  return outcome;
}

class SimulatedCluster : public testing::TestWithParam<std::uint64_t> {};

// What was promised holds in every world.
TEST_P(SimulatedCluster, KeepsItsPromisesThroughCrashesAndCuts) {
  if (std::getenv("SIM_SEED") != nullptr) return;
  int acknowledged = 0;
  for (std::uint64_t i = 0; i < kBlockSize; ++i) {
    acknowledged += run_checked(GetParam() * kBlockSize + i, false).acknowledged;
  }
  EXPECT_GT(acknowledged, static_cast<int>(kBlockSize));
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulatedCluster, testing::Range(std::uint64_t{0}, kBlocks));

// Without this a failing seed could not be looked at.
TEST(Replay, TheSameSeedGivesTheSameHistory) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    remember(seed);
    const Outcome first = run_seed(seed, true);
    const Outcome second = run_seed(seed, true);
    ASSERT_GT(first.history.size(), 1000u);
    ASSERT_EQ(first.history, second.history) << "seed " << seed;
  }
}

TEST(Replay, TheSeedOfTheEnvironmentIsShown) {
  const char* seed = std::getenv("SIM_SEED");
  if (seed == nullptr) return;
  const Outcome outcome = run_checked(std::strtoull(seed, nullptr, 10), true);
  std::cout << outcome.history;
}

}  // namespace
}  // namespace barnabas::simtest
