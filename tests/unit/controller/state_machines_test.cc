// Which changes of state are legal, and what each tells whom (facts 2.5), without ZooKeeper.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/partition_state_machine.h"
#include "controller/replica_state_machine.h"
#include "controller/topic_deletion.h"

namespace barnabas::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(StateMachinesTest, APartitionChangesOnlyAsKafkaLetsIt) {
  using enum PartitionState;
  const std::map<PartitionState, std::set<PartitionState>> legal{
      {kNew, {kNonExistent}},
      {kOnline, {kNew, kOnline, kOffline}},
      {kOffline, {kNew, kOnline, kOffline}},
      {kNonExistent, {kOffline}},
  };
  for (const auto& [to, from] : legal) {
    for (const auto state : {kNonExistent, kNew, kOnline, kOffline}) {
      EXPECT_EQ(is_legal(state, to), from.contains(state)) << name(state) << " to " << name(to);
    }
  }
}

TEST(StateMachinesTest, AReplicaChangesOnlyAsKafkaLetsIt) {
  using enum ReplicaState;
  const std::map<ReplicaState, std::set<ReplicaState>> legal{
      {kNew, {kNonExistent}},
      {kOnline, {kNew, kOnline, kOffline, kDeletionIneligible}},
      {kOffline, {kNew, kOnline, kOffline, kDeletionIneligible}},
      {kDeletionStarted, {kOffline}},
      {kDeletionSuccessful, {kDeletionStarted}},
      {kDeletionIneligible, {kOffline, kDeletionStarted}},
      {kNonExistent, {kDeletionSuccessful}},
  };
  for (const auto& [to, from] : legal) {
    for (const auto state : {kNonExistent, kNew, kOnline, kOffline, kDeletionStarted,
                             kDeletionSuccessful, kDeletionIneligible}) {
      EXPECT_EQ(is_legal(state, to), from.contains(state)) << name(state) << " to " << name(to);
    }
  }
}

class StatesTest : public ::testing::Test {
 protected:
  StatesTest() {
    for (const int id : {1, 2, 3}) context.add_broker(BrokerId{id}, {{}, BrokerEpoch{100 + id}});
    zk::PartitionAssignment assignment;
    assignment.replicas = {BrokerId{1}, BrokerId{2}, BrokerId{3}};
    context.assign(tp, assignment);
  }
  void led_by(int leader, std::vector<BrokerId> isr) {
    LeaderAndIsr leadership;
    leadership.state.leader = BrokerId{leader};
    leadership.state.isr = std::move(isr);
    context.partition(tp)->leadership = leadership;
    context.partition(tp)->state = PartitionState::kOnline;
  }
  Replica replica(int id) { return {tp, BrokerId{id}}; }
  std::vector<TopicPartition> change(int id, ReplicaState to) {
    const std::vector<Replica> one{replica(id)};
    return change_replicas(context, batch, one, to, refused);
  }
  // Kinds of requests, in the order they go out: L, U, S and the broker.
  std::vector<std::string> sent() {
    std::vector<std::string> out;
    for (const Outgoing& one : batch.finish()) {
      out.push_back(std::string(1, "LUS"[one.body->index()]) + std::to_string(one.to.value));
    }
    return out;
  }

  TopicPartition tp{"t", PartitionIndex{0}};
  Context context;
  RequestBatch batch{context};
  std::vector<Refused> refused;
};

TEST_F(StatesTest, ANewPartitionStartsWithAllItsLiveReplicas) {
  context.remove_broker(BrokerId{1});
  const std::vector<TopicPartition> all{tp};
  const auto states = initial_states(context, ControllerEpoch{4}, all, refused);
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_EQ(states[0].state.leader, BrokerId{2});
  EXPECT_THAT(states[0].state.isr, ElementsAre(BrokerId{2}, BrokerId{3}));
  EXPECT_EQ(states[0].state.leader_epoch, LeaderEpoch{0});
  EXPECT_EQ(states[0].state.controller_epoch, ControllerEpoch{4});
}

TEST_F(StatesTest, OnlyTheIsrOfANewPartitionHearsLeaderAndIsr) {
  context.remove_broker(BrokerId{1});
  const std::vector<TopicPartition> all{tp};
  initialized(context, batch, initial_states(context, ControllerEpoch{4}, all, refused).front());
  EXPECT_THAT(sent(), ElementsAre("L2", "L3", "U2", "U3"));
  EXPECT_EQ(context.partition(tp)->state, PartitionState::kOnline);
}

TEST_F(StatesTest, APartitionThatIsNotAssignedIsRefused) {
  const std::vector<TopicPartition> unknown{{"t", PartitionIndex{7}}};
  EXPECT_THAT(legal_changes(context, unknown, PartitionState::kNew, refused), IsEmpty());
  EXPECT_THAT(refused, SizeIs(1));
}

TEST_F(StatesTest, AShutdownElectionCountsBrokersThatAreGoing) {
  led_by(1, {BrokerId{1}, BrokerId{2}});
  context.mark_shutting_down(BrokerId{1});
  Election election{Strategy::kControlledShutdown, ControllerEpoch{1}, {}, true};
  const std::vector<Contest> contests{{tp, *context.partition(tp)->leadership}};
  const auto outcomes = decide(context, election, contests, refused);
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_EQ(outcomes[0].after.state.leader, BrokerId{2});
  EXPECT_THAT(outcomes[0].after.recipients, ElementsAre(BrokerId{1}, BrokerId{2}, BrokerId{3}));
}

TEST_F(StatesTest, AReassignmentElectionLooksAtTheTargetAlone) {
  led_by(1, {BrokerId{1}, BrokerId{2}, BrokerId{3}});
  context.partition(tp)->assignment.removing = {BrokerId{1}};
  Election election{Strategy::kReassignment, ControllerEpoch{1}, {}, true};
  const std::vector<Contest> contests{{tp, *context.partition(tp)->leadership}};
  const auto outcomes = decide(context, election, contests, refused);
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_EQ(outcomes[0].after.state.leader, BrokerId{2});
}

TEST_F(StatesTest, ALeaderCannotBeANewReplica) {
  led_by(1, {BrokerId{1}});
  change(1, ReplicaState::kNew);
  EXPECT_THAT(refused, SizeIs(1));
  EXPECT_EQ(context.replica_state(replica(1)), ReplicaState::kNonExistent);
  change(2, ReplicaState::kNew);
  EXPECT_THAT(sent(), ElementsAre("L2", "U1", "U2", "U3"));
}

TEST_F(StatesTest, ANewReplicaComesOnlineWithoutAWord) {
  change(2, ReplicaState::kNew);
  change(2, ReplicaState::kOnline);
  EXPECT_EQ(context.replica_state(replica(2)), ReplicaState::kOnline);
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(StatesTest, AReplicaWithoutLeadershipGoesOfflineAtOnce) {
  change(2, ReplicaState::kNew);
  EXPECT_THAT(change(2, ReplicaState::kOffline), IsEmpty());
  EXPECT_EQ(context.replica_state(replica(2)), ReplicaState::kOffline);
  EXPECT_THAT(sent(), ElementsAre("S2"));
}

TEST_F(StatesTest, AReplicaWithLeadershipGoesOfflineWhenTheIsrIsWritten) {
  led_by(2, {BrokerId{1}, BrokerId{2}});
  context.set_replica_state(replica(2), ReplicaState::kOnline);
  EXPECT_THAT(change(2, ReplicaState::kOffline), ElementsAre(tp));
  EXPECT_EQ(context.replica_state(replica(2)), ReplicaState::kOnline);
  const auto after =
      remove_from_isr(*context.partition(tp)->leadership, BrokerId{2}, ControllerEpoch{3});
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->leader, kNoBroker);
  EXPECT_THAT(after->isr, ElementsAre(BrokerId{1}));
  EXPECT_EQ(after->leader_epoch, LeaderEpoch{1});
  EXPECT_EQ(after->controller_epoch, ControllerEpoch{3});
  removed_from_isr(context, batch, replica(2), {*after, PartitionEpoch{1}});
  EXPECT_EQ(context.replica_state(replica(2)), ReplicaState::kOffline);
  EXPECT_THAT(sent(), ElementsAre("L1", "L3", "U1", "U2", "U3", "S2"));
}

TEST_F(StatesTest, TheLastMemberStaysInTheIsr) {
  led_by(2, {BrokerId{2}});
  const auto after =
      remove_from_isr(*context.partition(tp)->leadership, BrokerId{2}, ControllerEpoch{3});
  ASSERT_TRUE(after.has_value());
  EXPECT_THAT(after->isr, ElementsAre(BrokerId{2}));
  EXPECT_FALSE(
      remove_from_isr(*context.partition(tp)->leadership, BrokerId{1}, ControllerEpoch{3}));
}

TEST_F(StatesTest, WhileATopicIsDeletedNobodyHearsOfItsShrinkingIsr) {
  led_by(2, {BrokerId{1}, BrokerId{2}});
  context.to_be_deleted.insert("t");
  removed_from_isr(context, batch, replica(2), *context.partition(tp)->leadership);
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(StatesTest, ADeletedReplicaLeavesTheAssignment) {
  for (const auto to : {ReplicaState::kNew, ReplicaState::kOffline, ReplicaState::kDeletionStarted,
                        ReplicaState::kDeletionSuccessful, ReplicaState::kNonExistent}) {
    change(2, to);
  }
  EXPECT_THAT(refused, IsEmpty());
  EXPECT_THAT(context.partition(tp)->assignment.replicas, ElementsAre(BrokerId{1}, BrokerId{3}));
}

TEST_F(StatesTest, RequestsToBrokersThatHaveLeftAreDropped) {
  led_by(1, {BrokerId{1}});
  batch.add_leader_and_isr({BrokerId{1}, BrokerId{3}}, tp, *context.partition(tp), false);
  batch.add_stop_replica(BrokerId{3}, tp, false);
  context.remove_broker(BrokerId{3});
  EXPECT_THAT(sent(), ElementsAre("L1", "U1", "U2"));
  EXPECT_TRUE(batch.empty());
}

TEST_F(StatesTest, NewStaysNewWithinABatch) {
  led_by(1, {BrokerId{1}});
  batch.add_leader_and_isr({BrokerId{2}}, tp, *context.partition(tp), true);
  batch.add_leader_and_isr({BrokerId{2}}, tp, *context.partition(tp), false);
  const auto body = batch.finish().front().body;
  EXPECT_TRUE(std::get<SendLeaderAndIsr>(*body).topics.at("t").at(tp.partition).is_new);
}

TEST_F(StatesTest, ATopicWithADeadReplicaIsDeletedAsFarAsItGoes) {
  context.remove_broker(BrokerId{3});
  context.to_be_deleted.insert("t");
  const std::vector<std::string> topics{"t"};
  EXPECT_EQ(topics_to_delete(context), topics);
  const auto step = step_deletion(context, topics);
  EXPECT_THAT(step.alive, ElementsAre(replica(1), replica(2)));
  EXPECT_THAT(step.dead, ElementsAre(replica(3)));
  halt_deletion(context, step.halted);
  EXPECT_THAT(topics_to_delete(context), IsEmpty());
  EXPECT_TRUE(resume_deletion(context, {"t", "other"}));
  EXPECT_EQ(topics_to_delete(context), topics);
}

TEST_F(StatesTest, ATopicIsCompleteWhenEveryReplicaIsGone) {
  context.to_be_deleted.insert("t");
  for (const int id : {1, 2})
    context.set_replica_state(replica(id), ReplicaState::kDeletionSuccessful);
  context.set_replica_state(replica(3), ReplicaState::kDeletionStarted);
  EXPECT_THAT(plan_deletion(context).complete, IsEmpty());
  EXPECT_THAT(topics_to_delete(context), IsEmpty());
  context.set_replica_state(replica(3), ReplicaState::kDeletionIneligible);
  EXPECT_THAT(plan_deletion(context).retry, ElementsAre(replica(3)));
  context.set_replica_state(replica(3), ReplicaState::kDeletionSuccessful);
  EXPECT_THAT(plan_deletion(context).complete, ElementsAre("t"));
}

}  // namespace
}  // namespace barnabas::controller
