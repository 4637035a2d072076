#include "tools/reassign/reassign_partitions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/alter_partition_reassignments.h"
#include "protocol/messages/alter_replica_log_dirs.h"
#include "protocol/messages/describe_log_dirs.h"
#include "protocol/messages/incremental_alter_configs.h"
#include "protocol/messages/list_partition_reassignments.h"
#include "tests/unit/tools/fake_cluster.h"

namespace barnabas::tools {
namespace {

using protocol::AlterPartitionReassignmentsRequest;
using protocol::AlterPartitionReassignmentsResponse;
using protocol::AlterReplicaLogDirsRequest;
using protocol::AlterReplicaLogDirsResponse;
using protocol::DescribeLogDirsRequest;
using protocol::DescribeLogDirsResponse;
using protocol::IncrementalAlterConfigsRequest;
using protocol::IncrementalAlterConfigsResponse;
using protocol::ListPartitionReassignmentsRequest;
using protocol::ListPartitionReassignmentsResponse;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Topic t has partitions 0 on 1,2 and 1 on 2,3. What a broker is told is written down.
class ReassignPartitionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.topic("t", {FakeCluster::ids({1, 2}), FakeCluster::ids({2, 3})});
    cluster_.on_all<ListPartitionReassignmentsRequest>([this](const auto&) { return ongoing_; });
    cluster_.on_all<AlterPartitionReassignmentsRequest>(
        [this](const auto& request) { return reassign(request); });
    cluster_.on_all<IncrementalAlterConfigsRequest>(
        [this](const auto& request) { return change(request); });
    cluster_.on_all<DescribeLogDirsRequest>([this](const auto&) { return directories_; });
    cluster_.on_all<AlterReplicaLogDirsRequest>(
        [this](const auto& request) { return move(request); });
  }

  AlterPartitionReassignmentsResponse reassign(const AlterPartitionReassignmentsRequest& request) {
    AlterPartitionReassignmentsResponse response;
    for (const auto& topic : request.topics) {
      auto& results = response.responses.emplace_back();
      results.name = topic.name;
      for (const auto& partition : topic.partitions) {
        told_.push_back(fmt::format("{}-{} {}", topic.name, partition.partition_index.value,
                                    partition.replicas ? "moves" : "stays"));
        results.partitions.push_back({partition.partition_index, refusal_, std::nullopt});
      }
    }
    return response;
  }

  IncrementalAlterConfigsResponse change(const IncrementalAlterConfigsRequest& request) {
    for (const auto& resource : request.resources) {
      for (const auto& config : resource.configs) {
        const auto value = config.config_operation == 0 ? "=" + *config.value : " removed";
        told_.push_back(resource.resource_name + ": " + config.name + value);
      }
    }
    return {};
  }

  AlterReplicaLogDirsResponse move(const AlterReplicaLogDirsRequest& request) {
    AlterReplicaLogDirsResponse response;
    for (const auto& dir : request.dirs) {
      for (const auto& topic : dir.topics) {
        auto& results = response.results.emplace_back();
        results.topic_name = topic.name;
        const auto code = not_there_yet_-- > 0 ? ErrorCode::kReplicaNotAvailable : move_refusal_;
        for (const auto index : topic.partitions) results.partitions.push_back({index, code});
      }
    }
    return response;
  }

  void is_moving(int partition, std::initializer_list<int> adding,
                 std::initializer_list<int> removing) {
    auto& topic = ongoing_.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({PartitionIndex(partition), FakeCluster::ids({3, 1, 2}),
                                FakeCluster::ids(adding), FakeCluster::ids(removing)});
  }

  Ran run(const std::string& line) {
    const auto tool = [](const auto& words, const OpenClient& open, Console console) {
      return run_reassign_partitions(words, open, [] { return 0; }, console);
    };
    return cluster_.run(tool, "--bootstrap-server b:9001 " + line);
  }
  Ran with_file(const std::string& line, const std::string& json) {
    return run(line + " --reassignment-json-file " + write_file("reassign.json", json));
  }

  const std::string target_ = R"({"partitions":[{"topic":"t","partition":0,"replicas":[3,1]}]})";
  const std::string to_x_ =
      R"({"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["/x","any"]}]})";
  FakeCluster cluster_;
  ListPartitionReassignmentsResponse ongoing_;
  DescribeLogDirsResponse directories_;
  ErrorCode refusal_ = ErrorCode::kNone;
  ErrorCode move_refusal_ = ErrorCode::kNone;
  int not_there_yet_ = 0;
  std::vector<std::string> told_;
};

TEST_F(ReassignPartitionsTest, ExecuteShowsTheWayBackAndBegins) {
  const auto ran = with_file("--execute", target_);
  EXPECT_EQ(ran.out,
            "Current partition replica assignment\n\n"
            R"({"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],)"
            R"("log_dirs":["any","any"]}]})"
            "\n\nSave this to use as the --reassignment-json-file option during rollback\n"
            "Successfully started partition reassignment for t-0\n");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(told_, ElementsAre("t-0 moves"));
  EXPECT_EQ(cluster_.network.asked.back(), "9001 AlterPartitionReassignments");
}

// If it were slowed down after it began, it could be over by then.
TEST_F(ReassignPartitionsTest, ThrottlesAreSetBeforeAnythingMoves) {
  const auto ran = with_file("--execute --throttle 1000", target_);
  EXPECT_THAT(ran.out, HasSubstr("Warning: You must run --verify periodically"));
  EXPECT_THAT(ran.out, HasSubstr("The inter-broker throttle limit was set to 1000 B/s\nSucc"));
  EXPECT_THAT(told_, ElementsAre("t: leader.replication.throttled.replicas=0:1,0:2",
                                 "t: follower.replication.throttled.replicas=0:3",
                                 "1: leader.replication.throttled.rate=1000",
                                 "1: follower.replication.throttled.rate=1000",
                                 "2: leader.replication.throttled.rate=1000",
                                 "2: follower.replication.throttled.rate=1000",
                                 "3: leader.replication.throttled.rate=1000",
                                 "3: follower.replication.throttled.rate=1000", "t-0 moves"));
}

TEST_F(ReassignPartitionsTest, WhileAnotherMovesExecuteNeedsToBeToldSo) {
  is_moving(1, {3}, {2});
  const auto ran = with_file("--execute", target_);
  EXPECT_THAT(ran.out, StartsWith("Cannot execute because there is an existing partition "
                                  "assignment.  Use --additional"));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(told_, ElementsAre());
  EXPECT_EQ(with_file("--execute --additional", target_).code, 0);
}

TEST_F(ReassignPartitionsTest, WhatCannotBeExecutedIsAnErrorOnStandardOutput) {
  const auto execute = [&](const std::string& json) {
    const auto ran = with_file("--execute", json);
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.err, "");
    return ran.out;
  };
  EXPECT_EQ(execute(R"({"partitions":[{"topic":"t","partition":0,"replicas":[9]}]})"),
            "Error: Unknown broker id 9\n");
  const std::string unknown =
      "Error: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: ";
  EXPECT_EQ(execute(R"({"partitions":[{"topic":"nope","partition":0,"replicas":[1]}]})"),
            unknown + "Topic nope not found.\n");
  EXPECT_EQ(execute(R"({"partitions":[{"topic":"t","partition":7,"replicas":[1]}]})"),
            unknown + "Unable to find partition: t-7\n");
  EXPECT_EQ(execute("{}"), "Error: Partition reassignment list cannot be empty\n");
  refusal_ = ErrorCode::kInvalidReplicaAssignment;
  EXPECT_THAT(execute(target_), EndsWith("\nError reassigning partition(s):\nt-0: Replica "
                                         "assignment is invalid.\n"));
}

TEST_F(ReassignPartitionsTest, AReplicaThatIsStillBeingMadeIsMovedLater) {
  not_there_yet_ = 3;
  EXPECT_THAT(with_file("--execute", to_x_).out,
              EndsWith("Successfully started moving log directory to /x for replica t-0 with "
                       "broker 1 \n"));
  not_there_yet_ = 1000000;
  const auto ran = with_file("--execute --timeout 500", to_x_);
  EXPECT_THAT(ran.out,
              EndsWith("Timed out before log directory move could be started for: t-0-1\n"));
  EXPECT_EQ(ran.code, 1);
}

TEST_F(ReassignPartitionsTest, ADirectoryTheBrokerDoesNotHaveIsAnError) {
  move_refusal_ = ErrorCode::kLogDirNotFound;
  EXPECT_THAT(with_file("--execute", to_x_).out,
              EndsWith("\nError: Failed to alter dir for t-0-1\n"));
}

TEST_F(ReassignPartitionsTest, VerifyTakesTheThrottlesAwayOnceNothingMoves) {
  EXPECT_EQ(with_file("--verify", target_).out,
            "Status of partition reassignment:\n"
            "There is no active reassignment of partition t-0, but replica set is 1,2 rather than "
            "3,1.\n\n"
            "Clearing broker-level throttles on brokers 1,2,3\n"
            "Clearing topic-level throttles on topic t\n");
  EXPECT_EQ(told_.size(), 3u * 3u + 2u);
  EXPECT_EQ(told_.front(), "1: leader.replication.throttled.rate removed");
  EXPECT_EQ(told_.back(), "t: follower.replication.throttled.replicas removed");
  told_.clear();
  EXPECT_THAT(with_file("--verify --preserve-throttles", target_).out, EndsWith("3,1.\n\n"));
  is_moving(0, {3}, {2});
  EXPECT_EQ(with_file("--verify", target_).out,
            "Status of partition reassignment:\n"
            "Reassignment of partition t-0 is still in progress.\n\n");
  EXPECT_THAT(told_, ElementsAre());
}

TEST_F(ReassignPartitionsTest, CancelGoesBackAndLeavesTheThrottlesIfToldSo) {
  is_moving(0, {3}, {2});
  EXPECT_EQ(with_file("--cancel --preserve-throttles", target_).out,
            "Successfully cancelled partition reassignment for: t-0\n"
            "None of the specified partition moves are active.");
  EXPECT_THAT(told_, ElementsAre("t-0 stays"));
  ongoing_.topics.clear();
  EXPECT_EQ(with_file("--cancel", target_).out,
            "None of the specified partition reassignments are active.\n"
            "None of the specified partition moves are active."
            "Clearing broker-level throttles on brokers 1,2,3\n"
            "Clearing topic-level throttles on topic t\n");
}

// Kafka 3.9's tool does not see these.
TEST_F(ReassignPartitionsTest, AReassignmentThatOnlyAddsCanBeCancelled) {
  is_moving(0, {3}, {});
  EXPECT_THAT(with_file("--cancel", target_).out,
              StartsWith("Successfully cancelled partition reassignment for: t-0\n"));
}

TEST_F(ReassignPartitionsTest, AReplicaOnItsWayToADirectoryIsSentBack) {
  for (const bool future : {false, true}) {
    auto& directory = directories_.results.emplace_back();
    directory.log_dir = future ? "/x" : "/here";
    auto& topic = directory.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({PartitionIndex(0), 1, 0, future});
  }
  EXPECT_THAT(with_file("--verify", to_x_).out,
              EndsWith("Reassignment of replica t-0-1 is still in progress.\n"));
  EXPECT_THAT(with_file("--cancel", to_x_).out,
              HasSubstr("Successfully started moving log directory to /here for replica t-0 with "
                        "broker 1 \n"));
}

TEST_F(ReassignPartitionsTest, GenerateProposesAndChangesNothing) {
  const auto path = write_file("topics.json", R"({"topics":[{"topic":"t"}]})");
  const auto generate = [&](const std::string& brokers) {
    return run("--generate --topics-to-move-json-file " + path + " --broker-list " + brokers);
  };
  const auto ran = generate("1,3");
  EXPECT_THAT(ran.out, StartsWith("Current partition replica assignment\n"
                                  R"({"version":1,"partitions":[{"topic":"t","partition":0,)"
                                  R"("replicas":[1,2],)"));
  EXPECT_THAT(ran.out, HasSubstr("\n\nProposed partition reassignment configuration\n"
                                 R"({"version":1,"partitions":[{"topic":"t","partition":0,)"));
  EXPECT_THAT(told_, ElementsAre());
  EXPECT_EQ(generate("1").out, "Error: Replication factor: 2 larger than available brokers: 1.\n");
  EXPECT_EQ(generate("1,1").out, "Error: Broker list contains duplicate entries: [1]\n");
  EXPECT_EQ(generate("1,x").out, "Error: For input string: \"x\"\n");
}

TEST_F(ReassignPartitionsTest, ListShowsWhatMoves) {
  EXPECT_EQ(run("--list").out, "No partition reassignments found.\n");
  is_moving(0, {3}, {2});
  EXPECT_EQ(run("--list").out,
            "Current partition reassignments:\n"
            "t-0: replicas: 3,1,2. adding: 3. removing: 2.\n");
}

TEST_F(ReassignPartitionsTest, AWrongCommandLineIsNamed) {
  const auto refusal = [&](const std::string& line) {
    const auto ran = run(line);
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "");
    return ran.err.substr(0, ran.err.find('\n'));
  };
  const std::string one_action =
      "Command must include exactly one action: --generate, --execute, --verify, --cancel, --list";
  EXPECT_EQ(refusal(""), one_action);
  EXPECT_EQ(refusal("--list --verify"), one_action);
  EXPECT_EQ(refusal("--execute"), "Missing required argument \"[reassignment-json-file]\"");
  EXPECT_EQ(refusal("--generate"), "Missing required argument \"[topics-to-move-json-file]\"");
  EXPECT_EQ(refusal("--generate --topics-to-move-json-file f"),
            "Missing required argument \"[broker-list]\"");
  EXPECT_EQ(refusal("--list --throttle 3"),
            "Option \"[throttle]\" can't be used with action \"[list]\"");
  EXPECT_EQ(refusal("--zookeeper z --list"), "zookeeper is not a recognized option");
  EXPECT_EQ(with_file("--execute --throttle abc", target_).out,
            "Error: Cannot parse argument 'abc' of option throttle\n");
}

}  // namespace
}  // namespace barnabas::tools
