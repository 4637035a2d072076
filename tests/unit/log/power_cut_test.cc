// What a power cut right after a log was made leaves of it. tests/crash goes on from there.
#include <set>

#include "env/log.h"
#include "env/sim/sim_files.h"
#include "tests/unit/log/fixture.h"

namespace barnabas::log {
namespace {

constexpr std::uint64_t kSeeds = 300;

// A log directory that was there before, on a disk whose power goes.
struct Machine {
  explicit Machine(std::uint64_t seed)
      : volume(env::sim::Prng(seed), [this] { return clock.ms; }), files({{"data", &volume}}) {
    config->segment_bytes = 300;
    config->segment_index_bytes = 4096;
    start();
  }
  void start() {
    LogManagerConfig mc;
    mc.directories = {"/data/logs"};
    mc.defaults = config;
    manager = make_log_manager(mc, files, clock, random);
    EXPECT_TRUE(manager->open().has_value());
    EXPECT_TRUE(manager->load([this](const std::string&) { return config; }, {}).has_value());
  }
  std::shared_ptr<Log> make_log() {
    return manager->get_or_create(tp, TopicId{{1}}, config).value();
  }
  void power_cut() {
    volume.power_lost();
    manager.reset();
    start();
  }

  const TopicPartition tp{"t", PartitionIndex(0)};
  StandingClock clock;
  env::sim::Volume volume;
  env::sim::SimFiles files;
  CountingRandom random;
  std::shared_ptr<LogConfig> config = std::make_shared<LogConfig>();
  std::unique_ptr<LogManager> manager;
};

void append(Log& to, int records) {
  for (int i = 0; i < records; ++i) {
    auto bytes = encode({.values = {std::string(100, 'x')}});
    Appendable set{bytes, Origin::kClient, 11};
    const auto answer = to.append_as_leader({&set, 1}, LeaderEpoch(0), Timestamp(1)).at(0);
    ASSERT_EQ(answer.error, ErrorCode::kNone);
  }
}

class PowerCutTest : public testing::Test {
 protected:
  PowerCutTest() { env::set_log_level("root", env::LogLevel::kOff); }
  ~PowerCutTest() override { env::set_log_level("root", env::LogLevel::kInfo); }
};

// Without the directory's own name all that was synced in it would be lost.
TEST_F(PowerCutTest, TheDirectoryOfALogIsThereOnceTheLogWasFlushed) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine(seed);
    const auto made = machine.make_log();
    append(*made, 3);
    ASSERT_TRUE(made->flush(Offset(3)).has_value());
    machine.power_cut();
    const auto found = machine.manager->find(machine.tp);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->log_start_offset(), Offset(0));
    EXPECT_EQ(found->log_end_offset(), Offset(3));
  }
}

// Nothing was promised, but a log of which only the end was left would have its followers delete
// theirs.
TEST_F(PowerCutTest, ALogThatWasNeverFlushedBeginsAtItsBeginningOrIsGone) {
  std::set<bool> outcomes;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Machine machine(seed);
    append(*machine.make_log(), 8);  // in several segments
    machine.power_cut();
    const auto found = machine.manager->find(machine.tp);
    outcomes.insert(found != nullptr);
    if (found) EXPECT_EQ(found->log_start_offset(), Offset(0));
  }
  EXPECT_EQ(outcomes.size(), 2u);
}

}  // namespace
}  // namespace barnabas::log
