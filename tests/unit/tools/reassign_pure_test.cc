// The parts of kafka-reassign-partitions that speak to nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tools/fake_cluster.h"
#include "tools/reassign/reassign_texts.h"
#include "tools/reassign/throttles.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;

Replicas ids(std::initializer_list<int> numbers) { return FakeCluster::ids(numbers); }
TopicPartition tp(const std::string& topic, int partition) {
  return {topic, PartitionIndex(partition)};
}

TEST(ReassignmentFileTest, PartitionsAndDirectoriesAreRead) {
  const auto read = parse_reassignment(
      R"({"version":1,"partitions":[{"topic":"t","partition":1,"replicas":[3,1],)"
      R"("log_dirs":["any","/d"]},{"topic":"t","partition":0,"replicas":[2]}]})");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->assignments(), (Assignments{{tp("t", 0), ids({2})}, {tp("t", 1), ids({3, 1})}}));
  EXPECT_EQ(read->directories, (Directories{{{BrokerId(1), tp("t", 1)}, "/d"}}));
}

TEST(ReassignmentFileTest, WhatIsNotRightIsNamed) {
  const auto error = [](const std::string& text) { return parse_reassignment(text).error(); };
  EXPECT_EQ(error("nope"), "The input string is not a valid JSON");
  EXPECT_EQ(error("[]"), "Expected JSON object, received []");
  EXPECT_EQ(error(R"({"version":7})"), "Not supported version field value 7");
  EXPECT_EQ(error(R"({"partitions":[{"topic":"t","partition":0}]})"),
            "No such field exists: `replicas`");
  EXPECT_EQ(
      error(R"({"partitions":[{"topic":"t","partition":0,"replicas":[3,1],"log_dirs":["any"]}]})"),
      "Size of replicas list [3, 1] is different from size of log dirs list [any] for partition "
      "t-0");
}

TEST(ReassignmentFileTest, WhatCannotBeCarriedOutIsNamed) {
  const auto error = [](std::vector<std::pair<TopicPartition, Replicas>> partitions) {
    return check_executable({std::move(partitions), {}}).error();
  };
  EXPECT_EQ(error({}), "Partition reassignment list cannot be empty");
  EXPECT_EQ(error({{tp("t", 0), {}}}), "Partition replica list cannot be empty");
  EXPECT_EQ(error({{tp("t", 0), ids({1})}, {tp("t", 0), ids({2})}}),
            "Partition reassignment contains duplicate topic partitions: t-0");
  EXPECT_EQ(error({{tp("t", 0), ids({1, 1})}, {tp("t", 1), ids({2, 3, 2})}}),
            "Partition replica lists may not contain duplicate entries: t-0 contains multiple "
            "entries for 1. t-1 contains multiple entries for 2");
}

TEST(ReassignmentFileTest, TopicsToMoveAreRead) {
  EXPECT_THAT(parse_topics_to_move(R"({"topics":[{"topic":"b"},{"topic":"a"}]})").value(),
              ElementsAre("b", "a"));
  EXPECT_THAT(parse_topics_to_move("{}").value(), ElementsAre());
  EXPECT_EQ(parse_topics_to_move(R"({"topics":[{"topic":"b"},{"topic":"b"}]})").error(),
            "List of topics to reassign contains duplicate entries: [b]");
}

TEST(ReassignmentFileTest, WhatIsShownCanBeReadAgain) {
  const Assignments assignments{{tp("t", 0), ids({1, 2})}, {tp("t", 10), ids({3})}};
  const auto text = show_assignments(assignments);
  EXPECT_EQ(text, R"({"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],)"
                  R"("log_dirs":["any","any"]},{"topic":"t","partition":10,"replicas":[3],)"
                  R"("log_dirs":["any"]}]})");
  EXPECT_EQ(parse_reassignment(text)->assignments(), assignments);
}

// As the real tool set them for [1,2] -> [3,1] and [2,3] -> [1,2].
TEST(ThrottlesTest, WhoHasTheRecordsIsALeaderAndWhoIsToGetThemAFollower) {
  const Assignments from{{tp("re", 0), ids({1, 2})}, {tp("re", 1), ids({2, 3})}};
  const Assignments to{{tp("re", 0), ids({3, 1})}, {tp("re", 1), ids({1, 2})}};
  const auto moves = all_moves({}, to, from);
  const auto throttled = throttled_replicas(moves);
  EXPECT_EQ(throttled.at("re").leaders, "0:1,0:2,1:2,1:3");
  EXPECT_EQ(throttled.at("re").followers, "0:3,1:1");
  EXPECT_THAT(brokers_of(moves), ElementsAre(BrokerId(1), BrokerId(2), BrokerId(3)));
}

TEST(ThrottlesTest, WhatMovesAlreadyIsKeptAndAddedTo) {
  const OngoingMoves ongoing{{tp("o", 0), {ids({3, 1, 2}), ids({3}), ids({2})}}};
  const auto other = throttled_replicas(all_moves(ongoing, {}, {}));
  EXPECT_EQ(other.at("o").leaders, "0:1,0:2");
  EXPECT_EQ(other.at("o").followers, "0:3");
  const auto anew = throttled_replicas(all_moves(ongoing, {{tp("o", 0), ids({4, 1})}}, {}));
  EXPECT_EQ(anew.at("o").leaders, "0:1,0:2");
  EXPECT_EQ(anew.at("o").followers, "0:3,0:4");
}

TEST(ReassignTextsTest, TheStatusOfAPartitionIsOneOfThree) {
  EXPECT_EQ(show_statuses({{tp("t", 0), {ids({3, 1}), ids({3, 1}), true}},
                           {tp("t", 1), {ids({1, 2}), ids({2, 3}), true}},
                           {tp("t", 2), {ids({1, 2}), ids({2, 3}), false}},
                           {tp("u", 0), {{}, ids({1}), true}}}),
            "Status of partition reassignment:\n"
            "Reassignment of partition t-0 is completed.\n"
            "There is no active reassignment of partition t-1, but replica set is 1,2 rather than "
            "2,3.\n"
            "Reassignment of partition t-2 is still in progress.\n"
            "There is no active reassignment of partition u-0, but replica set is  rather than 1.");
}

TEST(ReassignTextsTest, WhereAReplicaLiesIsOneOfSix) {
  const auto show = [](ReplicaPlaces places) {
    return show_places({{{BrokerId(1), tp("t", 0)}, "/x"}}, places);
  };
  const auto at = [](std::optional<std::string> current, std::optional<std::string> future) {
    return ReplicaPlaces{{{BrokerId(1), tp("t", 0)}, {std::move(current), std::move(future)}}};
  };
  EXPECT_EQ(show({}),
            "Partition t-0 is not found in any live log dir on broker 1. There is likely an "
            "offline log directory on the broker.");
  EXPECT_EQ(show(at({}, "/x")),
            "Partition t-0 cannot be found in any live log directory on broker 1.");
  EXPECT_EQ(show(at("/x", {})), "Reassignment of replica t-0-1 completed successfully.");
  EXPECT_EQ(show(at("/a", {})),
            "Partition t-0 on broker 1 is not being moved from log dir /a to /x.");
  EXPECT_EQ(show(at("/a", "/x")), "Reassignment of replica t-0-1 is still in progress.");
  EXPECT_EQ(show(at("/a", "/b")),
            "Partition t-0 on broker 1 is being moved to log dir /b instead of /x.");
}

TEST(ReassignTextsTest, OngoingMovesAreListed) {
  EXPECT_EQ(show_ongoing({}), "No partition reassignments found.");
  EXPECT_EQ(show_ongoing({{tp("t", 0), {ids({3, 1, 2}), ids({3}), ids({2})}},
                          {tp("t", 1), {ids({1, 2}), ids({1}), {}}}}),
            "Current partition reassignments:\n"
            "t-0: replicas: 3,1,2. adding: 3. removing: 2.\n"
            "t-1: replicas: 1,2. adding: 1.");
}

}  // namespace
}  // namespace barnabas::tools
