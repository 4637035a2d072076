#include "tests/unit/group/group_fixture.h"

namespace barnabas::broker::group {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GroupSync : public GroupTest {
 protected:
  // Two members that have joined and not synced: leader and follower.
  void joined_two() {
    const auto a = join(request_of("a"));
    const auto b = join(request_of("b"));
    pass(6s);
    leader = joined(a).member_id;
    follower = joined(b).member_id;
  }
  Ticket assign() {
    return sync(leader, {{leader, blob("1")}, {follower, blob("2")}, {"made up", blob("3")}});
  }
  std::string leader, follower;
};

// Durable before visible: a coordinator that takes over knows what members were
// told.
TEST_F(GroupSync, AssignmentsGoOutOnceTheyAreStored) {
  joined_two();
  const auto b = sync(follower);
  EXPECT_THAT(stores, IsEmpty());
  const auto a = assign();
  ASSERT_THAT(stores, SizeIs(1));
  const auto value = stores[0].value;
  EXPECT_EQ(value.protocol_type, "consumer");
  EXPECT_EQ(value.generation, Generation{1});
  EXPECT_EQ(value.protocol, "range");
  EXPECT_EQ(value.leader, leader);
  ASSERT_THAT(value.members, SizeIs(2));
  EXPECT_EQ(value.members[0], (StoredMember{leader,
                                            {},
                                            "a",
                                            "/127.0.0.1",
                                            Millis{60'000},
                                            Millis{10'000},
                                            blob("what it reads"),
                                            blob("1")}));
  EXPECT_FALSE(answered(a) || answered(b));
  stored();
  EXPECT_EQ(synced(a).assignment, blob("1"));
  EXPECT_EQ(synced(a).protocol_type, "consumer");
  EXPECT_EQ(synced(a).protocol_name, "range");
  EXPECT_EQ(synced(b).assignment, blob("2"));
  EXPECT_EQ(group->state(), GroupState::kStable);
}

TEST_F(GroupSync, AFollowerThatComesLateIsToldAtOnce) {
  joined_two();
  assign();
  stored();
  EXPECT_EQ(synced(sync(follower)).assignment, blob("2"));
}

TEST_F(GroupSync, AMemberThatTheLeaderForgotHasNothing) {
  joined_two();
  sync(leader, {{leader, blob("1")}});
  stored();
  const auto ticket = sync(follower);
  EXPECT_EQ(synced(ticket).error, ErrorCode::kNone);
  EXPECT_THAT(synced(ticket).assignment, IsEmpty());
}

TEST_F(GroupSync, WhatCouldNotBeStoredIsAssignedAnew) {
  joined_two();
  const auto b = sync(follower);
  const auto a = assign();
  stored(ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(synced(a).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(synced(b).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_FALSE(synced(a).protocol_name);
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
}

TEST_F(GroupSync, AnAssignmentStoredTooLateIsNobodysAnyMore) {
  joined_two();
  const auto a = assign();
  join(request_of("late"));
  EXPECT_EQ(synced(a).error, ErrorCode::kRebalanceInProgress);
  stored();
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
}

TEST_F(GroupSync, ALeaderThatSyncsTwiceStoresOnce) {
  joined_two();
  const auto older = assign();
  const auto newer = assign();
  EXPECT_THAT(stores, SizeIs(1));
  EXPECT_EQ(synced(older).error, ErrorCode::kRebalanceInProgress);
  stored();
  EXPECT_EQ(synced(newer).assignment, blob("1"));
}

TEST_F(GroupSync, AMemberThatLeavesWhileItSyncsIsUnknown) {
  joined_two();
  const auto ticket = sync(follower);
  leave(follower);
  EXPECT_EQ(synced(ticket).error, ErrorCode::kUnknownMemberId);
}

TEST_F(GroupSync, AMovedGroupTellsWhoeverWaits) {
  joined_two();
  const auto ticket = sync(follower);
  take(group->kill(now()));
  EXPECT_EQ(synced(ticket).error, ErrorCode::kNotCoordinator);
}

TEST_F(GroupSync, WhatASyncSaysMustBeTrue) {
  joined_two();
  auto request = SyncRequest{follower, {}, Generation{1}, {}, {}, {}};
  request.member_id = "nobody";
  EXPECT_EQ(synced(sync(request)).error, ErrorCode::kUnknownMemberId);
  request.member_id = follower;
  request.generation = Generation{0};
  EXPECT_EQ(synced(sync(request)).error, ErrorCode::kIllegalGeneration);
  request.generation = Generation{1};
  request.protocol_type = "connect";
  EXPECT_EQ(synced(sync(request)).error, ErrorCode::kInconsistentGroupProtocol);
  request.protocol_type = "consumer";
  request.protocol_name = "sticky";
  EXPECT_EQ(synced(sync(request)).error, ErrorCode::kInconsistentGroupProtocol);
  request.protocol_name = "range";
  EXPECT_FALSE(answered(sync(request)));
  join(request_of("late"));
  EXPECT_EQ(synced(sync(request)).error, ErrorCode::kRebalanceInProgress);
}

// Its session starts when it can send heartbeats again.
TEST_F(GroupSync, AMemberThatWaitsDoesNotExpire) {
  joined_two();
  const auto ticket = sync(follower);
  for (int i = 0; i < 5; ++i) {
    pass(5s);
    EXPECT_EQ(heartbeat(leader), ErrorCode::kNone);
  }
  assign();
  stored();
  EXPECT_EQ(synced(ticket).error, ErrorCode::kNone);
  pass(9s);
  EXPECT_EQ(heartbeat(follower), ErrorCode::kNone);
}

TEST_F(GroupSync, AppendErrorsAreToldAsWhatAMemberCanDo) {
  using enum ErrorCode;
  EXPECT_EQ(stored_error(kNone), kNone);
  for (const auto error :
       {kUnknownTopicOrPartition, kNotEnoughReplicas, kNotEnoughReplicasAfterAppend}) {
    EXPECT_EQ(stored_error(error), kCoordinatorNotAvailable);
  }
  EXPECT_EQ(stored_error(kNotLeaderOrFollower), kNotCoordinator);
  EXPECT_EQ(stored_error(kKafkaStorageError), kNotCoordinator);
  EXPECT_EQ(stored_error(kRequestTimedOut), kRebalanceInProgress);
  for (const auto error : {kMessageTooLarge, kRecordListTooLarge, kInvalidFetchSize}) {
    EXPECT_EQ(stored_error(error), kUnknownServerError);
  }
  EXPECT_EQ(stored_error(kInvalidRequiredAcks), kInvalidRequiredAcks);
}

class GroupClaims : public GroupTest {};

TEST_F(GroupClaims, AHeartbeatKeepsAMember) {
  const auto ids = stable(1);
  for (int i = 0; i < 10; ++i) {
    pass(9s);
    EXPECT_EQ(heartbeat(ids[0]), ErrorCode::kNone);
  }
  EXPECT_EQ(group->heartbeat({ids[0], {}, Generation{0}}, now()), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(heartbeat("nobody"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group->heartbeat({ids[0], "i", Generation{1}}, now()), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupClaims, InAnEmptyGroupAnybodyMayCommitThatClaimsNoGeneration) {
  EXPECT_EQ(commit("", -1), ErrorCode::kNone);
  EXPECT_EQ(commit("somebody", -1), ErrorCode::kNone);
  EXPECT_EQ(commit("somebody", 0), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(commit("", 0), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupClaims, InAGroupWithMembersOnlyTheyMayCommit) {
  const auto ids = stable(1);
  EXPECT_EQ(commit(ids[0], 1), ErrorCode::kNone);
  EXPECT_EQ(commit(ids[0], 0), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit(ids[0], -1), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit("nobody", 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(commit("", -1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group->check_commit({"", "i", kNoGeneration}, now()), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupClaims, ACommitIsAsGoodAsAHeartbeat) {
  const auto ids = stable(1);
  pass(9s);
  commit(ids[0], 1);
  pass(9s);
  EXPECT_EQ(heartbeat(ids[0]), ErrorCode::kNone);
}

// What was read before a rebalance may be committed until the next generation
// begins.
TEST_F(GroupClaims, BetweenGenerationsTheOldOneMayCommit) {
  const auto ids = stable(1);
  join(request_of("late"));
  EXPECT_EQ(commit(ids[0], 1), ErrorCode::kNone);
  join(ids[0]);
  EXPECT_EQ(group->state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(commit(ids[0], 1), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit(ids[0], 2), ErrorCode::kRebalanceInProgress);
}

// Producers before KIP-447 say neither who they are nor in which generation.
TEST_F(GroupClaims, ATransactionMayCommitFromOutside) {
  const auto ids = stable(1);
  EXPECT_EQ(group->check_txn_commit({"", {}, kNoGeneration}), ErrorCode::kNone);
  EXPECT_EQ(group->check_txn_commit({ids[0], {}, Generation{1}}), ErrorCode::kNone);
  EXPECT_EQ(group->check_txn_commit({ids[0], {}, Generation{0}}), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group->check_txn_commit({"nobody", {}, Generation{1}}), ErrorCode::kUnknownMemberId);
}

}  // namespace
}  // namespace barnabas::broker::group
