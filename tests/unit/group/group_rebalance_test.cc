#include "tests/unit/group/group_fixture.h"

namespace barnabas::broker::group {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GroupRebalance : public GroupTest {};

TEST_F(GroupRebalance, ANewMemberMakesAllOthersJoinAgain) {
  const auto ids = stable(2);
  const auto late = join(request_of("late"));
  EXPECT_EQ(heartbeat(ids[0]), ErrorCode::kRebalanceInProgress);
  join(ids[0]);
  EXPECT_FALSE(answered(late));
  const auto last = join(ids[1]);
  EXPECT_EQ(joined(late).generation, Generation{2});
  EXPECT_EQ(joined(last).leader, ids[0]);
}

TEST_F(GroupRebalance, WhoDoesNotJoinAgainInTimeIsOut) {
  const auto ids = stable(3);
  const auto first = join(ids[0]);
  const auto second = join(ids[1]);
  for (int i = 0; i < 11; ++i) {
    pass(5s);
    EXPECT_EQ(heartbeat(ids[2]), ErrorCode::kRebalanceInProgress);
  }
  EXPECT_FALSE(answered(first));
  pass(5s);
  EXPECT_THAT(joined(first).members, SizeIs(2));
  EXPECT_EQ(joined(second).generation, Generation{2});
  EXPECT_EQ(heartbeat(ids[2]), ErrorCode::kUnknownMemberId);
}

// The slowest member may need that long.
TEST_F(GroupRebalance, ItWaitsForTheLongestTimeoutOfAllMembers) {
  auto quick = request_of("a");
  quick.rebalance_timeout = Millis{20'000};
  auto slow = request_of("b");
  slow.rebalance_timeout = Millis{40'000};
  slow.session_timeout = Millis{600'000};
  const auto ids = stable({quick, slow});
  quick.member_id = ids[0];
  const auto ticket = join(quick);
  pass(39'999ms);
  EXPECT_FALSE(answered(ticket));
  pass(1ms);
  EXPECT_TRUE(answered(ticket));
}

TEST_F(GroupRebalance, ALeaderThatStaysAwayLosesTheLead) {
  const auto ids = stable(2);
  join(request_of("late"));
  const auto ticket = join(ids[1]);
  pass(10s);
  EXPECT_NE(joined(ticket).leader, ids[0]);
  EXPECT_EQ(group->generation(), Generation{2});
}

// A session that runs out while its member waits here is not its fault.
TEST_F(GroupRebalance, AMemberThatWaitsDoesNotExpire) {
  const auto ids = stable(2);
  const auto waiting = join(ids[0]);
  for (int i = 0; i < 5; ++i) {
    pass(5s);
    heartbeat(ids[1]);
  }
  EXPECT_FALSE(answered(waiting));
  join(ids[1]);
  EXPECT_EQ(joined(waiting).error, ErrorCode::kNone);
}

TEST_F(GroupRebalance, AMemberWhoseSessionIsOverIsOutAndTheRestRebalance) {
  const auto ids = stable(2);
  pass(9s);
  EXPECT_EQ(heartbeat(ids[0]), ErrorCode::kNone);
  pass(1s);
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(heartbeat(ids[1]), ErrorCode::kUnknownMemberId);
  const auto ticket = join(ids[0]);
  EXPECT_THAT(joined(ticket).members, SizeIs(1));
}

// Its first join cannot be told from one whose client is gone.
TEST_F(GroupRebalance, ANewMemberWaitsFiveMinutesAtMost) {
  auto patient = request_of("a");
  patient.rebalance_timeout = Millis{1'800'000};
  const auto ids = stable({patient});
  const auto late = join(request_of("late"));
  for (int i = 0; i < 59; ++i) {
    pass(5s);
    heartbeat(ids[0]);
  }
  EXPECT_FALSE(answered(late));
  pass(5s);
  EXPECT_EQ(joined(late).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(joined(late).member_id, "");
}

TEST_F(GroupRebalance, TheLastMembersLeavingEmptiesTheGroupInANewGeneration) {
  const auto ids = stable(1);
  EXPECT_EQ(leave(ids[0]), ErrorCode::kNone);
  EXPECT_EQ(group->state(), GroupState::kEmpty);
  EXPECT_EQ(group->generation(), Generation{2});
  EXPECT_EQ(group->protocol_type(), "consumer");
  ASSERT_THAT(stores, SizeIs(1));
  EXPECT_EQ(stores[0].value, (StoredGroup{"consumer", Generation{2}, {}, {}, now().wall, {}}));
}

// The log keeps members that will time out once they are loaded: nothing is
// worse than before.
TEST_F(GroupRebalance, AnEmptyGroupThatCouldNotBeStoredIsEmptyNonetheless) {
  const auto ids = stable(1);
  leave(ids[0]);
  stored(ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(group->state(), GroupState::kEmpty);
}

TEST_F(GroupRebalance, EverybodyTimingOutEmptiesTheGroup) {
  stable(3);
  pass(100s);
  EXPECT_EQ(group->state(), GroupState::kEmpty);
  EXPECT_FALSE(group->next_deadline());
}

TEST_F(GroupRebalance, AMemberThatLeavesLetsTheWaitingOnesGoOn) {
  const auto ids = stable(2);
  const auto ticket = join(ids[0]);
  leave(ids[1]);
  EXPECT_EQ(joined(ticket).generation, Generation{2});
}

TEST_F(GroupRebalance, AMemberThatLeavesWhileItJoinsIsUnknown) {
  const auto ids = stable(2);
  const auto ticket = join(ids[0]);
  leave(ids[0]);
  EXPECT_EQ(joined(ticket).error, ErrorCode::kUnknownMemberId);
}

TEST_F(GroupRebalance, LeavingIsAnsweredMemberByMember) {
  auto fixed = request_of("s");
  fixed.instance_id = "i";
  const auto ids = stable({request_of("a"), request_of("b"), fixed});
  auto pending = request_of("p");
  pending.require_known_member_id = true;
  const auto pending_id = joined(join(pending)).member_id;
  EXPECT_THAT(
      leave({{ids[0], {}, "bye"},
             {"nobody", {}, {}},
             {pending_id, {}, {}},
             {"", "j", {}},
             {"", {}, {}},
             {ids[1], "i", {}},
             {"", "i", {}},
             {"", "i", {}}}),
      ElementsAre(ErrorCode::kNone, ErrorCode::kUnknownMemberId, ErrorCode::kNone,
                  ErrorCode::kUnknownMemberId, ErrorCode::kUnknownMemberId,
                  ErrorCode::kFencedInstanceId, ErrorCode::kNone, ErrorCode::kUnknownMemberId));
  EXPECT_EQ(group->size(), 1u);
}

// Loaded static members that nobody hears of: the rebalance must not drop them
// before their time.
TEST_F(GroupRebalance, AStaticMemberMayStayAwayUntilItsSessionIsOver) {
  auto fixed = request_of("s");
  fixed.instance_id = "i";
  fixed.session_timeout = Millis{200'000};
  const auto ids = stable({request_of("a"), fixed});
  const auto ticket = join(ids[0]);
  pass(60s);
  EXPECT_EQ(joined(ticket).generation, Generation{2});
  EXPECT_THAT(joined(ticket).members, SizeIs(2));
}

TEST_F(GroupRebalance, AGroupOfAbsentStaticMembersWaitsForTheirSessions) {
  auto fixed = request_of("s");
  fixed.instance_id = "i";
  fixed.session_timeout = Millis{200'000};
  const auto ids = stable({request_of("a"), fixed});
  leave(ids[0]);
  pass(180s);
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(group->generation(), Generation{1});
  pass(60s);
  EXPECT_EQ(group->state(), GroupState::kEmpty);
}

// A late call gives what punctual ones would have given.
TEST_F(GroupRebalance, TimersFireInTheOrderOfTheirTime) {
  const auto ids = stable(2);
  const auto ticket = join(ids[0]);
  elapsed += 1000s;  // the session of the other ran out long before the
                     // rebalance would have
  take(group->advance(now()));
  EXPECT_EQ(joined(ticket).generation, Generation{2});
  EXPECT_EQ(group->state(), GroupState::kCompletingRebalance);
}

TEST_F(GroupRebalance, WhoeverDoesNotSyncInTimeIsOut) {
  const auto a = join(request_of("a"));
  const auto b = join(request_of("b"));
  pass(6s);
  const auto waiting = sync(joined(b).member_id);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(heartbeat(joined(a).member_id), ErrorCode::kNone);
    pass(5s);
  }
  EXPECT_EQ(synced(waiting).error, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(joined(a).member_id), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(heartbeat(joined(b).member_id), ErrorCode::kRebalanceInProgress);
}

TEST_F(GroupRebalance, AGroupThatIsStableStillExpectsEverybodyToSync) {
  const auto a = join(request_of("a"));
  const auto b = join(request_of("b"));
  pass(6s);
  sync(joined(a).member_id);
  stored();
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(group->state(), GroupState::kStable);
    heartbeat(joined(a).member_id);
    heartbeat(joined(b).member_id);
    pass(5s);
  }
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(group->size(), 1u);
}

TEST_F(GroupRebalance, TheLastGenerationIsFollowedByTheFirst) {
  load({"consumer", Generation{2147483647}, {}, {}, Timestamp{1}, {}});
  const auto ticket = join(request_of("a"));
  pass(3s);
  EXPECT_EQ(joined(ticket).generation, Generation{1});
}

TEST_F(GroupRebalance, AMovedGroupTellsWhoeverWaits) {
  const auto ids = stable(2);
  const auto joining = join(ids[0]);
  take(group->kill(now()));
  EXPECT_EQ(joined(joining).error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(joined(joining).member_id, ids[0]);
  EXPECT_EQ(group->state(), GroupState::kDead);
  EXPECT_FALSE(group->next_deadline());
}

}  // namespace
}  // namespace barnabas::broker::group
