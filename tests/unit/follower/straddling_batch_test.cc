// A leader whose log begins inside a batch, as DeleteRecords leaves it, gives that batch whole.
#include "tests/unit/follower/moving_world.h"

namespace barnabas::broker::follower::testing {
namespace {

constexpr LeaderEpoch kEpoch{7};

std::vector<std::byte> batch(std::int64_t base, int records, std::int32_t epoch) {
  records::BatchOptions options;
  options.base_offset = Offset(base);
  options.leader_epoch = LeaderEpoch(epoch);
  records::RecordBatchBuilder builder(options);
  for (int i = 0; i < records; ++i) builder.append(Timestamp(1), {}, records::as_bytes("x"));
  const auto built = builder.build();
  return {built.begin(), built.end()};
}

class StraddlingBatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.open(5));
    ASSERT_TRUE(world.produce(3));
    replica::LeaderAndIsr role;
    role.leader = BrokerId{2};
    role.leader_epoch = kEpoch;
    role.partition_epoch = PartitionEpoch{1};
    role.isr = role.replicas = {BrokerId{1}, BrokerId{2}};
    ASSERT_TRUE(world.partition->make_follower(role));
  }
  auto append(std::int64_t base, std::int64_t leader_start) {
    const auto bytes = batch(base, 4, kEpoch.value);
    return world.partition->append_as_follower(bytes, kEpoch, {Offset{9}, Offset{leader_start}},
                                               Timestamp{1});
  }
  MovingWorld world;
};

// Cut to where the leader begins, we have nothing that it has: our log begins with that batch.
TEST_F(StraddlingBatchTest, ALogThatEndsWhereTheLeadersBeginsBeginsAnewWithTheBatch) {
  const auto after = append(2, 3);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->log_end, Offset{6});
  EXPECT_EQ(world.partition->log_start_offset(), Offset{3});
}

TEST_F(StraddlingBatchTest, ABatchThatOverlapsWhatTheLeaderHasTooIsRefused) {
  const auto after = append(2, 1);
  ASSERT_FALSE(after.has_value());
  EXPECT_EQ(world.partition->log_end_offset(), Offset{3});
}

}  // namespace
}  // namespace barnabas::broker::follower::testing
