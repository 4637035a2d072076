#include "tools/admin/log_dirs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tools/fake_cluster.h"

namespace barnabas::tools {
namespace {

using protocol::DescribeLogDirsRequest;
using protocol::DescribeLogDirsResponse;

DescribeLogDirsResponse two_directories() {
  DescribeLogDirsResponse response;
  auto& good = response.results.emplace_back();
  good.log_dir = "/d/a";
  auto& topic = good.topics.emplace_back();
  topic.name = "t";
  topic.partitions.push_back({PartitionIndex(0), 151, 2, true});
  good.topics.emplace_back().name = "empty";
  auto& bad = response.results.emplace_back();
  bad.log_dir = "/d/b";
  bad.error_code = ErrorCode::kKafkaStorageError;
  return response;
}

class LogDirsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.on_all<DescribeLogDirsRequest>(
        [](const DescribeLogDirsRequest&) { return two_directories(); });
  }
  Ran run(const std::string& line) {
    return cluster_.run(run_log_dirs, "--bootstrap-server b:9001 " + line);
  }

  FakeCluster cluster_;
};

TEST_F(LogDirsTest, TheDirectoriesOfEachBrokerAskedForAreOneLineOfJson) {
  const auto ran = run("--describe --broker-list 2");
  EXPECT_THAT(ran.out, ::testing::StartsWith("Querying brokers for log directories information\n"
                                             "Received log directory information from brokers 2\n"
                                             "{\"brokers\":[{\"broker\":2,\"logDirs\":["));
  EXPECT_THAT(ran.out,
              ::testing::HasSubstr(R"({"partitions":[{"partition":"t-0","size":151,"offsetLag":2,)"
                                   R"("isFuture":true}],"error":null,"logDir":"/d/a"})"));
  EXPECT_THAT(
      ran.out,
      ::testing::HasSubstr(
          R"({"partitions":[],"error":"org.apache.kafka.common.errors.KafkaStorageException",)"
          R"("logDir":"/d/b"})"));
  EXPECT_THAT(ran.out, ::testing::EndsWith("}],\"version\":1}\n"));
  EXPECT_EQ(ran.code, 0);
}

TEST_F(LogDirsTest, OnlyTheTopicsAskedForAreShown) {
  EXPECT_THAT(run("--describe --topic-list u,t").out, ::testing::HasSubstr("\"t-0\""));
  EXPECT_THAT(run("--describe --topic-list u").out,
              ::testing::Not(::testing::HasSubstr("\"t-0\"")));
}

TEST_F(LogDirsTest, WithoutAListEveryBrokerIsAsked) {
  EXPECT_THAT(run("--describe").out, ::testing::HasSubstr("from brokers 1,2,3\n"));
}

TEST_F(LogDirsTest, ABrokerThatIsNotThereIsNamed) {
  const auto ran = run("--describe --broker-list 22,19,1");
  EXPECT_EQ(ran.err,
            "ERROR: The given brokers do not exist from --broker-list: 19,22. Current existent "
            "brokers: 1,2,3\n");
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(run("--describe --broker-list x").err, "For input string: \"x\"\n");
}

TEST_F(LogDirsTest, WithoutAnyBrokerItSaysSo) {
  for (const auto port : FakeCluster::kPorts) cluster_.network.down(port);
  const auto ran = run("--describe");
  EXPECT_EQ(ran.err,
            "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node "
            "assignment. Call: listNodes\n");
  EXPECT_EQ(ran.code, 1);
}

TEST_F(LogDirsTest, AWrongCommandLineIsNamed) {
  EXPECT_THAT(run("").err, ::testing::StartsWith("Missing required argument \"[describe]\"\n"));
  EXPECT_THAT(cluster_.run(run_log_dirs, "--describe").err,
              ::testing::StartsWith("Missing required argument \"[bootstrap-server]\"\n"));
  EXPECT_EQ(run("--describe --command-config /none").err, "/none\n");
}

}  // namespace
}  // namespace barnabas::tools
