#include "broker/group/shard.h"

#include "tests/unit/group/shard_fixture.h"

namespace barnabas::broker::group {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ShardTest : public testing::GroupsTest {
 protected:
  static MemberClaim nobody() { return {}; }
  std::vector<BrokerId> both = {BrokerId{1}, BrokerId{2}};
};

TEST_F(ShardTest, ACommitAnswersWhenEveryReplicaHasIt) {
  const auto g = shard(both);
  const auto errors = ask(g->commit("g", nobody(), {commit(0, 5)}));
  EXPECT_FALSE(errors->has_value());
  EXPECT_EQ(committed(*g, 0), std::nullopt);
  follow();
  ASSERT_TRUE(errors->has_value());
  EXPECT_THAT(**errors, ElementsAre(ErrorCode::kNone));
  EXPECT_EQ(committed(*g, 0), 5);
}

TEST_F(ShardTest, ACommitThatNoReplicaTakesTimesOut) {
  const auto g = shard(both);
  const auto errors = ask(g->commit("g", nobody(), {commit(0, 5)}));
  pass(std::chrono::seconds(5));
  ASSERT_TRUE(errors->has_value());
  EXPECT_THAT(**errors, ElementsAre(ErrorCode::kRequestTimedOut));
  EXPECT_EQ(committed(*g, 0), std::nullopt);
}

// The client shall look for the coordinator again; it may be elsewhere by then.
TEST_F(ShardTest, WithTooFewInSyncTheCoordinatorIsNotAvailable) {
  const auto g = shard();
  log().set_min_isr(2);
  EXPECT_THAT(answer(g->commit("g", nobody(), {commit(0, 5)})),
              ElementsAre(ErrorCode::kCoordinatorNotAvailable));
}

TEST_F(ShardTest, LongMetadataFailsAlone) {
  const auto g = shard();
  const std::string longest(4096, 'x');
  EXPECT_THAT(
      answer(g->commit("g", nobody(), {commit(0, 1, longest + "x"), commit(1, 2, longest)})),
      ElementsAre(ErrorCode::kOffsetMetadataTooLarge, ErrorCode::kNone));
  EXPECT_EQ(committed(*g, 0), std::nullopt);
  EXPECT_EQ(committed(*g, 1), 2);
}

TEST_F(ShardTest, AMemberOfAGroupThatIsNotThereHasAnOldGeneration) {
  const auto g = shard();
  EXPECT_THAT(answer(g->commit("g", {"m", {}, Generation{3}}, {commit(0, 5)})),
              ElementsAre(ErrorCode::kIllegalGeneration));
  EXPECT_THAT(answer(g->list()), IsEmpty());
}

TEST_F(ShardTest, BeforeItIsLoadedRequestsAreToldToWait) {
  const auto g = loading_shard();
  EXPECT_THAT(answer(g->commit("g", nobody(), {commit(0, 5)})),
              ElementsAre(ErrorCode::kCoordinatorLoadInProgress));
  EXPECT_EQ(answer(g->join("g", newcomer())).error, ErrorCode::kCoordinatorLoadInProgress);
  // As Kafka: the member loses nothing by waiting, and joins anew rather than look elsewhere.
  EXPECT_EQ(answer(g->heartbeat("g", {"m"})), ErrorCode::kNone);
  EXPECT_EQ(answer(g->sync("g", {})).error, ErrorCode::kRebalanceInProgress);
}

TEST_F(ShardTest, AMemberJoinsOnceTheGroupIsComplete) {
  const auto g = shard();
  const auto first = ask(g->join("g", newcomer()));
  pass(std::chrono::milliseconds(1));
  ASSERT_TRUE(first->has_value());
  EXPECT_EQ((*first)->error, ErrorCode::kNone);
  EXPECT_EQ((*first)->generation, Generation{1});
  EXPECT_THAT((*first)->members, SizeIs(1));
}

TEST_F(ShardTest, ASilentMemberIsGoneAfterItsSessionTimeout) {
  const auto g = shard();
  const auto joined = ask(g->join("g", newcomer()));
  pass(std::chrono::milliseconds(1));
  SyncRequest sync;
  sync.member_id = (*joined)->member_id;
  sync.generation = Generation{1};
  EXPECT_EQ(answer(g->sync("g", sync)).error, ErrorCode::kNone);
  EXPECT_THAT(answer(g->describe("g"))->members, SizeIs(1));
  pass(std::chrono::seconds(10));
  EXPECT_THAT(answer(g->describe("g"))->members, IsEmpty());
}

TEST_F(ShardTest, WhoeverWaitsIsToldWhenTheCoordinatorMoves) {
  config.group.initial_rebalance_delay = Millis{3000};
  const auto g = shard(both);
  const auto joining = ask(g->join("g", newcomer()));
  const auto committing = ask(g->commit("h", nobody(), {commit(0, 5)}));
  ASSERT_FALSE(joining->has_value());
  ASSERT_FALSE(committing->has_value());
  g->close();
  start(g->retire());
  ASSERT_TRUE(joining->has_value());
  EXPECT_EQ((*joining)->error, ErrorCode::kNotCoordinator);
  ASSERT_TRUE(committing->has_value());
  EXPECT_THAT(**committing, ElementsAre(ErrorCode::kNotCoordinator));
  EXPECT_EQ(answer(g->heartbeat("g", {"m"})), ErrorCode::kNotCoordinator);
}

TEST_F(ShardTest, WithItsLastOffsetAGroupWithoutMembersGoes) {
  const auto g = shard();
  answer(g->commit("g", nobody(), {commit(0, 5), commit(1, 6)}));
  const std::vector<TopicPartition> one = {{"t", PartitionIndex{0}}};
  EXPECT_THAT(*answer(g->delete_offsets("g", one)), ElementsAre(ErrorCode::kNone));
  EXPECT_EQ(committed(*g, 1), 6);
  EXPECT_TRUE(answer(g->delete_offsets("g", {{"t", PartitionIndex{1}}})));
  EXPECT_EQ(answer(g->delete_offsets("g", one)).error(), ErrorCode::kGroupIdNotFound);
}

TEST_F(ShardTest, OffsetsThatNobodyReadsExpire) {
  const auto g = shard();
  answer(g->commit("g", nobody(), {commit(0, 5)}));
  const auto writes = log().writes;
  pass(std::chrono::minutes(10));
  EXPECT_EQ(committed(*g, 0), 5);
  pass(std::chrono::minutes(50));
  EXPECT_EQ(committed(*g, 0), std::nullopt);
  EXPECT_THAT(answer(g->list()), IsEmpty());
  EXPECT_EQ(log().writes, writes + 1) << "the tombstone";
}

// A batch that is larger than max.message.bytes would be refused, and the group be back after the
// next load.
TEST_F(ShardTest, TombstonesOfALargeGroupGoIntoSeveralBatches) {
  const auto g = shard();
  std::vector<Commit> commits;
  for (int partition = 0; partition < 30'000; ++partition) commits.push_back(commit(partition, 1));
  answer(g->commit("g", nobody(), commits));
  const auto writes = log().writes;
  EXPECT_EQ(answer(g->delete_group("g")), ErrorCode::kNone);
  EXPECT_GT(log().writes, writes + 1);
}

TEST_F(ShardTest, ADeletedTopicTakesItsOffsetsAlong) {
  const auto g = shard();
  answer(g->commit("g", nobody(), {commit(0, 5), commit(1, 6)}));
  start(g->forget({{"t", PartitionIndex{1}}, {"u", PartitionIndex{0}}}));
  EXPECT_EQ(committed(*g, 0), 5);
  EXPECT_EQ(committed(*g, 1), std::nullopt);
}

TEST_F(ShardTest, ADeletedGroupIsForgottenWithItsOffsets) {
  const auto g = shard();
  answer(g->commit("g", nobody(), {commit(0, 5)}));
  EXPECT_EQ(answer(g->delete_group("g")), ErrorCode::kNone);
  EXPECT_EQ(committed(*g, 0), std::nullopt);
  EXPECT_EQ(answer(g->delete_group("g")), ErrorCode::kGroupIdNotFound);
}

TEST_F(ShardTest, AGroupWithMembersIsNotDeleted) {
  const auto g = shard();
  ask(g->join("g", newcomer()));
  pass(std::chrono::milliseconds(1));
  EXPECT_EQ(answer(g->delete_group("g")), ErrorCode::kNonEmptyGroup);
}

}  // namespace
}  // namespace barnabas::broker::group
