// The receiver rules of LeaderAndIsr, StopReplica and UpdateMetadata.
#include <gmock/gmock.h>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// ---- who is heard

TEST_F(ReplicaManagerTest, ARequestForAnEarlierRegistrationOfOursIsStale) {
  header.broker_epoch = BrokerEpoch{99};
  const auto result = tell({item(0, 1)});
  EXPECT_EQ(result.error, ErrorCode::kStaleBrokerEpoch);
  EXPECT_THAT(result.partitions, IsEmpty());
  EXPECT_EQ(stop(0, -2).error, ErrorCode::kStaleBrokerEpoch);
  EXPECT_EQ(manager.update_metadata({header, {}}).error, ErrorCode::kStaleBrokerEpoch);
  EXPECT_EQ(manager.find("t", PartitionIndex{0}), nullptr);
}

TEST_F(ReplicaManagerTest, ABrokerEpochOfMinusOneOrOneWeDoNotKnowYetIsHeard) {
  for (const int epoch : {-1, 100, 101}) {
    header.broker_epoch = BrokerEpoch{epoch};
    EXPECT_EQ(tell({}).error, ErrorCode::kNone) << epoch;
  }
}

TEST_F(ReplicaManagerTest, AReplacedControllerIsNotHeard) {
  header.controller_epoch = ControllerEpoch{7};
  EXPECT_EQ(manager.update_metadata({header, {}}).error, ErrorCode::kNone);
  header.controller_epoch = ControllerEpoch{6};
  EXPECT_EQ(tell({item(0, 1)}).error, ErrorCode::kStaleControllerEpoch);
  EXPECT_EQ(stop(0, -2).error, ErrorCode::kStaleControllerEpoch);
  EXPECT_EQ(manager.update_metadata({header, {}}).error, ErrorCode::kStaleControllerEpoch);
  EXPECT_EQ(manager.controller_epoch(), ControllerEpoch{7});
}

// A stale broker epoch teaches us nothing about controllers either.
TEST_F(ReplicaManagerTest, ARefusedRequestDoesNotRaiseTheControllerEpoch) {
  header.broker_epoch = BrokerEpoch{99};
  header.controller_epoch = ControllerEpoch{9};
  tell({});
  EXPECT_EQ(manager.controller_epoch(), ControllerEpoch{5});
}

// ---- LeaderAndIsr, partition by partition

TEST_F(ReplicaManagerTest, PartitionsBecomeLeadersAndFollowers) {
  const auto result = tell({item(0, 1), item(1, 2)});
  EXPECT_EQ(result.error, ErrorCode::kNone);
  ASSERT_EQ(result.leaders.size(), 1u);
  ASSERT_EQ(result.followers.size(), 1u);
  EXPECT_EQ(result.leaders[0]->topic_partition(), tp(0));
  EXPECT_EQ(result.followers[0]->topic_partition(), tp(1));
  EXPECT_THAT(result.partitions, ElementsAre(PartitionError{tp(0), id_of(1), ErrorCode::kNone},
                                             PartitionError{tp(1), id_of(1), ErrorCode::kNone}));
  EXPECT_EQ(log(0).topic_id(), id_of(1));
}

// The new leader would wait for it as for one that is about to join the ISR, until it has gone.
TEST_F(ReplicaManagerTest, ABrokerThatLeavesBeginsToFollowOnlyWhereItIsInSync) {
  manager.leave();
  auto handed_over = item(0, 2);
  handed_over.state.isr = {BrokerId{2}};
  const auto result = tell({handed_over, item(1, 2)});
  ASSERT_EQ(result.followers.size(), 1u);
  EXPECT_EQ(result.followers[0]->topic_partition(), tp(1));
  EXPECT_FALSE(manager.find("t", PartitionIndex{0})->is_leader());
}

TEST_F(ReplicaManagerTest, ALowerOrTheSameLeaderEpochIsStale) {
  EXPECT_EQ(tell_one(item(0, 1, 3)), ErrorCode::kNone);
  EXPECT_EQ(tell_one(item(0, 2, 3)), ErrorCode::kStaleControllerEpoch);
  EXPECT_EQ(tell_one(item(0, 2, 2)), ErrorCode::kStaleControllerEpoch);
  EXPECT_TRUE(manager.find("t", PartitionIndex{0})->is_leader());
  EXPECT_EQ(tell_one(item(0, 2, 4)), ErrorCode::kNone);
  EXPECT_FALSE(manager.find("t", PartitionIndex{0})->is_leader());
}

TEST_F(ReplicaManagerTest, TheSameEpochMayBringATopicId) {
  auto without = item(0, 1, 3);
  without.topic_id = {};
  EXPECT_EQ(tell_one(without), ErrorCode::kNone);
  EXPECT_EQ(tell_one(without), ErrorCode::kStaleControllerEpoch);
  EXPECT_EQ(tell_one(item(0, 1, 3)), ErrorCode::kNone);
  EXPECT_EQ(log(0).topic_id(), id_of(1));
  EXPECT_EQ(tell_one(item(0, 1, 3)), ErrorCode::kStaleControllerEpoch);
}

// A partition of a topic of the same name that was deleted while we were down, or no longer its
// replica, must not be taken for this one, nor stand in its way for ever.
TEST_F(ReplicaManagerTest, ALogOfAnotherTopicOfThatNameIsSetAside) {
  logs.logs[tp(0)] = std::make_shared<MemoryLog>(tp(0), id_of(9));
  EXPECT_EQ(tell_one(item(0, 1)), ErrorCode::kNone);
  EXPECT_THAT(logs.aside, ElementsAre(tp(0)));
  EXPECT_EQ(log(0).topic_id(), id_of(1));
}

// What we heard last of it may have overtaken this.
TEST_F(ReplicaManagerTest, AnotherTopicIdFromWhoToldUsOfOursIsInconsistent) {
  EXPECT_EQ(tell_one(item(0, 1)), ErrorCode::kNone);
  auto other = item(0, 1, 9);
  other.topic_id = id_of(9);
  EXPECT_EQ(tell_one(other), ErrorCode::kInconsistentTopicId);
  EXPECT_EQ(log(0).topic_id(), id_of(1));
  EXPECT_THAT(logs.aside, IsEmpty());
}

TEST_F(ReplicaManagerTest, APartitionTheNextControllerDoesNotKnowGivesWay) {
  EXPECT_EQ(tell_one(item(0, 1, 3)), ErrorCode::kNone);
  const PartitionPtr old = manager.find("t", PartitionIndex{0});
  header.controller_epoch = ControllerEpoch{6};
  auto other = item(0, 1, 0);
  other.topic_id = id_of(9);
  EXPECT_EQ(tell_one(other), ErrorCode::kNone);
  EXPECT_FALSE(old->is_leader());
  EXPECT_EQ(manager.find("t", PartitionIndex{0})->leader_epoch(), LeaderEpoch{0});
  EXPECT_EQ(log(0).topic_id(), id_of(9));
}

TEST_F(ReplicaManagerTest, APartitionFromBeforeWeRegisteredAnewGivesWay) {
  EXPECT_EQ(tell_one(item(0, 1, 3)), ErrorCode::kNone);
  header.broker_epoch = BrokerEpoch{101};
  auto other = item(0, 1, 0);
  other.topic_id = id_of(9);
  EXPECT_EQ(tell_one(other), ErrorCode::kNone);
  EXPECT_EQ(log(0).topic_id(), id_of(9));
}

TEST_F(ReplicaManagerTest, APartitionWeAreNoReplicaOfIsUnknown) {
  auto foreign = item(0, 2);
  foreign.state.replicas = {BrokerId{2}, BrokerId{3}};
  EXPECT_EQ(tell_one(foreign), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(logs.logs.size(), 0u);
}

TEST_F(ReplicaManagerTest, AnOldPartitionIsNotMadeAnewWhileItsDirectoryMayBeOffline) {
  logs.offline = {"/data2"};
  auto old = item(0, 1);
  old.state.is_new = false;
  EXPECT_EQ(tell_one(old), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(logs.logs.size(), 0u);
  EXPECT_EQ(manager.get("t", PartitionIndex{0}).error(), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(tell_one(item(1, 1)), ErrorCode::kNone);  // a new one may be made
}

TEST_F(ReplicaManagerTest, AnOfflinePartitionStaysOffline) {
  tell({item(0, 1)});
  EXPECT_THAT(manager.handle_directory_failure("/data"), ElementsAre(tp(0)));
  EXPECT_EQ(tell_one(item(0, 1, 7)), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(stop(0, -2, true).partitions[0].error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(logs.logs.size(), 1u);
}

TEST_F(ReplicaManagerTest, ADirectoryThatFailsLeavesTheOthersAlone) {
  tell({item(0, 1)});
  EXPECT_THAT(manager.handle_directory_failure("/dat"), IsEmpty());
  EXPECT_EQ(consume({from(0, 0)}).partitions[0].error, ErrorCode::kNone);
}

TEST_F(ReplicaManagerTest, WithoutAnyDirectoryLeftAPartitionIsOffline) {
  logs.full = true;
  EXPECT_EQ(tell_one(item(0, 1)), ErrorCode::kKafkaStorageError);
  logs.full = false;
  EXPECT_EQ(tell_one(item(0, 1, 1)), ErrorCode::kKafkaStorageError);
}

// Its high watermark must be in the checkpoint even so, else it is lost at the next start.
TEST_F(ReplicaManagerTest, ALeaderThatIsNotAliveIsNotFollowedButTheLogIsMade) {
  know({0}, {1});
  const auto result = tell({item(0, 2, 4)});
  EXPECT_EQ(result.partitions[0].error, ErrorCode::kNone);
  EXPECT_THAT(result.followers, IsEmpty());
  EXPECT_EQ(logs.logs.count(tp(0)), 1u);
  EXPECT_EQ(manager.find("t", PartitionIndex{0})->leader_epoch(), kNoLeaderEpoch);
}

TEST_F(ReplicaManagerTest, ALeaderIsFollowedAsSoonAsItIsKnownToBeAlive) {
  know({0}, {1});
  tell({item(0, 2, 4), item(1, 3, 4)});
  UpdateMetadataCommand news{header, {}};
  news.update.live_brokers = {{BrokerId{1}, {}, {}}, {BrokerId{2}, {}, {}}};
  const auto result = manager.update_metadata(news);
  ASSERT_EQ(result.followers.size(), 1u);
  EXPECT_EQ(result.followers[0]->topic_partition(), tp(0));
  EXPECT_EQ(result.followers[0]->leader_epoch(), LeaderEpoch{4});
  EXPECT_THAT(manager.update_metadata(news).followers, IsEmpty());
}

TEST_F(ReplicaManagerTest, ALeaderThatWasReplacedOrAReplicaThatWasStoppedIsNotWaitedFor) {
  know({0}, {1});
  tell({item(0, 2, 4), item(1, 2, 4)});
  tell({item(0, 1, 5)});
  stop(1, 5);
  UpdateMetadataCommand news{header, {}};
  news.update.live_brokers = {{BrokerId{1}, {}, {}}, {BrokerId{2}, {}, {}}};
  EXPECT_THAT(manager.update_metadata(news).followers, IsEmpty());
  EXPECT_TRUE(manager.find("t", PartitionIndex{0})->is_leader());
}

TEST_F(ReplicaManagerTest, TheHighWatermarkStartsFromTheCheckpoint) {
  logs.logs[tp(1)] = std::make_shared<MemoryLog>(tp(1), id_of(1));
  log(1).append(9, LeaderEpoch{0});
  logs.checkpoint[tp(1)] = Offset{6};
  tell({item(1, 2)});
  EXPECT_EQ(manager.high_watermark(tp(1)), Offset{6});
}

// ---- StopReplica

struct StopCase {
  int epoch;
  ErrorCode error;
};
class StopEpochTest : public ReplicaManagerTest, public ::testing::WithParamInterface<StopCase> {};

TEST_P(StopEpochTest, ThePartitionsEpochIsFive) {
  tell({item(0, 1, 5)});
  const auto result = stop(0, GetParam().epoch);
  EXPECT_EQ(result.partitions[0].error, GetParam().error);
  EXPECT_EQ(result.stopped.size(), GetParam().error == ErrorCode::kNone ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Rows, StopEpochTest,
                         ::testing::Values(StopCase{-2, ErrorCode::kNone},
                                           StopCase{-1, ErrorCode::kNone},
                                           StopCase{4, ErrorCode::kFencedLeaderEpoch},
                                           StopCase{5, ErrorCode::kNone},
                                           StopCase{6, ErrorCode::kNone}));

// A fetch that waits for many partitions is answered once, not for each of them.
TEST_F(ReplicaManagerTest, WhoWaitsHearsOfANewEpochWhenTheWholeRequestIsApplied) {
  tell({item(0, 1), item(1, 1)});
  const env::Signal signal;
  const Watch watch = manager.find("t", PartitionIndex{0})->watch(signal, kLogEndMoved);
  bool early = false;
  log(1).on_new_epoch = [&] { early = signal.is_set(); };
  tell({item(0, 1, 1), item(1, 1, 1)});
  EXPECT_FALSE(early);
  EXPECT_TRUE(signal.is_set());
}

// Each takes the directory with the fewest: in another order they would lie elsewhere than Kafka's.
TEST_F(ReplicaManagerTest, LogsThatWeLeadAreMadeFirst) {
  tell({item(0, 2), item(1, 1), item(2, 2), item(3, 1)});
  std::vector<std::int32_t> made;
  for (const TopicPartition& tp : logs.made) made.push_back(tp.partition.value);
  EXPECT_THAT(made, ::testing::ElementsAre(1, 3, 0, 2));
}

TEST_F(ReplicaManagerTest, WhoWaitsHearsOfANewLeader) {
  tell({item(0, 2), item(1, 1)});
  const env::Signal elected;
  const env::Signal deposed;
  const Watch a = manager.find("t", PartitionIndex{0})->watch(elected, kLogEndMoved);
  const Watch b = manager.find("t", PartitionIndex{1})->watch(deposed, kLogEndMoved);
  tell({item(0, 1, 1), item(1, 2, 1)});
  EXPECT_TRUE(elected.is_set());
  EXPECT_TRUE(deposed.is_set());
}

TEST_F(ReplicaManagerTest, StoppingWithoutDeletionKeepsThePartition) {
  tell({item(0, 2)});
  stop(0, -1);
  EXPECT_NE(manager.find("t", PartitionIndex{0}), nullptr);
  EXPECT_THAT(logs.deleted, IsEmpty());
}

TEST_F(ReplicaManagerTest, StoppingWithDeletionRemovesPartitionAndLogAndWakesWhoWaits) {
  tell({item(0, 1)});
  const auto partition = manager.find("t", PartitionIndex{0});
  const env::Signal signal;
  const Watch watch = partition->watch(signal, kHighWatermarkMoved);
  EXPECT_EQ(stop(0, -2, true).partitions[0].error, ErrorCode::kNone);
  EXPECT_EQ(manager.find("t", PartitionIndex{0}), nullptr);
  EXPECT_THAT(logs.deleted, ElementsAre(tp(0)));
  EXPECT_TRUE(signal.is_set());
  EXPECT_TRUE(partition->replicated_up_to(Offset{1}).done);
}

TEST_F(ReplicaManagerTest, AStrayDirectoryIsDeletedToo) {
  logs.logs[tp(0)] = std::make_shared<MemoryLog>(tp(0), id_of(1));
  EXPECT_EQ(stop(0, -2, false).partitions[0].error, ErrorCode::kNone);
  EXPECT_THAT(logs.deleted, IsEmpty());
  EXPECT_EQ(stop(0, -2, true).partitions[0].error, ErrorCode::kNone);
  EXPECT_THAT(logs.deleted, ElementsAre(tp(0)));
  EXPECT_EQ(stop(1, -2, true).partitions[0].error, ErrorCode::kNone);
}

TEST_F(ReplicaManagerTest, ATopicMadeAgainAfterDeletionStartsOver) {
  tell({item(0, 1, 5)});
  stop(0, -2, true);
  auto again = item(0, 1, 0);
  again.topic_id = id_of(2);
  EXPECT_EQ(tell_one(again), ErrorCode::kNone);
  EXPECT_EQ(manager.find("t", PartitionIndex{0})->topic_id(), id_of(2));
}

// ---- UpdateMetadata

TEST_F(ReplicaManagerTest, RemovedPartitionsAreReported) {
  UpdateMetadataCommand command{header, {}};
  command.update.topics = {
      {"t", id_of(1), {{.index = PartitionIndex{2}, .leader = kLeaderDuringDelete}}}};
  EXPECT_THAT(manager.update_metadata(command).removed, ElementsAre(tp(2)));
}

// ---- checkpoints

// At start the checkpoint still holds what the partitions will begin with: an early write would
// wipe it.
TEST_F(ReplicaManagerTest, HighWatermarksAreNotCheckpointedBeforeTheFirstLeaderAndIsr) {
  manager.checkpoint_high_watermarks();
  EXPECT_EQ(logs.checkpoints, 0);
  tell({item(0, 1)});
  std::vector<PartitionAppend> items{produce(0, 4)};
  manager.append(items);
  manager.checkpoint_high_watermarks();
  EXPECT_EQ(logs.checkpoint, (std::map<TopicPartition, Offset>{{tp(0), Offset{4}}}));
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
