#include "tools/groups/consumer_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/delete_groups.h"
#include "protocol/messages/describe_groups.h"
#include "protocol/messages/find_coordinator.h"
#include "protocol/messages/list_groups.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_delete.h"
#include "protocol/messages/offset_fetch.h"
#include "tests/unit/tools/fake_cluster.h"

namespace barnabas::tools {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Broker 2 coordinates every group. Each log begins at 0 and ends at 10, but that of partition 1
// begins at 4.
class ConsumerGroupsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.topic("t", {FakeCluster::ids({1}), FakeCluster::ids({3})});
    answer_find_coordinator();
    answer_list_offsets();
    answer_describe();
    cluster_.on_all<protocol::OffsetFetchRequest>([this](const auto&) {
      protocol::OffsetFetchResponse response;
      auto& group = response.groups.emplace_back();
      auto& topic = group.topics.emplace_back();
      topic.name = "t";
      for (const auto& [partition, offset] : committed_) {
        topic.partitions.push_back({PartitionIndex(partition), Offset(offset)});
      }
      return response;
    });
    cluster_.on_all<protocol::OffsetCommitRequest>(
        [this](const protocol::OffsetCommitRequest& request) {
          commits_.push_back(request);
          protocol::OffsetCommitResponse response;
          for (const auto& topic : request.topics) {
            auto& result = response.topics.emplace_back();
            result.name = topic.name;
            for (const auto& partition : topic.partitions) {
              result.partitions.push_back({partition.partition_index, commit_code_});
            }
          }
          return response;
        });
  }

  void answer_find_coordinator() {
    cluster_.on_all<protocol::FindCoordinatorRequest>(
        [this](const protocol::FindCoordinatorRequest& request) {
          protocol::FindCoordinatorResponse response;
          auto& found = response.coordinators.emplace_back();
          found.key = request.coordinator_keys.front();
          found.node_id = BrokerId(2);
          found.host = "b";
          found.port = 9002;
          found.error_code = coordinator_code_;
          return response;
        });
  }

  void answer_list_offsets() {
    cluster_.on_all<protocol::ListOffsetsRequest>([](const protocol::ListOffsetsRequest& request) {
      protocol::ListOffsetsResponse response;
      for (const auto& topic : request.topics) {
        auto& result = response.topics.emplace_back();
        result.name = topic.name;
        for (const auto& asked : topic.partitions) {
          auto& partition = result.partitions.emplace_back();
          partition.partition_index = asked.partition_index;
          const bool begins_late = asked.partition_index == PartitionIndex(1);
          const Offset begin(begins_late ? 4 : 0);
          partition.offset = asked.timestamp == Timestamp(-1) ? Offset(10) : begin;
        }
      }
      return response;
    });
  }

  void answer_describe() {
    cluster_.on_all<protocol::DescribeGroupsRequest>(
        [this](const protocol::DescribeGroupsRequest& request) {
          protocol::DescribeGroupsResponse response;
          auto& group = response.groups.emplace_back();
          group.group_id = request.groups.front();
          group.group_state = states_.contains(group.group_id) ? states_[group.group_id] : "Dead";
          group.protocol_type = protocol_type_;
          if (moves_-- > 0) group.error_code = ErrorCode::kNotCoordinator;
          return response;
        });
  }

  Ran run(const std::string& words) {
    return cluster_.run(run_consumer_groups, "--bootstrap-server b:9001 " + words);
  }

  FakeCluster cluster_;
  std::map<std::string, std::string> states_;
  std::map<int, int> committed_;
  std::vector<protocol::OffsetCommitRequest> commits_;
  std::string protocol_type_ = "consumer";
  ErrorCode coordinator_code_ = ErrorCode::kNone;
  ErrorCode commit_code_ = ErrorCode::kNone;
  int moves_ = 0;
};

TEST_F(ConsumerGroupsTest, TheLagOfAGroupWithoutMembersIsShown) {
  states_["g"] = "Empty";
  committed_ = {{0, 3}};
  const auto ran = run("--describe --group g");
  EXPECT_THAT(ran.out, EndsWith("\ng               t               0          3               10   "
                                "           7               -               -               -"));
  EXPECT_EQ(ran.err, "\nConsumer group 'g' has no active members.\n");
  EXPECT_EQ(ran.code, 0);
}

TEST_F(ConsumerGroupsTest, AGroupThatIsNotThereIsNamed) {
  EXPECT_EQ(run("--describe --group g").out, "\nError: Consumer group 'g' does not exist.\n");
  EXPECT_EQ(run("--describe --group g").code, 0) << "as Kafka's";
}

TEST_F(ConsumerGroupsTest, AGroupOfAnotherProtocolIsNotShown) {
  states_["g"] = "Stable";
  protocol_type_ = "connect";
  EXPECT_EQ(run("--describe --group g").out,
            "\nError: Executing consumer group command failed due to "
            "java.lang.IllegalArgumentException: GroupId g is not a consumer group (connect).\n");
}

TEST_F(ConsumerGroupsTest, ACoordinatorThatMovedIsLookedForAgain) {
  states_["g"] = "Stable";
  moves_ = 3;
  EXPECT_THAT(run("--describe --group g --state").out, HasSubstr("b:9002  (2)"));
}

TEST_F(ConsumerGroupsTest, TheTimeoutEndsTheSearchForACoordinator) {
  coordinator_code_ = ErrorCode::kCoordinatorNotAvailable;
  const auto before = cluster_.loop.clock.now();
  const auto ran = run("--describe --group g --timeout 1500");
  EXPECT_EQ(ran.out,
            "\nError: Executing consumer group command failed due to "
            "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node "
            "assignment. Call: describeConsumerGroups(api=FIND_COORDINATOR)\n");
  EXPECT_LT(cluster_.loop.clock.now() - before, std::chrono::seconds(2));
}

TEST_F(ConsumerGroupsTest, EveryBrokersGroupsAreListed) {
  for (const auto port : FakeCluster::kPorts) {
    cluster_.network.on<protocol::ListGroupsRequest>(port, [port](const auto& request) {
      protocol::ListGroupsResponse response;
      const bool all = request.states_filter.empty();
      if (all || port == 9001) {
        response.groups.push_back({std::to_string(port), "consumer", "Stable", "classic"});
      }
      response.groups.push_back({"other", "connect", "Stable", "classic"});
      return response;
    });
  }
  EXPECT_EQ(run("--list").out, "9003\n9001\n9002\n") << "in the order of a Java hash table";
  EXPECT_EQ(run("--list --state stable --type").out,
            "GROUP                     TYPE                 STATE               \n"
            "9001                      Classic              Stable              \n");
}

TEST_F(ConsumerGroupsTest, OnlyAnExecutedResetCommits) {
  states_["g"] = "Empty";
  const std::string reset = "--reset-offsets --group g --topic t --to-earliest";
  EXPECT_THAT(run(reset).err, StartsWith("WARN: No action will be performed"));
  EXPECT_THAT(run(reset + " --dry-run").err, IsEmpty());
  EXPECT_THAT(commits_, IsEmpty());
  EXPECT_EQ(run(reset + " --execute --export").out, "t,1,4\nt,0,0\n\n");
  ASSERT_EQ(commits_.size(), 1U);
  EXPECT_EQ(commits_[0].generation_id_or_member_epoch, Generation(-1));
  ASSERT_EQ(commits_[0].topics.size(), 1U);
  EXPECT_EQ(commits_[0].topics[0].partitions[1].committed_offset, Offset(4));
}

TEST_F(ConsumerGroupsTest, AnOffsetOutsideOfTheLogIsMovedWithAWarning) {
  states_["g"] = "Empty";
  committed_ = {{1, 5}};
  const auto ran = run("--reset-offsets --group g --all-topics --shift-by -3 --dry-run --export");
  EXPECT_EQ(ran.out, "t,1,4\n\n");
  EXPECT_THAT(ran.err, HasSubstr(" WARN New offset (2) is lower than earliest offset for topic "
                                 "partition t-1. Value will be set to 4 "));
}

TEST_F(ConsumerGroupsTest, AGroupWithMembersIsNotReset) {
  states_["g"] = "Stable";
  EXPECT_THAT(run("--reset-offsets --group g --topic t --to-earliest --execute").out,
              StartsWith("\nError: Assignments can only be reset if the group 'g' is inactive, but "
                         "the current state is Stable.\n"));
  EXPECT_THAT(commits_, IsEmpty());
}

TEST_F(ConsumerGroupsTest, ACommitThatIsRefusedIsNamed) {
  states_["g"] = "Empty";
  commit_code_ = ErrorCode::kGroupAuthorizationFailed;
  EXPECT_EQ(run("--reset-offsets --group g --topic t:0 --to-latest --execute").out,
            "\nError: Executing consumer group command failed due to "
            "java.util.concurrent.ExecutionException: "
            "org.apache.kafka.common.errors.GroupAuthorizationException: Failed altering consumer "
            "group offsets for the following partitions: [t-0]\n");
}

TEST_F(ConsumerGroupsTest, EachGroupThatCannotBeDeletedIsNamed) {
  cluster_.on_all<protocol::DeleteGroupsRequest>([](const protocol::DeleteGroupsRequest& request) {
    protocol::DeleteGroupsResponse response;
    const auto group = request.groups_names.front();
    response.results.push_back(
        {group, group == "used" ? ErrorCode::kNonEmptyGroup : ErrorCode::kNone});
    return response;
  });
  EXPECT_EQ(run("--delete --group a").out,
            "Deletion of requested consumer groups ('a') was successful.\n");
  EXPECT_EQ(run("--delete --group a --group used --group b").out,
            "\nError: Deletion of some consumer groups failed:\n"
            "* Group 'used' could not be deleted due to: java.util.concurrent.ExecutionException: "
            "org.apache.kafka.common.errors.GroupNotEmptyException: The group is not empty.\n"
            "\nThese consumer groups were deleted successfully: 'a'b', '\n");
}

TEST_F(ConsumerGroupsTest, DeletedOffsetsAreShownOneByOne) {
  cluster_.on_all<protocol::OffsetDeleteRequest>([](const protocol::OffsetDeleteRequest& request) {
    protocol::OffsetDeleteResponse response;
    for (const auto& topic : request.topics) {
      auto& result = response.topics.emplace_back();
      result.name = topic.name;
      for (const auto& partition : topic.partitions) {
        const bool used = partition.partition_index == PartitionIndex(1);
        result.partitions.push_back({partition.partition_index,
                                     used ? ErrorCode::kGroupSubscribedToTopic : ErrorCode::kNone});
      }
    }
    return response;
  });
  EXPECT_THAT(run("--delete-offsets --group g --topic t:0").out,
              StartsWith("Request succeed for deleting offsets with topic t:0 group g\n"));
  const auto ran = run("--delete-offsets --group g --topic t --topic nope");
  EXPECT_THAT(ran.out, StartsWith("\nError: Encounter some partition level error, see the "
                                  "follow-up details:\n"));
  EXPECT_THAT(ran.out, HasSubstr("nope                           Not Provided    Error: "
                                 ":org.apache.kafka.common.errors.UnknownTopicOrPartition"));
  EXPECT_THAT(ran.out, HasSubstr("t                              0               Successful"));
}

TEST_F(ConsumerGroupsTest, ATopicThatIsNotThereEndsTheCommand) {
  states_["g"] = "Empty";
  EXPECT_THAT(run("--reset-offsets --group g --topic nope:1 --to-earliest --dry-run").out,
              EndsWith("UnknownTopicOrPartitionException: Failed to fetch metadata for partition "
                       "nope-1 because metadata for topic `nope` could not be found\n"));
}

TEST_F(ConsumerGroupsTest, AWrongCommandLineIsNamed) {
  const std::map<std::string, std::string> sentences{
      {"",
       "Command must include exactly one action: --list, --describe, --delete, "
       "--reset-offsets, --delete-offsets"},
      {"--list --group g", "Option \"[group]\" can't be used with option \"[list]\""},
      {"--describe",
       "Option [describe] takes one of these options: [reset-offsets], [describe], "
       "[delete], [list]"},
      {"--describe --group g --state Stable",
       "Option [describe] does not take a value for [state]"},
      {"--delete --group g --topic t",
       "The consumer does not support topic-specific offset deletion from a consumer group."},
      {"--list --state foo",
       "Invalid state list 'foo'. Valid states are: PreparingRebalance, CompletingRebalance, "
       "Stable, Dead, Empty, Assigning, Reconciling"},
      {"--list --type foo", "Invalid types list 'foo'. Valid types are: Consumer, Classic"},
      {"--reset-offsets --dry-run --group g --to-latest --shift-by 1",
       "Option \"[to-latest]\" can't be used with option \"[shift-by]\""}};
  for (const auto& [words, sentence] : sentences) {
    const auto ran = run(words);
    EXPECT_THAT(ran.err, StartsWith(sentence + "\nOption ")) << words;
    EXPECT_EQ(ran.code, 1) << words;
  }
  EXPECT_THAT(cluster_.run(run_consumer_groups, "--list").err,
              StartsWith("Missing required argument \"[bootstrap-server]\"\nOption "));
}

TEST_F(ConsumerGroupsTest, WhatOnlyShowsWhenItIsUsedIsNoFailure) {
  const auto ran = run("--list --timeout x");
  EXPECT_EQ(ran.out,
            "\nError: Executing consumer group command failed due to Cannot parse argument 'x' of "
            "option timeout\n");
  EXPECT_EQ(ran.code, 0) << "as Kafka's";
}

}  // namespace
}  // namespace barnabas::tools
