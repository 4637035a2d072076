#include "tools/topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.h"
#include "tests/unit/tools/run_tool.h"

namespace barnabas::tools {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

// A cluster that is a list of topics; it remembers what it was told to do.
class FakeTopics : public TopicService, public TopicServices {
 public:
  std::expected<int, std::string> with_brokers(std::string bootstrap, AdminConfig,
                                               Use use) override {
    opened = "brokers " + bootstrap;
    return loop.run(use(this));
  }
  std::expected<int, std::string> with_zookeeper(std::string connect, Use use) override {
    opened = "zookeeper " + connect;
    return loop.run(use(this));
  }
  env::Task<AdminResult<std::vector<TopicName>>> list() override {
    std::vector<TopicName> names;
    for (const auto& view : topics) names.push_back(view.topic);
    co_return names;
  }
  env::Task<AdminResult<void>> create(NewTopic topic) override {
    created = topic;
    if (refusal) co_return std::unexpected(*refusal);
    co_return AdminResult<void>{};
  }
  env::Task<AdminResult<std::vector<TopicView>>> describe(std::vector<TopicName> names) override {
    std::vector<TopicView> views;
    for (const auto& view : topics) {
      for (const auto& name : names) {
        if (name.name == view.topic.name) views.push_back(view);
      }
    }
    co_return views;
  }
  env::Task<AdminResult<void>> add_partitions(std::vector<TopicName> names, std::int32_t total,
                                              Assignment assignment) override {
    for (const auto& name : names) done += "grow " + name.name + " to " + std::to_string(total);
    if (!assignment.empty()) done += " as told";
    co_return AdminResult<void>{};
  }
  env::Task<AdminResult<void>> remove(std::vector<TopicName> names) override {
    for (const auto& name : names) done += "remove " + name.name + " ";
    co_return AdminResult<void>{};
  }

  testing::VirtualLoop loop;
  std::vector<TopicView> topics;
  std::string opened, done;
  NewTopic created;
  std::optional<AdminError> refusal;
};

std::vector<BrokerId> ids(std::initializer_list<int> numbers) {
  std::vector<BrokerId> brokers;
  for (const int number : numbers) brokers.push_back(BrokerId(number));
  return brokers;
}

class TopicsTest : public ::testing::Test {
 protected:
  void topic(const std::string& name, std::vector<PartitionView> partitions, int min_isr = 1) {
    TopicView view;
    view.topic.name = name;
    view.topic.internal = name.starts_with("__");
    view.topic.id.bytes[15] = static_cast<std::uint8_t>(cluster_.topics.size() + 1);
    view.partitions = std::move(partitions);
    view.min_insync_replicas = min_isr;
    if (min_isr != 1) view.overrides.emplace_back("min.insync.replicas", std::to_string(min_isr));
    cluster_.topics.push_back(std::move(view));
  }
  static PartitionView partition(int index, int leader, std::initializer_list<int> replicas,
                                 std::initializer_list<int> isr) {
    PartitionView view{PartitionIndex(index), BrokerId(leader)};
    view.leader_alive = leader >= 0;
    view.replicas = ids(replicas);
    view.isr = ids(isr);
    return view;
  }

  // The three topics of the capture with broker 3 stopped.
  void broker_3_is_down() {
    topic("dn3", {partition(0, 2, {2, 3}, {2})}, 2);
    topic("dn",
          {partition(0, 1, {1, 2, 3}, {1, 2}), partition(1, 2, {2, 3, 1}, {2, 1}),
           partition(2, 1, {3, 1, 2}, {1, 2})},
          2);
    topic("dn1", {partition(0, -1, {3}, {3})});
  }

  Ran run_bare(std::string_view line) {
    return run_tool(line, [this](std::span<const std::string> words, Console console) {
      return run_topics(words, cluster_, console);
    });
  }
  Ran run(std::string_view line) { return run_bare("--bootstrap-server b:1 " + std::string(line)); }
  std::string refusal(std::string_view line) {
    const auto ran = run(line);
    EXPECT_EQ(ran.code, 1) << line;
    return ran.err.substr(0, ran.err.find('\n'));
  }
  std::string failure(std::string_view line) {
    const auto ran = run(line);
    EXPECT_EQ(ran.code, 1) << line;
    EXPECT_THAT(ran.out, ::testing::HasSubstr("Error while executing topic command : "));
    return ran.out.substr(ran.out.find(" : ") + 3);
  }

  FakeTopics cluster_;
};

TEST_F(TopicsTest, ListTakesPatternsAndLeavesInternalTopicsOut) {
  topic("__consumer_offsets", {});
  topic("peter-test01", {});
  topic("testA", {});
  EXPECT_EQ(run("--list").out, "__consumer_offsets\npeter-test01\ntestA\n");
  EXPECT_EQ(run("--list --exclude-internal").out, "peter-test01\ntestA\n");
  EXPECT_EQ(run("--list --topic peter.*").out, "peter-test01\n");
  EXPECT_EQ(run("--list --topic testA,peter-test01").out, "peter-test01\ntestA\n");
  EXPECT_EQ(run("--list --topic nope").out, "\n");
  EXPECT_EQ(run("--list --topic nope").code, 0);
}

TEST_F(TopicsTest, DescribePrintsTopicsAndPartitionsWithTabs) {
  broker_3_is_down();
  EXPECT_EQ(run("--describe --topic dn3").out,
            "Topic: dn3\tTopicId: AAAAAAAAAAAAAAAAAAAAAQ\tPartitionCount: 1\tReplicationFactor: 2\t"
            "Configs: min.insync.replicas=2\n"
            "\tTopic: dn3\tPartition: 0\tLeader: 2\tReplicas: 2,3\tIsr: 2\tElr: N/A\t"
            "LastKnownElr: N/A\n");
  EXPECT_EQ(run("--describe --topic dn1").out,
            "Topic: dn1\tTopicId: AAAAAAAAAAAAAAAAAAAAAw\tPartitionCount: 1\tReplicationFactor: 1\t"
            "Configs: \n"
            "\tTopic: dn1\tPartition: 0\tLeader: none\tReplicas: 3\tIsr: 3\tElr: N/A\t"
            "LastKnownElr: N/A\n");
  EXPECT_EQ(run("--describe --topic-id AAAAAAAAAAAAAAAAAAAAAw").out,
            run("--describe --topic dn1").out);
}

// "dn3:0" for each partition line.
std::string shown(const std::string& out) {
  std::string all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    const auto topic = line.substr(8, line.find('\t', 8) - 8);
    const auto at = line.find("Partition: ") + 11;
    all += (all.empty() ? "" : " ") + topic + ":" + line.substr(at, line.find('\t', at) - at);
  }
  return all;
}

TEST_F(TopicsTest, TheFiltersShowThePartitionsInNeed) {
  broker_3_is_down();
  EXPECT_EQ(shown(run("--describe --under-replicated-partitions").out), "dn3:0 dn:0 dn:1 dn:2");
  EXPECT_EQ(shown(run("--describe --unavailable-partitions").out), "dn1:0");
  EXPECT_EQ(shown(run("--describe --under-min-isr-partitions").out), "dn3:0 dn1:0");
  EXPECT_EQ(shown(run("--describe --at-min-isr-partitions").out), "dn:0 dn:1 dn:2 dn1:0");
  EXPECT_EQ(shown(run("--describe --unavailable-partitions --under-min-isr-partitions").out),
            "dn3:0 dn1:0");
}

TEST_F(TopicsTest, OnlyTopicsWithSettingsAreShownWhenAskedFor) {
  broker_3_is_down();
  const auto out = run("--describe --topics-with-overrides").out;
  EXPECT_THAT(out, StartsWith("Topic: dn3\t"));
  EXPECT_THAT(out, EndsWith("ReplicationFactor: 3\tConfigs: min.insync.replicas=2\n"));
  EXPECT_EQ(std::ranges::count(out, '\n'), 2);
}

// A replica that is still being added is not missing yet.
TEST_F(TopicsTest, AReassignmentIsShownAndNotTakenForUnderReplication) {
  auto moving = partition(0, 1, {1, 2}, {1});
  moving.adding = ids({2});
  topic("moving", {moving});
  EXPECT_EQ(run("--describe --under-replicated-partitions").out, "");
  EXPECT_THAT(run("--describe").out, ::testing::HasSubstr("ReplicationFactor: 1\tConfigs: \n"));
  EXPECT_THAT(run("--describe").out,
              ::testing::HasSubstr("\tIsr: 1\tAdding Replicas: 2\tRemoving Replicas: \tElr"));
}

TEST_F(TopicsTest, ATopicThatIsNotThereIsAnErrorUnlessToldOtherwise) {
  for (const std::string command : {"--describe", "--delete", "--alter --partitions 3"}) {
    EXPECT_EQ(failure(command + " --topic nope"),
              "Topic 'Optional[nope]' does not exist as expected\n");
    const auto ran = run(command + " --topic nope --if-exists");
    EXPECT_EQ(ran.out + ran.err, "");
    EXPECT_EQ(ran.code, 0);
  }
  EXPECT_EQ(failure("--describe --topic-id AAAAAAAAAAAAAAAAAAAAAQ"),
            "TopicId 'AAAAAAAAAAAAAAAAAAAAAQ' does not exist as expected\n");
  EXPECT_EQ(failure("--describe --topic-id zzz"),
            "Input string `zzz` decoded as 2 bytes, which is not equal to the expected 16 bytes of "
            "a base64-encoded UUID\n");
}

TEST_F(TopicsTest, CreatePassesOnWhatItWasGivenAndLeavesTheRestToTheBrokers) {
  EXPECT_EQ(
      run("--create --topic t1 -partitions 2 --replication-factor 3 --config a=b --config c=d").out,
      "Created topic t1.\n");
  EXPECT_EQ(cluster_.created.partitions, 2);
  EXPECT_EQ(cluster_.created.replication_factor, 3);
  EXPECT_THAT(cluster_.created.configs,
              ::testing::ElementsAre(std::pair("a", "b"), std::pair("c", "d")));
  run("--create --topic t2");
  EXPECT_EQ(cluster_.created.partitions, std::nullopt);
  EXPECT_EQ(cluster_.created.replication_factor, std::nullopt);
  run("--create --topic t3 --replica-assignment 1:2,2:3");
  EXPECT_EQ(cluster_.created.assignment, (Assignment{ids({1, 2}), ids({2, 3})}));
}

TEST_F(TopicsTest, WhatCannotBeCreatedIsRefusedBeforeAnyBrokerIsAsked) {
  EXPECT_EQ(failure("--create --topic p --partitions 0"),
            "The partitions must be greater than 0\n");
  EXPECT_EQ(failure("--create --topic p --partitions -1"),
            "The partitions must be greater than 0\n");
  EXPECT_EQ(failure("--create --topic p --partitions abc"),
            "Cannot parse argument 'abc' of option partitions\n");
  EXPECT_EQ(failure("--create --topic p --replication-factor 0"),
            "The replication factor must be between 1 and 32767 inclusive\n");
  EXPECT_EQ(
      failure("--create --topic p --config retention.ms"),
      "requirement failed: Invalid topic config: all configs to be added must be in the format "
      "\"key=val\".\n");
  EXPECT_EQ(failure("--create --topic p --replica-assignment 1:2,1"),
            "Partition 1 has different replication factor: [1]\n");
  EXPECT_EQ(failure("--create --topic p --replica-assignment 1:1"),
            "Partition replica lists may not contain duplicate entries: 1\n");
  EXPECT_EQ(cluster_.created.name, "");
}

TEST_F(TopicsTest, ANameThatCouldCollideIsWarnedOf) {
  EXPECT_THAT(run("--create --topic a_b").out,
              StartsWith("WARNING: Due to limitations in metric names"));
  EXPECT_THAT(run("--create --topic a_b").out, EndsWith("\nCreated topic a_b.\n"));
}

TEST_F(TopicsTest, AnExistingTopicMayBeFine) {
  cluster_.refusal = AdminError{"Topic 't' already exists.", ErrorCode::kTopicAlreadyExists};
  EXPECT_EQ(failure("--create --topic t"), "Topic 't' already exists.\n");
  EXPECT_EQ(run("--create --topic t --if-not-exists").code, 0);
  EXPECT_EQ(run("--create --topic t --if-not-exists").out, "");
}

TEST_F(TopicsTest, AlterAndDeleteReachEveryTopicThatMatches) {
  topic("a1", {});
  topic("a2", {});
  EXPECT_EQ(run("--alter --topic a.* --partitions 4").out, "");
  EXPECT_EQ(cluster_.done, "grow a1 to 4grow a2 to 4");
  cluster_.done.clear();
  EXPECT_EQ(run("--alter --topic a1 --partitions 2 --replica-assignment 1,2").code, 0);
  EXPECT_EQ(cluster_.done, "grow a1 to 2 as told");
  cluster_.done.clear();
  EXPECT_EQ(run("--delete --topic a.*").out, "");
  EXPECT_EQ(cluster_.done, "remove a1 remove a2 ");
}

TEST_F(TopicsTest, OptionsThatDoNotGoTogetherAreNamed) {
  EXPECT_EQ(refusal("--list --describe"),
            "Command must include exactly one action: --list, --describe, --create, --alter or "
            "--delete");
  EXPECT_EQ(refusal("--create"), "Missing required argument \"[topic]\"");
  EXPECT_EQ(refusal("--delete"), "Missing required argument \"[topic]\"");
  EXPECT_EQ(refusal("--alter --topic t"), "Missing required argument \"[partitions]\"");
  EXPECT_EQ(refusal("--alter --topic t --delete-config a"),
            "Missing required argument \"[partitions]\"");
  EXPECT_EQ(refusal("--alter --topic t --config a=b"),
            "Option combination \"[[bootstrap-server], [config]]\" can't be used with option "
            "\"[alter]\" (the kafka-configs CLI supports altering topic configs with a "
            "--bootstrap-server option)");
  EXPECT_EQ(refusal("--list --under-replicated-partitions"),
            "Option \"[under-replicated-partitions]\" can't be used with option \"[list]\"");
  EXPECT_EQ(refusal("--list --if-not-exists"),
            "Option \"[if-not-exists]\" can't be used with option \"[list]\"");
  EXPECT_EQ(refusal("--create --topic t --if-exists"),
            "Option \"[if-exists]\" can't be used with option \"[create]\"");
  EXPECT_EQ(refusal("--describe --config a=b"),
            "Option \"[config]\" can't be used with option \"[describe]\"");
  EXPECT_EQ(refusal("--create --topic t --replica-assignment 1:2 --partitions 1"),
            "Option \"[replica-assignment]\" can't be used with option \"[partitions]\"");
}

TEST_F(TopicsTest, AWrongCommandLineIsNamed) {
  EXPECT_EQ(refusal("--list --foo"), "foo is not a recognized option");
  EXPECT_EQ(refusal("--create --topic"), "Option topic requires an argument");
  EXPECT_EQ(refusal("--list --bootstrap-server c:2"),
            "Found multiple arguments for option bootstrap-server, but you asked for only one");
  EXPECT_EQ(failure("--describe --topic a --topic b"),
            "Found multiple arguments for option topic, but you asked for only one\n");
  EXPECT_EQ(run_bare("--list").err, "--bootstrap-server must be specified\n");
  EXPECT_THAT(run_bare("").err, StartsWith("Create, delete, describe, or change a topic.\n"));
  EXPECT_THAT(run_bare("--help").err,
              StartsWith("This tool helps to create, delete, describe, or change a topic.\n"));
  EXPECT_EQ(run_bare("--version").out, "3.9.1\n");
  EXPECT_EQ(run("--list --command-config /none.properties").err, "/none.properties\n");
}

// Documents written for Kafka 2 have it so.
TEST_F(TopicsTest, TheOldCommandLineOfZooKeeperWorks) {
  EXPECT_EQ(run_bare("--zookeeper zk:2181/kafka --topic testA --partition 3 --replication-factor 3 "
                     "--create")
                .out,
            "Created topic testA.\n");
  EXPECT_EQ(cluster_.opened, "zookeeper zk:2181/kafka");
  EXPECT_EQ(cluster_.created.partitions, 3);
  EXPECT_THAT(run_bare("--zookeeper zk:2181 --create --topic t").err,
              StartsWith("Missing required argument \"[partitions]\"\n"));
  topic("testA", {});
  EXPECT_EQ(run_bare("--zookeeper zk:2181 --delete --topic testA").out,
            "Topic testA is marked for deletion.\nNote: This will have no impact if "
            "delete.topic.enable is not set to true.\n");
}

}  // namespace
}  // namespace barnabas::tools
