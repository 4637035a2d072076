#include "tools/admin/delete_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/delete_records.h"
#include "tests/unit/tools/fake_cluster.h"

namespace barnabas::tools {
namespace {

using protocol::DeleteRecordsRequest;
using protocol::DeleteRecordsResponse;
using ::testing::StartsWith;

class DeleteRecordsTest : public ::testing::Test {
 protected:
  // Each leader begins where it is told; "old" is refused, "late" is told of by who no longer leads.
  void SetUp() override {
    cluster_.on_all<DeleteRecordsRequest>([this](const DeleteRecordsRequest& request) {
      DeleteRecordsResponse response;
      for (const auto& topic : request.topics) {
        auto& result = response.topics.emplace_back();
        result.name = topic.name;
        for (const auto& partition : topic.partitions) {
          auto code = ErrorCode::kNone;
          if (topic.name == "old") code = ErrorCode::kOffsetOutOfRange;
          if (topic.name == "late" && refusals_-- > 0) code = ErrorCode::kNotLeaderOrFollower;
          result.partitions.push_back({partition.partition_index, partition.offset, code});
        }
      }
      return response;
    });
  }

  Ran run(const std::string& json) {
    const auto path = write_file("offsets.json", json);
    return cluster_.run(run_delete_records, "--bootstrap-server b:9001 --offset-json-file " + path);
  }

  FakeCluster cluster_;
  int refusals_ = 0;
};

TEST_F(DeleteRecordsTest, EachPartitionsNewStartIsPrinted) {
  cluster_.topic("t", {FakeCluster::ids({2}), FakeCluster::ids({3})});
  cluster_.topic("old", {FakeCluster::ids({1})});
  const auto ran = run(R"({"partitions":[{"topic":"t","partition":0,"offset":5},)"
                       R"({"topic":"t","partition":1,"offset":6},)"
                       R"({"topic":"old","partition":0,"offset":7}],"version":1})");
  EXPECT_THAT(ran.out, StartsWith("Executing records delete operation\n"
                                  "Records delete operation completed:\n"));
  EXPECT_THAT(ran.out, ::testing::HasSubstr("partition: t-0\tlow_watermark: 5\n"));
  EXPECT_THAT(ran.out, ::testing::HasSubstr("partition: t-1\tlow_watermark: 6\n"));
  EXPECT_THAT(ran.out,
              ::testing::HasSubstr("partition: old-0\terror: "
                                   "org.apache.kafka.common.errors.OffsetOutOfRangeException: "));
  EXPECT_EQ(ran.code, 0);
}

TEST_F(DeleteRecordsTest, ALeaderThatMovedIsLookedForAgain) {
  cluster_.topic("late", {FakeCluster::ids({2})});
  refusals_ = 2;
  EXPECT_THAT(run(R"({"partitions":[{"topic":"late","partition":0,"offset":5}]})").out,
              ::testing::EndsWith("partition: late-0\tlow_watermark: 5\n"));
}

TEST_F(DeleteRecordsTest, APartitionWithoutALeaderIsGivenUpInAMinute) {
  const auto before = cluster_.loop.clock.now();
  const auto ran = run(R"({"partitions":[{"topic":"nope","partition":0,"offset":5}]})");
  EXPECT_THAT(ran.out,
              ::testing::HasSubstr("partition: nope-0\terror: "
                                   "org.apache.kafka.common.errors.TimeoutException: Call("));
  EXPECT_EQ(ran.code, 0) << "as Kafka's";
  EXPECT_GE(cluster_.loop.clock.now() - before, AdminConfig().call_timeout);
}

TEST_F(DeleteRecordsTest, AFileThatIsNotRightIsNamed) {
  EXPECT_EQ(run("nope").err, "The input string is not a valid JSON\n");
  EXPECT_EQ(run("[]").err, "Expected JSON object, received []\n");
  EXPECT_EQ(run("{}").err, "Missing partitions field\n");
  EXPECT_EQ(run(R"({"version":2,"partitions":[]})").err, "Not supported version field value 2\n");
  EXPECT_EQ(run(R"({"partitions":[{"topic":"t","partition":0}]})").err,
            "No such field exists: `offset`\n");
  EXPECT_EQ(run(R"({"partitions":[{"topic":"t","partition":0,"offset":"x"}]})").err,
            "Expected `Long` value, received \"x\"\n");
  EXPECT_EQ(run(R"({"partitions":[{"topic":"t","partition":0,"offset":1},)"
                R"({"topic":"t","partition":0,"offset":2}]})")
                .err,
            "Offset json file contains duplicate topic partitions: t-0\n");
  EXPECT_EQ(run("{}").code, 1);
  const auto missing =
      cluster_.run(run_delete_records, "--bootstrap-server b:9001 --offset-json-file /none.json");
  EXPECT_EQ(missing.err, "Unable to read file /none.json\n");
}

TEST_F(DeleteRecordsTest, AWrongCommandLineIsNamed) {
  EXPECT_THAT(cluster_.run(run_delete_records, "").err,
              StartsWith("This tool helps to delete records of the given partitions down to the "
                         "specified offset.\nOption "));
  EXPECT_THAT(cluster_.run(run_delete_records, "--bootstrap-server b:9001").err,
              StartsWith("Missing required argument \"[offset-json-file]\"\nOption "));
  EXPECT_EQ(cluster_.run(run_delete_records, "--foo").err, "foo is not a recognized option\n");
  EXPECT_EQ(cluster_.run(run_delete_records, "--version").out, "3.9.1\n");
}

}  // namespace
}  // namespace barnabas::tools
