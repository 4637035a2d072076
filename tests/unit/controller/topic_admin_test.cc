// Topics made, grown and marked by an administrator: Kafka's checks, in Kafka's words.
#include "controller/topic_admin.h"

#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using testing::ClusterTest;
using ::testing::ElementsAre;
using testing::Node;
using zk::model::Fate;

TEST(TopicNameTest, NamesAreJudgedInKafkasWords) {
  const auto why = [](std::string_view name) { return validate_topic_name(name).error().message; };
  EXPECT_TRUE(validate_topic_name("a.B_c-9").has_value());
  EXPECT_TRUE(validate_topic_name(std::string(249, 'y')).has_value());
  EXPECT_EQ(why(""), "Topic name is invalid: the empty string is not allowed");
  EXPECT_EQ(why("."), "Topic name is invalid: '.' is not allowed");
  EXPECT_EQ(why(".."), "Topic name is invalid: '..' is not allowed");
  EXPECT_EQ(why("a/b"),
            "Topic name is invalid: 'a/b' contains one or more characters other than ASCII "
            "alphanumerics, '.', '_' and '-'");
  const std::string longest(250, 'y');
  EXPECT_EQ(why(longest), "Topic name is invalid: the length of '" + longest +
                              "' is longer than the max allowed length 249");
  EXPECT_TRUE(names_collide("a.b_c", "a_b.c"));
  EXPECT_FALSE(names_collide("a.b", "a-b"));
}

class PlacementTest : public ::testing::Test {
 protected:
  static std::vector<BrokerMetadata> brokers(std::vector<std::optional<std::string>> racks) {
    std::vector<BrokerMetadata> out;
    for (auto& rack : racks)
      out.push_back({BrokerId{static_cast<int>(out.size())}, std::move(rack)});
    return out;
  }
  std::vector<std::vector<int>> place(PlacementRequest request) {
    const auto placed = place_replicas(request, random);
    std::vector<std::vector<int>> out;
    for (const auto& [partition, replicas] : placed.value())
      out.push_back(testing::plain(replicas));
    return out;
  }
  barnabas::testing::SeededRandom random{3};
};

// The example Kafka gives: 5 brokers, 10 partitions, 3 replicas, started at broker 0.
TEST_F(PlacementTest, ReplicasWanderAroundTheRing) {
  PlacementRequest request{brokers({{}, {}, {}, {}, {}}), 10, 3, 0, PartitionIndex{0}};
  EXPECT_THAT(place(request),
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(1, 2, 3), ElementsAre(2, 3, 4),
                          ElementsAre(3, 4, 0), ElementsAre(4, 0, 1), ElementsAre(0, 2, 3),
                          ElementsAre(1, 3, 4), ElementsAre(2, 4, 0), ElementsAre(3, 0, 1),
                          ElementsAre(4, 1, 2)));
}

TEST_F(PlacementTest, EveryPartitionIsSpreadOverTheRacks) {
  PlacementRequest request{brokers({"a", "b", "c", "c", "b", "a"}), 24, 3, {}, PartitionIndex{0}};
  std::map<int, int> led;
  for (const auto& replicas : place(request)) {
    std::set<std::string> racks;
    for (const int id : replicas) racks.insert(*request.brokers[static_cast<std::size_t>(id)].rack);
    EXPECT_EQ(racks.size(), 3u);
    ++led[replicas.front()];
  }
  for (const auto& [broker, leaderships] : led) EXPECT_EQ(leaderships, 4) << "broker " << broker;
}

TEST_F(PlacementTest, MoreReplicasThanRacksStillMeansDistinctBrokers) {
  PlacementRequest request{brokers({"a", "a", "b", "b"}), 8, 4, {}, PartitionIndex{0}};
  for (const auto& replicas : place(request)) {
    EXPECT_EQ(std::set<int>(replicas.begin(), replicas.end()).size(), 4u);
  }
}

TEST_F(PlacementTest, SomeRacksAreNoRacksUnlessTheyAreDemanded) {
  const auto mixed = brokers({"a", {}});
  const auto safe = placement_brokers(mixed, RackMode::kSafe);
  EXPECT_FALSE(safe->front().rack.has_value());
  EXPECT_FALSE(placement_brokers(mixed, RackMode::kEnforced).has_value());
  EXPECT_FALSE(
      placement_brokers(brokers({"a", "b"}), RackMode::kDisabled)->front().rack.has_value());
}

TEST_F(PlacementTest, ImpossibleWishesAreRefused) {
  const auto refused = [&](int partitions, int replicas) {
    PlacementRequest request{brokers({{}, {}, {}}), partitions, replicas, {}, PartitionIndex{0}};
    return place_replicas(request, random).error();
  };
  EXPECT_EQ(refused(0, 1), (AdminError{ErrorCode::kInvalidPartitions,
                                       "Number of partitions must be larger than 0."}));
  EXPECT_EQ(refused(1, -2), (AdminError{ErrorCode::kInvalidReplicationFactor,
                                        "Replication factor must be larger than 0."}));
  EXPECT_EQ(refused(1, 99),
            (AdminError{ErrorCode::kInvalidReplicationFactor,
                        "Replication factor: 99 larger than available brokers: 3."}));
}

class TopicAdminTest : public ClusterTest {
 protected:
  TopicAdminTest() { node = &start(1); }
  std::string refused(const std::string& name, std::vector<std::vector<int>> lists) {
    const auto made = create(*node, name, std::move(lists));
    return made ? "made"
                : std::to_string(static_cast<int>(made.error().code)) + " " + made.error().message;
  }
  AdminResult<Placement> grow(int count,
                              std::optional<std::vector<std::vector<BrokerId>>> lists = {}) {
    Growth growth{"t", count, std::move(lists), {{BrokerId{1}, {}}, {BrokerId{2}, {}}}, false};
    const auto grown = loop.run(node->admin.add_partitions(std::move(growth)));
    settle();
    return grown;
  }
  void lose_reply_of(const std::string& kind, const std::string& path) {
    server.set_fate([=, lost = false](zk::model::SessionId, const zk::Request& request) mutable {
      std::string found;
      if (const auto* create_one = std::get_if<zk::Create>(&request))
        found = "create" + create_one->path;
      if (const auto* set = std::get_if<zk::SetData>(&request)) found = "set" + set->path;
      if (found != kind + path || std::exchange(lost, true)) return Fate::kDeliver;
      return Fate::kLoseReply;
    });
  }
  Node* node;
};

TEST_F(TopicAdminTest, ATopicThatExistsOrCollidesOrIsMarkedIsRefused) {
  create(*node, "a.b", {{1}});
  EXPECT_EQ(refused("a.b", {{1}}), "36 Topic 'a.b' already exists.");
  EXPECT_EQ(refused("a_b", {{1}}), "17 Topic 'a_b' collides with existing topics: a.b");
  config.delete_topic_enable = true;
  create(*node, "dying", {{1, 9}});
  loop.run(node->admin.delete_topic("dying"));
  EXPECT_EQ(refused("dying", {{1}}), "36 Topic 'dying' is marked for deletion.");
}

// Asked of ZooKeeper: a broker's metadata may have a topic that is gone.
TEST_F(TopicAdminTest, WhetherATopicExistsIsToldByZooKeeper) {
  create(*node, "t", {{1}});
  EXPECT_EQ(loop.run(node->admin.refuse_existing("t")).error().code,
            ErrorCode::kTopicAlreadyExists);
  EXPECT_TRUE(loop.run(node->admin.refuse_existing("u")).has_value());
}

TEST_F(TopicAdminTest, AssignmentsAreJudgedInKafkasWords) {
  EXPECT_EQ(refused("t", {{1, 1}}),
            "39 Duplicate replica assignment found: HashMap(0 -> ArrayBuffer(1, 1))");
  EXPECT_EQ(refused("t", {{1}, {1, 2}}),
            "39 All partitions should have the same number of replicas");
  NewTopic gap{
      "t", {{PartitionIndex{0}, {BrokerId{1}}}, {PartitionIndex{2}, {BrokerId{1}}}}, {}, true};
  EXPECT_EQ(loop.run(node->admin.create_topic(gap)).error().message,
            "partitions should be a consecutive 0-based integer sequence");
}

TEST_F(TopicAdminTest, ValidateOnlyWritesNothing) {
  NewTopic topic{"t", placement({{1}}), {}, true};
  EXPECT_TRUE(loop.run(node->admin.create_topic(topic)).has_value());
  EXPECT_FALSE(exists("/config/topics/t"));
  EXPECT_FALSE(exists("/brokers/topics/t"));
}

TEST_F(TopicAdminTest, ConfigsOfAnEarlierTopicAreReplaced) {
  operate(zk::Create{"/config/topics/t", R"({"version":1,"config":{"retention.ms":"1"}})"});
  NewTopic topic{"t", placement({{1}}), {{"cleanup.policy", "compact"}}, false};
  EXPECT_TRUE(loop.run(node->admin.create_topic(topic)).has_value());
  EXPECT_EQ(data("/config/topics/t"), R"({"version":1,"config":{"cleanup.policy":"compact"}})");
}

TEST_F(TopicAdminTest, WithoutAControllerThereAreNoTopics) {
  loop.run(node->controller.shutdown());
  operate(zk::Delete{"/controller"});
  settle();
  EXPECT_EQ(create(*node, "t", {{1}}).error().code, ErrorCode::kNotController);
}

TEST_F(TopicAdminTest, ATopicWhoseReplyWasLostIsStillOurs) {
  lose_reply_of("create", "/brokers/topics/t");
  const auto made = create(*node, "t", {{1}});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(zk::TopicAssignment::decode(data("/brokers/topics/t"))->topic_id, *made);
}

TEST_F(TopicAdminTest, GrowthIsJudgedInKafkasWords) {
  EXPECT_EQ(grow(2).error().message, "The topic 't' does not exist.");
  create(*node, "t", {{1}, {1}, {1}});
  EXPECT_EQ(grow(3).error().message, "Topic already has 3 partitions.");
  EXPECT_EQ(grow(-1).error().message,
            "Topic currently has 3 partitions, which is higher than the requested -1.");
  const BrokerId one{1};
  EXPECT_EQ(grow(5, {{{one}}}).error().message,
            "Increasing the number of partitions by 2 but 1 assignments provided.");
  EXPECT_EQ(grow(4, {{{BrokerId{99}}}}).error().message,
            "Unknown broker(s) in replica assignment: 99.");
  EXPECT_EQ(
      grow(4, {{{one, BrokerId{2}}}}).error().message,
      "Inconsistent replication factor between partitions, partition 0 has 1 while partitions [3] "
      "have replication factors [2], respectively.");
  EXPECT_EQ(grow(4, {{{one, one}}}).error().message,
            "Duplicate brokers not allowed in replica assignment: 1, 1 for partition id 3.");
}

TEST_F(TopicAdminTest, NewPartitionsGoOnFromTheFirstOnesBroker) {
  create(*node, "t", {{2}});
  const auto added = grow(4);
  ASSERT_TRUE(added.has_value());
  EXPECT_EQ(*added, (Placement{{PartitionIndex{1}, {BrokerId{1}}},
                               {PartitionIndex{2}, {BrokerId{2}}},
                               {PartitionIndex{3}, {BrokerId{1}}}}));
}

TEST_F(TopicAdminTest, GrowthWhoseReplyWasLostIsDone) {
  create(*node, "t", {{1}});
  lose_reply_of("set", "/brokers/topics/t");
  EXPECT_TRUE(grow(2).has_value());
  EXPECT_EQ(server.tree().find("/brokers/topics/t")->version, 1);
}

TEST_F(TopicAdminTest, ATopicBeingReassignedDoesNotGrow) {
  create(*node, "t", {{1}});
  auto topic = zk::TopicAssignment::decode(data("/brokers/topics/t")).value();
  topic.partitions[PartitionIndex{0}].adding = {BrokerId{2}};
  operate(zk::SetData{"/brokers/topics/t", topic.encode()});
  EXPECT_EQ(grow(2).error().code, ErrorCode::kReassignmentInProgress);
}

TEST_F(TopicAdminTest, DeletingAnUnknownTopicFailsAndTwiceIsOnce) {
  EXPECT_EQ(remove(*node, "nope").error().code, ErrorCode::kUnknownTopicOrPartition);
  create(*node, "t", {{1, 9}});
  EXPECT_TRUE(remove(*node, "t").has_value());
  EXPECT_TRUE(remove(*node, "t").has_value());
}

TEST_F(TopicAdminTest, TopicIdsNeverBeginWithADash) {
  std::set<TopicId> seen;
  for (int i = 0; i < 1000; ++i) {
    const TopicId id = random_topic_id(random);
    EXPECT_NE(to_string(id).front(), '-');
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace barnabas::controller
