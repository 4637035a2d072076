// What one controller writes and sends, held against the captures of real 3.9 clusters.
#include "tests/unit/controller/cluster.h"

namespace barnabas::controller {
namespace {

using namespace std::chrono_literals;
using testing::ClusterTest;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Node;
using ::testing::Not;

class ControllerTest : public ClusterTest {
 protected:
  // Broker 1 is the controller, 2 and 3 are fakes.
  Node& three() { return lead({2, 3}); }
};

// Transactions 0x1a to 0x1d of the captured start-up.
TEST_F(ControllerTest, TheFirstBrokerBecomesControllerWithTheCapturedWrites) {
  Node& node = add(1);
  loop.run(node.start());
  settle();
  auto log = node.take_log();
  log.erase(log.begin());  // its registration
  EXPECT_THAT(
      log,
      ElementsAre(
          "create /controller_epoch 0",
          R"(multi[create E /controller {"version":2,"brokerid":1,"timestamp":"0","kraftControllerEpoch":-1} ; setData /controller_epoch ->v1 1])",
          R"(create /feature {"features":{},"version":2,"status":1})",
          "multi[check /controller_epoch txnver=2 ; error NONODE]"));
  EXPECT_TRUE(node.controller.is_active());
  EXPECT_EQ(node.controller.epoch(), ControllerEpoch{1});
  EXPECT_THAT(brokers.lines(), ElementsAre("1 UpdateMetadata live [1]"));
}

TEST_F(ControllerTest, TheSecondBrokerAdoptsTheFirst) {
  start(1);
  Node& second = start(2);
  EXPECT_FALSE(second.controller.is_active());
  EXPECT_EQ(second.controller.active_controller(), BrokerId{1});
  EXPECT_EQ(second.take_log().size(), 1u);  // its registration
}

// Transactions 0x4c to 0x53.
TEST_F(ControllerTest, CreatingATopicWritesWhatWasCaptured) {
  Node& node = three();
  const auto id = create(node, "zt1", {{2, 1, 3}, {3, 2, 1}});
  ASSERT_TRUE(id.has_value());
  EXPECT_THAT(
      node.take_log(),
      ElementsAre(
          "multi[check /controller txnver=1 ; error NONODE]",
          R"(create /config/topics/zt1 {"version":1,"config":{}})",
          "create /brokers/topics/zt1 " + topic_json("zt1", R"({"0":[2,1,3],"1":[3,2,1]})"),
          "multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions null]",
          "multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions/0 null]",
          "multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions/1 null]",
          R"(multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions/0/state {"controller_epoch":1,"leader":2,"version":1,"leader_epoch":0,"isr":[2,1,3]}])",
          R"(multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions/1/state {"controller_epoch":1,"leader":3,"version":1,"leader_epoch":0,"isr":[3,2,1]}])"));
}

TEST_F(ControllerTest, ReplicasOfANewTopicAreToldLeaderAndIsrBeforeUpdateMetadata) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  EXPECT_THAT(brokers.lines_to(2),
              ElementsAre("LeaderAndIsr t-0 leader 2 epoch 0 isr [2, 3] v0 new",
                          "UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0"));
  EXPECT_THAT(brokers.lines_to(1),
              ElementsAre("UpdateMetadata live [1, 2, 3] t-0 leader 2 epoch 0"));
}

TEST_F(ControllerTest, EveryRequestCarriesTheEpochsAndTheVersionsOf39) {
  Node& node = three();
  const auto id = create(node, "t", {{2, 3}});
  const auto& sent = brokers.sent.front();
  EXPECT_EQ(sent.version, 7);
  EXPECT_EQ(sent.client_id, "1");
  const auto request = brokers.all_to<protocol::LeaderAndIsrRequest>(2).front();
  EXPECT_EQ(request.controller_id, BrokerId{1});
  EXPECT_EQ(request.controller_epoch, ControllerEpoch{1});
  EXPECT_EQ(request.broker_epoch, BrokerEpoch{server.tree().find("/brokers/ids/2")->czxid});
  EXPECT_EQ(request.topic_states.front().topic_id, *id);
  ASSERT_EQ(request.live_leaders.size(), 1u);
  EXPECT_EQ(request.live_leaders.front().port, 2);
  const auto metadata = brokers.all_to<protocol::UpdateMetadataRequest>(1).front();
  EXPECT_EQ(metadata.live_brokers.size(), 3u);
  EXPECT_EQ(metadata.broker_epoch, node.epoch);
}

// Transactions 0x64 to 0x67: the partitions node is tried again, NODEEXISTS is no matter.
TEST_F(ControllerTest, AddingPartitionsWritesWhatWasCaptured) {
  Node& node = three();
  create(node, "zt1", {{2, 1, 3}, {3, 2, 1}});
  node.take_log();
  Growth growth;
  growth.topic = "zt1";
  growth.count = 3;
  growth.assignments = {{BrokerId{1}, BrokerId{3}, BrokerId{2}}};
  growth.brokers = {{BrokerId{1}, {}}, {BrokerId{2}, {}}, {BrokerId{3}, {}}};
  ASSERT_TRUE(loop.run(node.admin.add_partitions(growth)).has_value());
  settle();
  EXPECT_THAT(
      node.take_log(),
      ElementsAre(
          "setData /brokers/topics/zt1 ->v1 " +
              topic_json("zt1", R"({"0":[2,1,3],"1":[3,2,1],"2":[1,3,2]})"),
          "multi[check /controller_epoch txnver=2 ; error NODEEXISTS]",
          "multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions/2 null]",
          R"(multi[check /controller_epoch txnver=2 ; create /brokers/topics/zt1/partitions/2/state {"controller_epoch":1,"leader":1,"version":1,"leader_epoch":0,"isr":[1,3,2]}])"));
}

// Transactions 0x271 to 0x27f: replicas go offline broker by broker, then everything bottom up.
TEST_F(ControllerTest, DeletingATopicWritesWhatWasCaptured) {
  Node& node = three();
  create(node, "zt2", {{1, 2, 3}, {2, 3, 1}});
  node.take_log();
  ASSERT_TRUE(remove(node, "zt2").has_value());
  const std::string fenced = "multi[check /controller_epoch txnver=2 ; ";
  const std::string p0 = fenced + "setData /brokers/topics/zt2/partitions/0/state ";
  const std::string p1 = fenced + "setData /brokers/topics/zt2/partitions/1/state ";
  EXPECT_THAT(
      node.take_log(),
      ElementsAre(
          "create /admin/delete_topics/zt2 null",
          p0 +
              R"(->v1 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":1,"isr":[2,3]}])",
          p1 +
              R"(->v1 {"controller_epoch":1,"leader":2,"version":1,"leader_epoch":1,"isr":[2,3]}])",
          p0 + R"(->v2 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":2,"isr":[3]}])",
          p1 + R"(->v2 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":2,"isr":[3]}])",
          p0 + R"(->v3 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":3,"isr":[3]}])",
          p1 + R"(->v3 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":3,"isr":[3]}])",
          fenced + "delete /brokers/topics/zt2/partitions/0/state]",
          fenced + "delete /brokers/topics/zt2/partitions/0]",
          fenced + "delete /brokers/topics/zt2/partitions/1/state]",
          fenced + "delete /brokers/topics/zt2/partitions/1]",
          fenced + "delete /brokers/topics/zt2/partitions]", fenced + "delete /brokers/topics/zt2]",
          fenced + "delete /config/topics/zt2]", fenced + "delete /admin/delete_topics/zt2]"));
}

TEST_F(ControllerTest, ATopicBeingDeletedLeavesTheMetadataFirstAndTheDisksLast) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  brokers.sent.clear();
  remove(node, "t");
  EXPECT_THAT(brokers.lines_to(2),
              ElementsAre("UpdateMetadata live [1, 2, 3] t-0 leader -2 epoch 0",
                          "StopReplica t-0 epoch -2", "StopReplica t-0 epoch -2 delete"));
}

TEST_F(ControllerTest, ATopicCanBeMadeAgainAfterItsDeletion) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  remove(node, "t");
  ASSERT_TRUE(create(node, "t", {{3, 2}}).has_value());
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{3});
}

TEST_F(ControllerTest, DeletionWaitsForADeadBrokerAndGoesOnAtItsReturn) {
  Node& node = three();
  create(node, "zdel", {{3, 2}, {2, 3}});
  die(3);
  settle();
  node.take_log();
  remove(node, "zdel");
  const std::string fenced = "multi[check /controller_epoch txnver=2 ; ";
  EXPECT_THAT(
      node.take_log(),
      ElementsAre(
          "create /admin/delete_topics/zdel null",
          fenced +
              R"(setData /brokers/topics/zdel/partitions/0/state ->v2 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":2,"isr":[2]}])",
          fenced +
              R"(setData /brokers/topics/zdel/partitions/1/state ->v2 {"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":2,"isr":[2]}])"));
  EXPECT_TRUE(exists("/brokers/topics/zdel"));
  join(3);
  settle();
  EXPECT_THAT(
      node.take_log(),
      ElementsAre(fenced + "delete /brokers/topics/zdel/partitions/0/state]",
                  fenced + "delete /brokers/topics/zdel/partitions/0]",
                  fenced + "delete /brokers/topics/zdel/partitions/1/state]",
                  fenced + "delete /brokers/topics/zdel/partitions/1]",
                  fenced + "delete /brokers/topics/zdel/partitions]",
                  fenced + "delete /brokers/topics/zdel]", fenced + "delete /config/topics/zdel]",
                  fenced + "delete /admin/delete_topics/zdel]"));
}

TEST_F(ControllerTest, DeletionHaltsWhenABrokerCannotDeleteAndGoesOnWhenItComesBack) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  brokers.deletions[3] = ErrorCode::kKafkaStorageError;
  remove(node, "t");
  EXPECT_TRUE(exists("/brokers/topics/t"));
  brokers.deletions.clear();
  die(3);
  settle();
  join(3);
  settle();
  EXPECT_FALSE(exists("/brokers/topics/t"));
  EXPECT_FALSE(exists("/admin/delete_topics/t"));
}

TEST_F(ControllerTest, ABrokerThatDiesWhileItsTopicIsDeletedHoldsTheDeletionUp) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  brokers.unreachable = {3};
  remove(node, "t");
  EXPECT_TRUE(exists("/brokers/topics/t"));
  die(3);
  settle();
  EXPECT_TRUE(exists("/brokers/topics/t"));
  brokers.unreachable.clear();
  join(3);
  settle();
  EXPECT_FALSE(exists("/brokers/topics/t"));
}

// The answer waits in the queue while the controller learns that the broker has registered anew,
// and asks again: it must not be taken for the answer to that. (Kafka takes it, and waits for
// ever.)
TEST_F(ControllerTest, TheAnswerToAnEarlierRegistrationDoesNotHaltADeletion) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  brokers.held[3];
  remove(node, "t");
  brokers.deletions[3] = ErrorCode::kStaleBrokerEpoch;
  server.set_fate([&](zk::model::SessionId, const zk::Request& request) {
    const auto* list = std::get_if<zk::GetChildren>(&request);
    if (list != nullptr && list->path == zk::paths::kBrokerIds) {
      brokers.held.extract(3).mapped().set();
    }
    const auto* get = std::get_if<zk::GetData>(&request);
    if (get != nullptr && get->path == zk::paths::broker(BrokerId{3})) brokers.deletions.clear();
    return zk::model::Fate::kDeliver;
  });
  die(3);
  join(3);
  settle();
  EXPECT_FALSE(exists("/brokers/topics/t"));
}

TEST_F(ControllerTest, WithDeletionDisabledTheMarkIsTakenAway) {
  config.delete_topic_enable = false;
  Node& node = three();
  create(node, "t", {{2, 3}});
  remove(node, "t");
  EXPECT_FALSE(exists("/admin/delete_topics/t"));
  EXPECT_TRUE(exists("/brokers/topics/t/partitions/0/state"));
}

TEST_F(ControllerTest, AMarkForAnUnknownTopicIsTakenAway) {
  three();
  operate(zk::Create{"/admin/delete_topics/nope", std::nullopt});
  settle();
  EXPECT_FALSE(exists("/admin/delete_topics/nope"));
}

// The captured kill -9: led partitions move, followed ones shrink, both with a higher leader epoch;
// a partition that lived there alone loses its leader and keeps its ISR.
TEST_F(ControllerTest, ABrokerThatDiesLosesItsLeadershipsAndItsPlacesInTheIsr) {
  Node& node = three();
  create(node, "a", {{3, 1, 2}, {1, 2, 3}});
  create(node, "zone", {{3}});
  brokers.sent.clear();
  die(3);
  settle();
  EXPECT_EQ(state("a", 0),
            R"({"controller_epoch":1,"leader":1,"version":1,"leader_epoch":1,"isr":[1,2]})");
  EXPECT_EQ(state("a", 1),
            R"({"controller_epoch":1,"leader":1,"version":1,"leader_epoch":1,"isr":[1,2]})");
  EXPECT_EQ(state("zone", 0),
            R"({"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":1,"isr":[3]})");
  EXPECT_THAT(brokers.lines_to(3), IsEmpty());
  EXPECT_THAT(
      brokers.lines_to(2),
      ElementsAre("LeaderAndIsr a-0 leader 1 epoch 1 isr [1, 2] v1",
                  "UpdateMetadata live [1, 2] a-0 leader 1 epoch 1 offline [3]",
                  "LeaderAndIsr a-0 leader 1 epoch 1 isr [1, 2] v1 a-1 leader 1 epoch 1 isr "
                  "[1, 2] v1",
                  "UpdateMetadata live [1, 2] a-0 leader 1 epoch 1 offline [3] a-1 leader 1 "
                  "epoch 1 offline [3] zone-0 leader -1 epoch 1 offline [3]"));
}

TEST_F(ControllerTest, ABrokerThatDiesWithoutPartitionsIsStillAnnounced) {
  three();
  die(3);
  settle();
  EXPECT_THAT(brokers.lines_to(2), ElementsAre("UpdateMetadata live [1, 2]"));
}

// As captured at the restart of broker 3: only what had no leader is written.
TEST_F(ControllerTest, ABrokerThatReturnsLeadsAgainWhatNobodyElseCould) {
  Node& node = three();
  create(node, "a", {{3, 1}});
  create(node, "zone", {{3}});
  die(3);
  settle();
  node.take_log();
  brokers.sent.clear();
  join(3);
  settle();
  EXPECT_THAT(
      node.take_log(),
      ElementsAre(
          R"(multi[check /controller_epoch txnver=2 ; setData /brokers/topics/zone/partitions/0/state ->v2 {"controller_epoch":1,"leader":3,"version":1,"leader_epoch":2,"isr":[3]}])"));
  EXPECT_THAT(
      brokers.lines_to(3),
      ElementsAre("UpdateMetadata live [1, 2, 3] a-0 leader 1 epoch 1 zone-0 leader -1 epoch 1",
                  "LeaderAndIsr a-0 leader 1 epoch 1 isr [1] v1 zone-0 leader -1 epoch 1 isr "
                  "[3] v1",
                  "UpdateMetadata live [1, 2, 3] a-0 leader 1 epoch 1 zone-0 leader -1 epoch 1",
                  "LeaderAndIsr zone-0 leader 3 epoch 2 isr [3] v2",
                  "UpdateMetadata live [1, 2, 3] zone-0 leader 3 epoch 2"));
}

// Gone and back between two looks: its old requests must not reach the new process as if current.
TEST_F(ControllerTest, ABouncedBrokerIsTreatedAsDeadAndThenStarted) {
  Node& node = three();
  create(node, "t", {{3, 2}});
  brokers.sent.clear();
  server.cut(node.client.session_id());
  die(3);
  join(3);
  server.heal(node.client.session_id());
  loop.pass(1s);
  EXPECT_EQ(state("t", 0),
            R"({"controller_epoch":1,"leader":2,"version":1,"leader_epoch":1,"isr":[2]})");
  const auto to_3 = brokers.all_to<protocol::LeaderAndIsrRequest>(3);
  ASSERT_FALSE(to_3.empty());
  EXPECT_EQ(to_3.back().broker_epoch, BrokerEpoch{server.tree().find("/brokers/ids/3")->czxid});
}

TEST_F(ControllerTest, NewEndpointsAreAnnouncedToAll) {
  three();
  zk::BrokerRegistration moved = testing::registration(3);
  moved.endpoints.front().host = "elsewhere";
  operate(zk::SetData{"/brokers/ids/3", moved.encode()});
  settle();
  const auto told = brokers.all_to<protocol::UpdateMetadataRequest>(2);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told.front().live_brokers.at(2).endpoints.front().host, "elsewhere");
}

TEST_F(ControllerTest, ARegistrationRewrittenWithoutChangeIsNotAnnounced) {
  three();
  zk::BrokerRegistration same = testing::registration(3);
  same.timestamp = Timestamp{99};
  operate(zk::SetData{"/brokers/ids/3", same.encode()});
  settle();
  EXPECT_THAT(brokers.lines(), IsEmpty());
}

// An assignment may name dead brokers; without a live one the partition waits.
TEST_F(ControllerTest, ATopicWithoutALiveReplicaGetsItsStateWhenOneJoins) {
  Node& node = three();
  create(node, "t", {{4, 5}});
  EXPECT_FALSE(exists("/brokers/topics/t/partitions"));
  join(5);
  settle();
  EXPECT_EQ(state("t", 0),
            R"({"controller_epoch":1,"leader":5,"version":1,"leader_epoch":0,"isr":[5]})");
}

// A client that is told of some of a topic's partitions takes the others for gone. A broker that
// has just started knows only what the new controller tells it.
TEST_F(ControllerTest, ANewControllerTellsOfATopicAsAWhole) {
  loop.run(lead({2, 3}, {{2, 3}, {3, 2}, {2, 3}}).stop());
  nodes.clear();
  die(2);
  brokers.sent.clear();
  start(4);
  const auto updates = brokers.all_to<protocol::UpdateMetadataRequest>(3);
  const auto first = std::ranges::find_if(
      updates, [](const auto& update) { return !update.topic_states.empty(); });
  ASSERT_NE(first, updates.end());
  EXPECT_EQ(first->topic_states[0].partition_states.size(), 3u);
}

TEST_F(ControllerTest, UncleanElectionNeedsTheTopicsLeave) {
  Node& node = three();
  create(node, "safe", {{3, 2}});
  create(node, "risky", {{3, 2}});
  die(2);
  settle();
  operate(zk::SetData{"/config/topics/risky",
                      R"({"version":1,"config":{"unclean.leader.election.enable":"true"}})"});
  die(3);
  settle();
  join(2);
  settle();
  EXPECT_EQ(read_state("safe", 0).leader, kNoBroker);
  const auto risky = read_state("risky", 0);
  EXPECT_EQ(risky.leader, BrokerId{2});
  EXPECT_THAT(risky.isr, ElementsAre(BrokerId{2}));
  EXPECT_TRUE(risky.recovering);
}

// Leave that is given later is for the partitions that wait, of that topic or of all.
TEST_F(ControllerTest, LeaveForAnUncleanElectionEndsTheWait) {
  Node& node = three();
  create(node, "risky", {{3, 2}});
  create(node, "other", {{3, 2}});
  die(2);
  settle();
  die(3);
  settle();
  join(2);
  settle();
  ASSERT_EQ(read_state("risky", 0).leader, kNoBroker);
  operate(zk::SetData{"/config/topics/risky",
                      R"({"version":1,"config":{"unclean.leader.election.enable":"true"}})"});
  node.controller.allow_unclean_election("risky");
  settle();
  EXPECT_EQ(read_state("risky", 0).leader, BrokerId{2});
  EXPECT_EQ(read_state("other", 0).leader, kNoBroker);
  node.controller.set_unclean_leader_election(true);
  settle();
  EXPECT_EQ(read_state("other", 0).leader, BrokerId{2});
}

TEST_F(ControllerTest, AnOldTopicGetsAnIdFromTheController) {
  operate(zk::Create{"/brokers/topics/old", R"({"version":1,"partitions":{"0":[1]}})"});
  start(1);
  const auto topic = zk::TopicAssignment::decode(data("/brokers/topics/old"));
  ASSERT_TRUE(topic.has_value());
  EXPECT_TRUE(topic->topic_id.has_value());
  EXPECT_EQ(brokers.all_to<protocol::LeaderAndIsrRequest>(1).front().topic_states.front().topic_id,
            *topic->topic_id);
}

TEST_F(ControllerTest, PartitionsAddedToATopicUnderDeletionAreTakenBack) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  brokers.unreachable = {3};
  remove(node, "t");
  const std::string before = data("/brokers/topics/t");
  auto grown = zk::TopicAssignment::decode(before).value();
  grown.partitions[PartitionIndex{1}].replicas = {BrokerId{2}};
  operate(zk::SetData{"/brokers/topics/t", grown.encode()});
  settle();
  EXPECT_EQ(data("/brokers/topics/t"), before);
}

TEST_F(ControllerTest, PendingNotificationsAreClearedAtFailover) {
  operate(zk::Create{"/isr_change_notification/isr_change_0000000000", R"({"version":1})"});
  operate(zk::Create{"/log_dir_event_notification/log_dir_event_0000000000", R"({"version":1})"});
  start(1);
  EXPECT_FALSE(exists("/isr_change_notification/isr_change_0000000000"));
  EXPECT_FALSE(exists("/log_dir_event_notification/log_dir_event_0000000000"));
}

TEST_F(ControllerTest, ThePreferredElectionOfAnOldToolIsRunAndItsNodeDeleted) {
  Node& node = three();
  create(node, "t", {{3, 2}});
  die(3);
  settle();
  join(3);
  settle();
  auto caught_up = read_state("t", 0);
  caught_up.isr = {BrokerId{2}, BrokerId{3}};
  operate(zk::SetData{"/brokers/topics/t/partitions/0/state", caught_up.encode()});
  operate(zk::Create{"/admin/preferred_replica_election",
                     R"({"version":1,"partitions":[{"topic":"t","partition":0}]})"});
  settle();
  EXPECT_EQ(read_state("t", 0).leader, BrokerId{3});
  EXPECT_FALSE(exists("/admin/preferred_replica_election"));
}

TEST_F(ControllerTest, AFeatureNodeThatIsRightIsLeftAlone) {
  operate(zk::Create{"/feature", R"({"features":{},"version":2,"status":1})"});
  start(1);
  EXPECT_EQ(server.tree().find("/feature")->version, 0);
}

TEST_F(ControllerTest, AnOldProtocolVersionDisablesTheFeatureNode) {
  config.ibp = {2, 6, 0, 0};
  operate(zk::Create{"/feature", R"({"features":{},"version":2,"status":1})"});
  start(1);
  EXPECT_EQ(data("/feature"), R"({"features":{},"version":1,"status":0})");
}

TEST_F(ControllerTest, WhenTheNodeIsDeletedByHandSomebodyIsElectedAgain) {
  Node& node = three();
  operate(zk::Delete{"/controller"});
  settle();
  EXPECT_TRUE(node.controller.is_active());
  EXPECT_EQ(node.controller.epoch(), ControllerEpoch{2});
  EXPECT_EQ(data("/controller_epoch"), "2");
}

// Our own creation of the node has used up the watch, and taking up the role takes its time: a
// deletion meanwhile is announced by nothing.
TEST_F(ControllerTest, ANodeDeletedWhileTheRoleIsTakenUpIsMadeAgain) {
  bool deleted = false;
  server.set_fate([&](zk::model::SessionId, const zk::Request& request) {
    const auto* list = std::get_if<zk::GetChildren>(&request);
    if (!deleted && list != nullptr && list->path == zk::paths::kBrokerIds) {
      deleted = true;
      operate(zk::Delete{zk::paths::kController});
    }
    return zk::model::Fate::kDeliver;
  });
  Node& node = start(1);
  EXPECT_TRUE(deleted);
  EXPECT_TRUE(exists("/controller"));
  EXPECT_TRUE(node.controller.is_active());
}

TEST_F(ControllerTest, AfterShutdownNothingIsSent) {
  Node& node = three();
  create(node, "t", {{2, 3}});
  loop.run(node.controller.shutdown());
  brokers.sent.clear();
  die(3);
  settle();
  EXPECT_FALSE(node.controller.is_active());
  EXPECT_THAT(brokers.lines(), IsEmpty());
}

}  // namespace
}  // namespace barnabas::controller
