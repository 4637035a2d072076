// A partition whose log is replaced by its copy in another log directory.
#include "tests/unit/replica/partition_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

class PartitionMoveTest : public PartitionTest {
 protected:
  void SetUp() override {
    PartitionTest::SetUp();
    lead({.isr = {kSelf}, .replicas = {kSelf}});
    append(10);
    copy = std::make_shared<MemoryLog>(partition.topic_partition(), TopicId{}, "/other/t-0");
    const std::vector<std::byte> records(10);
    ASSERT_TRUE(copy->append_as_follower(records, Timestamp{0}).has_value());
  }
  Result<bool> move() {
    return partition.replace_log(
        [this](log::Log&) -> Result<std::shared_ptr<log::Log>> { return copy; });
  }

  std::shared_ptr<MemoryLog> copy;
};

TEST_F(PartitionMoveTest, TheCopyTakesTheAppendsFromThenOn) {
  EXPECT_EQ(move(), true);
  append(5);
  EXPECT_EQ(copy->log_end_offset(), Offset{15});
  EXPECT_EQ(log->log_end_offset(), Offset{10});
  EXPECT_EQ(hw(), 15);
}

// A reader reads without the lock. The old log is closed under its hands, which is nothing that a
// consumer should hear of.
TEST_F(PartitionMoveTest, AReadThatTheMoveCutShortIsMadeAgain) {
  log->before_read = [this] {
    EXPECT_EQ(move(), true);
    log->broken = true;
  };
  const auto read = consume(0);
  EXPECT_EQ(read.error, ErrorCode::kNone);
  EXPECT_EQ(read.records.length, 10u);
}

TEST_F(PartitionMoveTest, AReadThatFailsWithoutAMoveFails) {
  log->broken = true;
  EXPECT_EQ(consume(0).error, ErrorCode::kKafkaStorageError);
}

TEST_F(PartitionMoveTest, ASwapThatIsNotReadyOrFailsChangesNothing) {
  const auto with = [this](Result<std::shared_ptr<log::Log>> answer) {
    return partition.replace_log([&](log::Log&) { return answer; });
  };
  EXPECT_EQ(with(nullptr), false);
  EXPECT_EQ(with(std::unexpected(ErrorCode::kKafkaStorageError)).error(),
            ErrorCode::kKafkaStorageError);
  EXPECT_EQ(partition.log(), log);
}

TEST_F(PartitionMoveTest, ADeletedPartitionIsNotMoved) {
  partition.mark_deleted();
  EXPECT_EQ(move().error(), ErrorCode::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
