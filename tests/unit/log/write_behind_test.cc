// Old records that are written out early, so that they leave the page cache.
#include "tests/unit/log/machine.h"

namespace barnabas::log {
namespace {

using env::sim::FileOp;

class WriteBehindTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(machine.start());
    log = machine.log().value();
  }
  ErrorCode append() {
    auto bytes = encode({.values = {std::string(100, 'x')}});
    Appendable set{bytes, Origin::kClient, 11};
    return log->append_as_leader({&set, 1}, LeaderEpoch(0), Timestamp(1)).at(0).error;
  }

  Machine machine{env::sim::Prng(1)};
  std::shared_ptr<Log> log;
};

TEST_F(WriteBehindTest, MayBeToldOfMoreThanTheActiveSegmentHolds) {
  ASSERT_EQ(append(), ErrorCode::kNone);
  EXPECT_TRUE(log->write_behind(1 << 30).has_value());
  EXPECT_EQ(append(), ErrorCode::kNone);
}

TEST_F(WriteBehindTest, MakesNothingDurable) {
  ASSERT_EQ(append(), ErrorCode::kNone);
  ASSERT_TRUE(log->write_behind(log->size()).has_value());
  EXPECT_EQ(log->recovery_point(), Offset(0));
}

// The kernel tells of a lost page once: a later flush would succeed.
TEST_F(WriteBehindTest, AnErrorFailsTheLog) {
  ASSERT_EQ(append(), ErrorCode::kNone);
  machine.volume.set_fault([](FileOp op, const std::string& path) {
    const bool hit = op == FileOp::kWrite && path.ends_with(".log");
    return hit ? std::make_error_code(std::errc::io_error) : std::error_code();
  });
  EXPECT_EQ(log->write_behind(log->size()).error(), ErrorCode::kKafkaStorageError);
  machine.volume.set_fault(nullptr);
  EXPECT_EQ(append(), ErrorCode::kKafkaStorageError);
}

}  // namespace
}  // namespace barnabas::log
