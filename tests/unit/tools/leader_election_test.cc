#include "tools/admin/leader_election.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/elect_leaders.h"
#include "tests/unit/tools/fake_cluster.h"

namespace barnabas::tools {
namespace {

using protocol::ElectLeadersRequest;
using protocol::ElectLeadersResponse;

class LeaderElectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.on_all<ElectLeadersRequest>([this](const ElectLeadersRequest& request) {
      asked_ = request;
      return answer_;
    });
  }

  void result(const std::string& topic, ErrorCode code, std::optional<std::string> told = {}) {
    auto& added = answer_.replica_election_results.emplace_back();
    added.topic = topic;
    added.partition_result.push_back({PartitionIndex(0), code, std::move(told)});
  }

  Ran run(const std::string& line) {
    return cluster_.run(run_leader_election, "--bootstrap-server b:9001 " + line);
  }
  std::string refusal(const std::string& line) { return run(line).err; }

  FakeCluster cluster_;
  ElectLeadersRequest asked_;
  ElectLeadersResponse answer_;
};

TEST_F(LeaderElectionTest, WhatBecameOfEachPartitionIsPrinted) {
  result("a", ErrorCode::kNone);
  result("b", ErrorCode::kElectionNotNeeded);
  result("c", ErrorCode::kPreferredLeaderNotAvailable, "it is down");
  const auto ran = run("--election-type preferred --all-topic-partitions");
  EXPECT_EQ(ran.out,
            "Successfully completed leader election (PREFERRED) for partitions a-0\n"
            "Valid replica already elected for partitions b-0\n"
            "Error completing leader election (PREFERRED) for partition: c-0: "
            "org.apache.kafka.common.errors.PreferredLeaderNotAvailableException: it is down\n");
  EXPECT_EQ(ran.err, "1 replica(s) could not be elected\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(asked_.topic_partitions, std::nullopt) << "all of them";
}

TEST_F(LeaderElectionTest, TheControllerIsAskedForOnePartitionOrThoseOfAFile) {
  EXPECT_EQ(run("--election-type UNCLEAN --topic t --partition 4").code, 0);
  EXPECT_EQ(asked_.election_type, 1);
  EXPECT_EQ(asked_.topic_partitions->at(0).topic, "t");
  EXPECT_EQ(asked_.topic_partitions->at(0).partitions.at(0), PartitionIndex(4));
  EXPECT_EQ(cluster_.network.asked.back(), "9001 ElectLeaders");
  const auto path =
      write_file("election.json", R"({"partitions":[{"topic":"u","partition":1},)"
                                  R"({"topic":"u","partition":2},{"topic":"v","partition":0}]})");
  run("--election-type preferred --path-to-json-file " + path);
  EXPECT_EQ(asked_.topic_partitions->size(), 2u);
  EXPECT_EQ(asked_.topic_partitions->at(0).partitions.size(), 2u);
}

TEST_F(LeaderElectionTest, ItGivesUpAfterHalfAMinute) {
  for (const auto port : FakeCluster::kPorts) cluster_.network.down(port);
  const auto before = cluster_.loop.clock.now();
  const auto ran = run("--election-type preferred --all-topic-partitions");
  EXPECT_EQ(ran.out, "Timeout waiting for election results\n");
  EXPECT_EQ(ran.err, "Timeout waiting for election results\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(cluster_.loop.clock.now() - before, std::chrono::seconds(30));
}

TEST_F(LeaderElectionTest, WhatIsMissingOrTooMuchIsNamed) {
  EXPECT_EQ(cluster_.run(run_leader_election, "--topic a").err,
            "Missing required option(s): bootstrap-server, election-type\n");
  const std::string one_of =
      "One and only one of the following options is required: topic, all-topic-partitions, "
      "path-to-json-file\n";
  EXPECT_EQ(refusal("--election-type preferred"), one_of);
  EXPECT_EQ(refusal("--election-type preferred --topic t --partition 0 --all-topic-partitions"),
            one_of);
  EXPECT_EQ(refusal("--election-type preferred --topic t"),
            "Missing required option(s): partition\n");
  EXPECT_EQ(refusal("--election-type preferred --all-topic-partitions --partition 0"),
            "Option partition is only allowed if topic is used\n");
  EXPECT_EQ(refusal("--election-type foo --all-topic-partitions"),
            "Cannot parse argument 'foo' of option election-type\n");
  EXPECT_EQ(refusal("--election-type preferred --topic t --partition x"),
            "Cannot parse argument 'x' of option partition\n");
}

TEST_F(LeaderElectionTest, AFileThatIsNotRightIsNamed) {
  const auto with = [&](const std::string& json) {
    return refusal("--election-type preferred --path-to-json-file " +
                   write_file("election.json", json));
  };
  EXPECT_EQ(with("nope"), "Replica election data is empty\n");
  EXPECT_EQ(with("{}"), "Replica election data is missing \"partitions\" field\n");
  EXPECT_EQ(with(R"({"partitions":[{"topic":"t","partition":1},{"topic":"t","partition":1}]})"),
            "Replica election data contains duplicate partitions: [t-1]\n");
}

}  // namespace
}  // namespace barnabas::tools
