// AlterReplicaLogDirs and DescribeLogDirs. The manager has /data, where its logs are made, and
// /other.
#include <gmock/gmock.h>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LogDirectoriesTest : public ReplicaManagerTest {
 protected:
  void SetUp() override {
    ReplicaManagerTest::SetUp();
    logs.live = {"/data", "/other"};
  }
  AlterLogDirsResult move(int partition, const std::string& directory) {
    return finish(manager.alter_log_dirs({{tp(partition), directory}}));
  }
  ErrorCode move_error(int partition, const std::string& directory) {
    return move(partition, directory).partitions.at(0).error;
  }
  std::string future_of(int partition) {
    const auto future = logs.find_future(tp(partition));
    return future ? future->directory() : "";
  }
};

TEST_F(LogDirectoriesTest, AMoveToAnotherDirectoryMakesTheFutureLogThere) {
  tell_one(item(0, 1));
  const auto result = move(0, "/other");
  EXPECT_EQ(result.partitions.at(0).error, ErrorCode::kNone);
  EXPECT_THAT(result.moving, ElementsAre(manager.find("t", PartitionIndex{0})));
  EXPECT_EQ(future_of(0), "/other/t-0.f-future");
}

TEST_F(LogDirectoriesTest, AMoveThatIsAskedTwiceIsMadeOnce) {
  tell_one(item(0, 1));
  move(0, "/other");
  const auto again = move(0, "/other");
  EXPECT_EQ(again.partitions.at(0).error, ErrorCode::kNone);
  EXPECT_THAT(again.moving, IsEmpty());
}

TEST_F(LogDirectoriesTest, AMoveToWhereTheLogLiesIsNone) {
  tell_one(item(0, 1));
  EXPECT_EQ(move_error(0, "/data"), ErrorCode::kNone);
  EXPECT_EQ(future_of(0), "");
}

TEST_F(LogDirectoriesTest, AskingForItsPresentDirectoryCancelsAMove) {
  tell_one(item(0, 1));
  move(0, "/other");
  EXPECT_EQ(move_error(0, "/data"), ErrorCode::kNone);
  EXPECT_EQ(future_of(0), "");
}

TEST_F(LogDirectoriesTest, AMoveMayTurnToAThirdDirectory) {
  logs.live.push_back("/third");
  tell_one(item(0, 1));
  move(0, "/other");
  EXPECT_THAT(move(0, "/third").moving, SizeIs(1));
  EXPECT_EQ(future_of(0), "/third/t-0.f-future");
}

TEST_F(LogDirectoriesTest, ADirectoryThatIsNotInTheConfigIsNotFound) {
  tell_one(item(0, 1));
  EXPECT_EQ(move_error(0, "/elsewhere"), ErrorCode::kLogDirNotFound);
  EXPECT_EQ(move_error(0, "other"), ErrorCode::kLogDirNotFound);
}

TEST_F(LogDirectoriesTest, AnOfflineDirectoryCannotBeMovedTo) {
  logs.live = {"/data"};
  logs.offline = {"/other"};
  tell_one(item(0, 1));
  EXPECT_EQ(move_error(0, "/other"), ErrorCode::kKafkaStorageError);
}

// The one that is offline may hold a copy from before.
TEST_F(LogDirectoriesTest, NoMoveBeginsWhileADirectoryIsOffline) {
  tell_one(item(0, 1));
  logs.offline = {"/third"};
  EXPECT_EQ(move_error(0, "/other"), ErrorCode::kKafkaStorageError);
}

// Kafka still says REPLICA_NOT_AVAILABLE here; the tools take it for "later".
TEST_F(LogDirectoriesTest, APartitionThatIsNotHereYetWillBeMadeWhereItWasAskedFor) {
  EXPECT_EQ(move_error(2, "/other"), ErrorCode::kReplicaNotAvailable);
  EXPECT_EQ(logs.preferred.at(tp(2)), "/other");
}

TEST_F(LogDirectoriesTest, APartitionThatNobodyKnowsIsUnknown) {
  EXPECT_EQ(move_error(9, "/other"), ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(LogDirectoriesTest, TheControllersWordAfterARestartResumesTheMove) {
  logs.get_or_create(tp(0), id_of(1), nullptr).value();
  (void)logs.get_or_create_future(tp(0), "/other", id_of(1), nullptr);
  const auto result = tell({item(0, 1), item(1, 1)});
  EXPECT_THAT(result.moving, ElementsAre(manager.find("t", PartitionIndex{0})));
}

TEST_F(LogDirectoriesTest, DescribingNamesEachReplicaOfEachDirectory) {
  tell({item(0, 1), item(1, 1)});
  auto record = produce(0, 3);
  manager.append({&record, 1});
  move(0, "/other");
  logs.offline = {"/third"};
  const auto reports = finish(manager.describe_log_dirs(std::nullopt));
  ASSERT_THAT(reports, SizeIs(3));
  EXPECT_EQ(reports[0].directory, "/data");
  EXPECT_EQ(reports[0].total_bytes, 1000);
  EXPECT_EQ(reports[0].usable_bytes, 400);
  EXPECT_THAT(reports[0].replicas,
              ElementsAre(ReplicaOnDisk{tp(0), 3, 0, false}, ReplicaOnDisk{tp(1), 0, 0, false}));
  EXPECT_THAT(reports[1].replicas, ElementsAre(ReplicaOnDisk{tp(0), 0, 3, true}));
  EXPECT_EQ(reports[2].directory, "/third");
  EXPECT_EQ(reports[2].error, ErrorCode::kKafkaStorageError);
}

TEST_F(LogDirectoriesTest, DescribingSomePartitionsLeavesOutTheRest) {
  tell({item(0, 1), item(1, 1)});
  const auto reports = finish(manager.describe_log_dirs(std::set{tp(1), tp(9)}));
  EXPECT_THAT(reports[0].replicas, ElementsAre(ReplicaOnDisk{tp(1), 0, 0, false}));
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
