#include "tools/admin/get_offsets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/list_offsets.h"
#include "tests/unit/tools/fake_cluster.h"
#include "tools/admin/partition_filter.h"

namespace barnabas::tools {
namespace {

using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;
using ::testing::StartsWith;

TopicPartition at(std::string topic, int partition) {
  return {std::move(topic), PartitionIndex(partition)};
}

TEST(PartitionFilter, RulesAreTopicsWithRangesThatExcludeTheirEnd) {
  const auto filter = PartitionFilter::of_rules("a:1,b:0-3,c,d:5-,:-1");
  EXPECT_TRUE(filter->matches(at("a", 1)));
  EXPECT_FALSE(filter->matches(at("a", 2)));
  EXPECT_TRUE(filter->matches(at("b", 2)));
  EXPECT_FALSE(filter->matches(at("b", 3)));
  EXPECT_TRUE(filter->matches(at("c", 9)));
  EXPECT_FALSE(filter->matches(at("d", 4)));
  EXPECT_TRUE(filter->matches(at("d", 5)));
  EXPECT_TRUE(filter->matches(at("any", 0)));
  EXPECT_FALSE(filter->matches(at("any", 1)));
  EXPECT_EQ(PartitionFilter::of_rules("a:x").error(), "Invalid rule specification: a:x");
}

TEST(PartitionFilter, ATopicIsAPatternAsAWhole) {
  const auto filter = PartitionFilter::of_topic("a.*, b", "0,2");
  EXPECT_TRUE(filter->matches(at("ab", 0)));
  EXPECT_TRUE(filter->matches(at("b", 2)));
  EXPECT_FALSE(filter->matches(at("b", 1)));
  EXPECT_FALSE(filter->matches(at("bc", 0)));
  EXPECT_EQ(PartitionFilter::of_topic("[", std::nullopt).error(), "[ is an invalid regex.");
}

// Partition p of a topic ends at 10 * p; "old" is refused, and who leads "late" has just changed.
class GetOffsetsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.topic("t", {FakeCluster::ids({2}), FakeCluster::ids({3}), FakeCluster::ids({1})});
    cluster_.topic("late", {FakeCluster::ids({1})});
    cluster_.topic("old", {FakeCluster::ids({1})});
    cluster_.on_all<ListOffsetsRequest>([this](const ListOffsetsRequest& request) {
      ListOffsetsResponse response;
      for (const auto& topic : request.topics) {
        auto& answer = response.topics.emplace_back();
        answer.name = topic.name;
        for (const auto& asked : topic.partitions) {
          auto& partition = answer.partitions.emplace_back();
          partition.partition_index = asked.partition_index;
          if (topic.name == "old") partition.error_code = ErrorCode::kTopicAuthorizationFailed;
          if (topic.name == "late" && refusals_-- > 0) {
            partition.error_code = ErrorCode::kNotLeaderOrFollower;
          }
          partition.offset =
              Offset(asked.timestamp.value < 0 ? 10 * asked.partition_index.value : -1);
        }
      }
      return response;
    });
  }
  Ran run(const std::string& words) { return cluster_.run(run_get_offsets, words); }

  FakeCluster cluster_;
  int refusals_ = 2;
};

TEST_F(GetOffsetsTest, LeadersAreAskedAndOffsetsPrintedInOrder) {
  EXPECT_EQ(run("--bootstrap-server b:9001 --topic t").out, "t:0:0\nt:1:10\nt:2:20\n");
  EXPECT_EQ(run("--broker-list b:9001 --topic-partitions t:1-").out, "t:1:10\nt:2:20\n");
}

TEST_F(GetOffsetsTest, AnAnswerThatIsNotFinalIsAskedForAgain) {
  EXPECT_EQ(run("--bootstrap-server b:9001 --topic late").out, "late:0:0\n");
}

TEST_F(GetOffsetsTest, WhatWasRefusedIsSkippedAndWhatIsUnknownNotPrinted) {
  const auto ran = run("--bootstrap-server b:9001 --topic old,t --time 5");
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, StartsWith("Skip getting offsets for topic-partition old-0 due to error: "
                                  "org.apache.kafka.common.errors.TopicAuthorizationException: "));
  EXPECT_EQ(ran.code, 0);
}

TEST_F(GetOffsetsTest, WrongWordsAreErrorsThatOccurred) {
  const auto said = [this](const std::string& words) {
    return run("--bootstrap-server b:9001 " + words).err;
  };
  EXPECT_EQ(said("--foo"), "Error occurred: foo is not a recognized option\n");
  EXPECT_THAT(said("--time foo"), StartsWith("Error occurred: Malformed time argument foo. "));
  EXPECT_EQ(said("--topic nope"),
            "Error occurred: Could not match any topic-partitions with the specified filters\n");
  EXPECT_EQ(said("--topic t --topic-partitions t:0"),
            "Error occurred: --topic-partitions cannot be used with --topic or --partitions\n");
  EXPECT_EQ(said("--topic t --partitions a"),
            "Error occurred: --partitions expects a comma separated list of numeric partition ids, "
            "but received: a\n");
  EXPECT_EQ(run("--topic t").err,
            "Error occurred: Missing required option(s) [bootstrap-server]\n");
}

}  // namespace
}  // namespace barnabas::tools
