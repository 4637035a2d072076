#include "tests/unit/group/group_fixture.h"

namespace barnabas::broker::group {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class GroupJoin : public GroupTest {};

// KIP-394: an id that was given out and never used must not become a member
// that holds up others.
TEST_F(GroupJoin, AClientWithoutAnIdIsGivenOneFirst) {
  auto request = request_of("reader");
  request.require_known_member_id = true;
  const auto first = join(request);
  EXPECT_EQ(joined(first).error, ErrorCode::kMemberIdRequired);
  EXPECT_THAT(joined(first).member_id,
              MatchesRegex("reader-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]"
                           "{4}-[0-9a-f]{12}"));
  EXPECT_EQ(group->state(), GroupState::kEmpty);

  request.member_id = joined(first).member_id;
  const auto second = join(request);
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
  pass(3s);
  EXPECT_EQ(joined(second).error, ErrorCode::kNone);
  EXPECT_EQ(joined(second).member_id, joined(first).member_id);
}

TEST_F(GroupJoin, AnIdThatIsNotUsedInTimeIsForgotten) {
  auto request = request_of("reader");
  request.require_known_member_id = true;
  request.member_id = joined(join(request)).member_id;
  pass(10s);
  EXPECT_EQ(joined(join(request)).error, ErrorCode::kUnknownMemberId);
}

// A rebalance waits for ids that are given out: their clients are about to
// join.
TEST_F(GroupJoin, ARebalanceWaitsForAnIdThatIsGivenOut) {
  const auto ids = stable(1);
  auto request = request_of("late");
  request.require_known_member_id = true;
  const auto late = joined(join(request)).member_id;
  const auto leader = join(ids[0]);
  EXPECT_FALSE(answered(leader));
  request.member_id = late;
  join(request);
  EXPECT_EQ(joined(leader).generation, Generation{2});
  EXPECT_THAT(joined(leader).members, SizeIs(2));
}

TEST_F(GroupJoin, AnIdThatIsGivenOutAndLeavesHoldsUpNobody) {
  const auto ids = stable(1);
  auto request = request_of("late");
  request.require_known_member_id = true;
  const auto late = joined(join(request)).member_id;
  const auto leader = join(ids[0]);
  EXPECT_EQ(leave(late), ErrorCode::kNone);
  EXPECT_EQ(joined(leader).error, ErrorCode::kNone);
}

TEST_F(GroupJoin, AnIdThatIsGivenOutIsNoStaticMembers) {
  auto request = request_of("reader");
  request.require_known_member_id = true;
  request.member_id = joined(join(request)).member_id;
  request.instance_id = "i";
  EXPECT_EQ(joined(join(request)).error, ErrorCode::kUnknownServerError);
}

TEST_F(GroupJoin, AnIdThatNobodyGaveOutIsUnknown) {
  const auto ticket = join("made up");
  EXPECT_EQ(joined(ticket).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(joined(ticket).member_id, "made up");
  EXPECT_EQ(joined(ticket).generation, kNoGeneration);
}

TEST_F(GroupJoin, TheFirstMemberLeadsAndIsToldOfAll) {
  const auto a = join(request_of("a"));
  pass(1s);
  const auto b = join(request_of("b"));
  EXPECT_FALSE(answered(a));
  pass(5s);
  EXPECT_EQ(group->state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(joined(a).leader, joined(a).member_id);
  EXPECT_EQ(joined(b).leader, joined(a).member_id);
  EXPECT_EQ(joined(a).generation, Generation{1});
  EXPECT_EQ(joined(a).protocol_type, "consumer");
  EXPECT_EQ(joined(a).protocol_name, "range");
  EXPECT_THAT(joined(a).members,
              ElementsAre(JoinedMember{joined(a).member_id, {}, blob("what it reads")},
                          JoinedMember{joined(b).member_id, {}, blob("what it reads")}));
  EXPECT_THAT(joined(b).members, IsEmpty());
}

TEST_F(GroupJoin, ProtocolsMustFitThoseOfTheOthers) {
  auto empty = request_of("a");
  empty.protocols.clear();
  EXPECT_EQ(joined(join(empty)).error, ErrorCode::kInconsistentGroupProtocol);
  auto typeless = request_of("a");
  typeless.protocol_type = "";
  EXPECT_EQ(joined(join(typeless)).error, ErrorCode::kInconsistentGroupProtocol);

  join(request_of("a"));
  auto other_type = request_of("b");
  other_type.protocol_type = "connect";
  EXPECT_EQ(joined(join(other_type)).error, ErrorCode::kInconsistentGroupProtocol);
  auto other_name = request_of("b");
  other_name.protocols = {{"sticky", {}}};
  EXPECT_EQ(joined(join(other_name)).error, ErrorCode::kInconsistentGroupProtocol);
}

// A group that has become empty takes any type: the old one's offsets are all
// that is left of it.
TEST_F(GroupJoin, AnEmptyGroupMayChangeItsType) {
  const auto ids = stable(1);
  leave(ids[0]);
  auto request = request_of("worker");
  request.protocol_type = "connect";
  request.protocols = {{"compatible", {}}};
  const auto ticket = join(request);
  pass(3s);
  EXPECT_EQ(joined(ticket).protocol_type, "connect");
}

// Each votes for the first of its own that all have.
TEST_F(GroupJoin, TheProtocolWithMostVotesWins) {
  auto a = request_of("a");
  a.protocols = {{"private", {}}, {"range", {}}, {"sticky", blob("a")}};
  auto b = request_of("b");
  b.protocols = {{"sticky", blob("b")}, {"range", {}}};
  auto c = request_of("c");
  c.protocols = {{"sticky", blob("c")}, {"range", {}}, {"roundrobin", {}}};
  const auto first = join(a);
  join(b);
  join(c);
  pass(6s);
  EXPECT_EQ(joined(first).protocol_name, "sticky");
  EXPECT_EQ(joined(first).members.at(0).metadata, blob("a"));
}

TEST_F(GroupJoin, AProtocolNamedTwiceCountsOnce) {
  auto a = request_of("a");
  a.protocols = {{"range", {}}, {"range", {}}};
  join(a);
  EXPECT_FALSE(answered(join(request_of("b")))) << "both have range";
}

// KIP-134: each newcomer of the first generation lets it wait once more, until
// the longest rebalance timeout is used up.
TEST_F(GroupJoin, TheFirstRebalanceWaitsLongerWhileMembersCome) {
  const auto a = join(request_of("a"));
  pass(2999ms);
  join(request_of("b"));
  pass(3000ms);
  EXPECT_FALSE(answered(a));
  pass(1ms);
  EXPECT_TRUE(answered(a));
}

TEST_F(GroupJoin, TheFirstRebalanceWaitsNoLongerThanItsMembersWould) {
  auto request = request_of("a");
  request.rebalance_timeout = Millis{7'000};
  const auto first = join(request);
  for (int i = 0; i < 6; ++i) {
    pass(1s);
    join(request);
  }
  EXPECT_FALSE(answered(first));
  pass(1s);
  EXPECT_TRUE(answered(first));
}

TEST_F(GroupJoin, WithoutAnInitialDelayTheFirstMemberIsAnsweredAtOnce) {
  config.initial_rebalance_delay = Millis{0};
  start_with(config);
  const auto ticket = join(request_of("a"));
  pass(0s);
  EXPECT_EQ(joined(ticket).error, ErrorCode::kNone);
}

TEST_F(GroupJoin, AFollowerThatRepeatsItselfIsToldTheSameAgain) {
  const auto ids = stable(2);
  auto request = request_of("m1");
  request.member_id = ids[1];
  const auto ticket = join(request);
  EXPECT_EQ(joined(ticket).generation, Generation{1});
  EXPECT_EQ(joined(ticket).leader, ids[0]);
  EXPECT_THAT(joined(ticket).members, IsEmpty());
  EXPECT_EQ(group->state(), GroupState::kStable);
}

TEST_F(GroupJoin, AFollowerWithNewMetadataStartsARebalance) {
  const auto ids = stable(2);
  auto request = request_of("m1");
  request.member_id = ids[1];
  request.protocols = {{"range", blob("something else")}};
  EXPECT_FALSE(answered(join(request)));
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
}

// What it assigns may depend on more than its members say, on partitions for
// example.
TEST_F(GroupJoin, TheLeaderStartsARebalanceByJoiningAgain) {
  const auto ids = stable(2);
  EXPECT_FALSE(answered(join(ids[0])));
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
}

TEST_F(GroupJoin, TheLeaderMayAskAgainWhileTheOthersSync) {
  const auto a = join(request_of("a"));
  pass(3s);
  const auto again = join(joined(a).member_id);
  EXPECT_EQ(joined(again).generation, Generation{1});
  EXPECT_THAT(joined(again).members, SizeIs(1));
  EXPECT_EQ(group->state(), GroupState::kCompletingRebalance);
}

// Kafka forgets the older request and its connection hangs; here every request
// has an answer.
TEST_F(GroupJoin, OfTwoJoinsOfOneMemberTheOlderIsSentAway) {
  const auto ids = stable(2);
  const auto older = join(ids[0]);
  const auto newer = join(ids[0]);
  EXPECT_EQ(joined(older).error, ErrorCode::kRebalanceInProgress);
  EXPECT_FALSE(answered(newer));
  join(ids[1]);
  EXPECT_EQ(joined(newer).error, ErrorCode::kNone);
}

TEST_F(GroupJoin, AFullGroupTakesNobodyNew) {
  config.max_size = 2;
  start_with(config);
  const auto ids = stable(2);
  const auto ticket = join(request_of("late"));
  EXPECT_EQ(joined(ticket).error, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(joined(ticket).member_id, "");
  EXPECT_EQ(group->state(), GroupState::kStable);
}

// The size may have been lowered: those who come back first stay.
TEST_F(GroupJoin, AnOversizedGroupShedsTheMembersThatComeBackLast) {
  const auto ids = stable(3);
  StoredGroup stored{"consumer", Generation{5}, "range", ids[0], Timestamp{1}, {}};
  for (const auto& id : ids) {
    stored.members.push_back(
        {id, {}, "c", "/h", Millis{60'000}, Millis{10'000}, blob("what it reads"), blob("a")});
  }
  config.max_size = 2;
  load(stored);
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
  const auto second = join(ids[1]);
  const auto third = join(ids[2]);
  EXPECT_EQ(joined(join(ids[0])).error, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(joined(second).generation, Generation{6});
  EXPECT_EQ(joined(third).leader, ids[1]);
}

TEST_F(GroupJoin, TheSessionTimeoutHasBounds) {
  EXPECT_EQ(check_session_timeout(config, Millis{5'999}), ErrorCode::kInvalidSessionTimeout);
  EXPECT_EQ(check_session_timeout(config, Millis{6'000}), ErrorCode::kNone);
  EXPECT_EQ(check_session_timeout(config, Millis{1'800'000}), ErrorCode::kNone);
  EXPECT_EQ(check_session_timeout(config, Millis{1'800'001}), ErrorCode::kInvalidSessionTimeout);
}

TEST_F(GroupJoin, ADeadGroupSendsEverybodyToLookForItsCoordinator) {
  take(group->kill(now()));
  EXPECT_EQ(joined(join("somebody")).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(joined(join(request_of("a"))).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(synced(sync("somebody")).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(heartbeat("somebody"), ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(commit("", -1), ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(group->leave({{"somebody", {}, {}}}, now()).error, ErrorCode::kCoordinatorNotAvailable);
}

}  // namespace
}  // namespace barnabas::broker::group
