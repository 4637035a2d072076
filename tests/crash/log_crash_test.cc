#include "env/log.h"
#include "tests/crash/history.h"

namespace barnabas::log {
namespace {

class Quiet : public testing::Environment {
  void SetUp() override { env::set_log_level("root", env::LogLevel::kOff); }
};
[[maybe_unused]] const auto* const kQuiet = testing::AddGlobalTestEnvironment(new Quiet);

// The `nth` operation on the disk from now fails, once.
class OneFailure {
 public:
  OneFailure(env::sim::Volume* volume, std::uint64_t nth) : volume_(volume), left_(nth) {
    volume_->set_fault([this](env::sim::FileOp, const std::string&) {
      if (happened_ || left_-- > 0) return std::error_code();
      happened_ = true;
      return std::make_error_code(std::errc::io_error);
    });
  }
  ~OneFailure() { volume_->set_fault({}); }
  OneFailure(const OneFailure&) = delete;
  OneFailure& operator=(const OneFailure&) = delete;
  bool happened() const { return happened_; }

 private:
  env::sim::Volume* volume_;
  std::uint64_t left_;
  bool happened_ = false;
};

class Seeds : public testing::TestWithParam<int> {};

// Unsynced bytes and names dropped, kept or torn, again and again.
TEST_P(Seeds, APowerCutLosesNothingThatWasFlushed) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(GetParam() * 1000 + seed));
    History history(static_cast<std::uint64_t>(GetParam()) * 1000 + seed);
    ASSERT_TRUE(history.open());
    for (int life = 0; life < 6; ++life) {
      for (int i = 0; i < 25; ++i) history.step();
      history.power_cut();
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_P(Seeds, AKilledProcessLosesNothingAtAll) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(GetParam() * 1000 + seed));
    History history(static_cast<std::uint64_t>(GetParam()) * 1000 + seed);
    ASSERT_TRUE(history.open());
    for (int life = 0; life < 6; ++life) {
      for (int i = 0; i < 25; ++i) history.step();
      if (life % 2 == 0) {
        history.process_death();
      } else {
        history.clean_restart();
      }
      if (testing::Test::HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Log, Seeds, testing::Range(0, 10));

// Right after each single operation on the disk, in a fixed course of events.
TEST(LogCrashTest, APowerCutAfterAnyOperationLosesNothingThatWasFlushed) {
  for (std::uint64_t stop = 0;; ++stop) {
    SCOPED_TRACE("after operation " + std::to_string(stop));
    History history(99);
    ASSERT_TRUE(history.open());
    std::uint64_t left = stop;
    bool cut = false;
    history.volume().set_fault([&](env::sim::FileOp, const std::string&) {
      if (left == 0) cut = true;
      if (left > 0) --left;
      return cut ? std::make_error_code(std::errc::io_error) : std::error_code();
    });
    for (int i = 0; i < 12 && !cut; ++i) {
      history.append(500);
      if (i % 4 == 3 && !cut) history.flush();
      if (i == 6 && !cut) history.truncate(5);
    }
    if (!cut) history.run_chores();
    history.volume().set_fault({});
    history.power_cut();
    if (testing::Test::HasFailure()) return;
    if (!cut) break;
  }
}

// One failing call, wherever it is: what was acknowledged is there after a restart, and the
// directory goes offline rather than carry on behind a torn write.
TEST(LogCrashTest, AnyCallFailingOnceLosesNoAcknowledgedRecord) {
  for (std::uint64_t nth = 0;; ++nth) {
    SCOPED_TRACE("operation " + std::to_string(nth));
    History history(7);
    ASSERT_TRUE(history.open());
    std::optional<OneFailure> failure(std::in_place, &history.volume(), nth);
    bool refused = false;
    for (int i = 0; i < 10; ++i) {
      const bool ok = history.append(450);
      if (refused) EXPECT_FALSE(ok) << "an append after a failed one";
      refused = refused || !ok;
      if (i == 5) (void)history.flush();
    }
    if (!refused) history.run_chores();
    history.manager().checkpoint_recovery_points();
    if (refused) EXPECT_EQ(history.manager().offline_directories().size(), 1u);
    const bool failed = failure->happened();
    failure.reset();
    history.process_death();
    if (testing::Test::HasFailure()) return;
    if (!failed) break;
  }
}

// Loading with one failing call: the start is refused or the directory offline, never less data.
TEST(LogCrashTest, AFailureWhileLoadingHarmsNothing) {
  for (std::uint64_t nth = 0;; ++nth) {
    SCOPED_TRACE("operation " + std::to_string(nth));
    History history(7);
    ASSERT_TRUE(history.open());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(history.append(450));
    history.volume().process_died();
    history.forget();
    std::optional<OneFailure> failure(std::in_place, &history.volume(), nth);
    (void)history.open();
    const bool failed = failure->happened();
    failure.reset();
    history.process_death();
    if (testing::Test::HasFailure()) return;
    if (!failed) break;
  }
}

}  // namespace
}  // namespace barnabas::log
