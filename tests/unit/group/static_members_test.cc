#include "tests/unit/group/group_fixture.h"

namespace barnabas::broker::group {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// KIP-345: instances "i" (it leads) and "j", stable in generation 1.
class StaticMembers : public GroupTest {
 protected:
  StaticMembers() {
    ids = stable({static_request("i"), static_request("j")});
    EXPECT_THAT(ids[0], StartsWith("i-"));
  }
  JoinRequest static_request(const std::string& instance) {
    auto request = request_of("client");
    request.instance_id = instance;
    request.supports_skip_assignment = true;
    return request;
  }
  std::vector<std::string> ids;
};

TEST_F(StaticMembers, AFollowerThatComesBackTakesItsOldPlace) {
  const auto ticket = join(static_request("j"));
  EXPECT_FALSE(answered(ticket));
  ASSERT_THAT(stores, SizeIs(1));
  EXPECT_EQ(stores[0].value.members.size(), 2u);
  stored();
  const auto& answer = joined(ticket);
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.generation, Generation{1});
  EXPECT_EQ(answer.leader, ids[0]);
  EXPECT_FALSE(answer.skip_assignment);
  EXPECT_NE(answer.member_id, ids[1]);
  EXPECT_EQ(group->state(), GroupState::kStable);
  EXPECT_EQ(synced(sync(answer.member_id)).assignment, blob("for " + ids[1]));
}

// KIP-814: it leads, and is told not to assign what nobody waits for.
TEST_F(StaticMembers, ALeaderThatComesBackSkipsTheAssignment) {
  const auto ticket = join(static_request("i"));
  stored();
  EXPECT_TRUE(joined(ticket).skip_assignment);
  EXPECT_EQ(joined(ticket).leader, joined(ticket).member_id);
  EXPECT_THAT(joined(ticket).members, SizeIs(2));
}

TEST_F(StaticMembers, AnOlderLeaderThatComesBackIsToldOfItsFormerSelf) {
  auto request = static_request("i");
  request.supports_skip_assignment = false;
  const auto ticket = join(request);
  stored();
  EXPECT_FALSE(joined(ticket).skip_assignment);
  EXPECT_EQ(joined(ticket).leader, ids[0]);
  EXPECT_THAT(joined(ticket).members, IsEmpty());
}

TEST_F(StaticMembers, TheFormerIdIsFenced) {
  join(static_request("j"));
  stored();
  EXPECT_EQ(group->heartbeat({ids[1], "j", Generation{1}}, now()), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group->check_commit({ids[1], "j", Generation{1}}, now()), ErrorCode::kFencedInstanceId);
  auto request = static_request("j");
  request.member_id = ids[1];
  EXPECT_EQ(joined(join(request)).error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(synced(sync({ids[1], "j", Generation{1}, {}, {}, {}})).error,
            ErrorCode::kFencedInstanceId);
  EXPECT_EQ(heartbeat(ids[1]), ErrorCode::kUnknownMemberId);
}

TEST_F(StaticMembers, WhoeverWaitsUnderTheFormerIdIsFenced) {
  auto request = static_request("i");
  request.member_id = ids[0];
  const auto former = join(request);
  const auto later = join(static_request("i"));
  EXPECT_EQ(joined(former).error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(joined(former).member_id, ids[0]);
  request = static_request("j");
  request.member_id = ids[1];
  join(request);
  EXPECT_EQ(joined(later).generation, Generation{2});

  const auto syncing = sync(ids[1]);
  join(static_request("j"));
  EXPECT_EQ(synced(syncing).error, ErrorCode::kFencedInstanceId);
}

// The old id may be in what the leader is about to assign.
TEST_F(StaticMembers, ComingBackWhileOthersSyncStartsARebalance) {
  auto request = static_request("i");
  request.member_id = ids[0];
  join(request);
  request = static_request("j");
  request.member_id = ids[1];
  join(request);
  ASSERT_EQ(group->state(), GroupState::kCompletingRebalance);
  EXPECT_FALSE(answered(join(static_request("j"))));
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
}

TEST_F(StaticMembers, ComingBackWithAnotherProtocolStartsARebalance) {
  auto both = static_request("i");
  both.protocols = {{"sticky", {}}, {"range", {}}};
  both.member_id = ids[0];
  join(both);
  auto second = static_request("j");
  second.protocols = both.protocols;
  second.member_id = ids[1];
  join(second);
  settle(ids);
  ASSERT_EQ(group->describe().protocol, "sticky");
  const auto ticket = join(static_request("j"));  // it knows range alone
  EXPECT_FALSE(answered(ticket));
  EXPECT_EQ(group->state(), GroupState::kPreparingRebalance);
}

TEST_F(StaticMembers, WhatCouldNotBeStoredIsUndone) {
  auto request = static_request("i");
  request.session_timeout = Millis{20'000};
  request.protocols = {{"range", blob("other")}};
  const auto ticket = join(request);
  stored(ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(joined(ticket).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(joined(ticket).leader, ids[0]);
  EXPECT_EQ(joined(ticket).member_id, "");
  EXPECT_EQ(heartbeat(ids[0]), ErrorCode::kNone);
  EXPECT_EQ(group->describe().members.at(0).metadata, blob("what it reads"));
}

TEST_F(StaticMembers, OfTwoThatComeBackTheSecondStays) {
  const auto first = join(static_request("j"));
  const auto second = join(static_request("j"));
  EXPECT_EQ(joined(first).error, ErrorCode::kFencedInstanceId);
  stored(ErrorCode::kNotEnoughReplicas);  // of the first
  EXPECT_FALSE(answered(second));
  stored();
  EXPECT_EQ(joined(second).error, ErrorCode::kNone);
  EXPECT_EQ(group->size(), 2u);
}

// It has joined already: the rebalance that begins meanwhile answers it.
TEST_F(StaticMembers, ARebalanceOvertakesTheWrite) {
  const auto ticket = join(static_request("j"));
  auto leader = static_request("i");
  leader.member_id = ids[0];
  join(leader);
  EXPECT_EQ(joined(ticket).generation, Generation{2});
  stored();
  EXPECT_EQ(group->state(), GroupState::kCompletingRebalance);
}

TEST_F(StaticMembers, AnIdWithTheWrongInstanceIsRefused) {
  auto request = static_request("j");
  request.member_id = ids[0];
  EXPECT_EQ(joined(join(request)).error, ErrorCode::kFencedInstanceId);
  request.instance_id = "unheard of";
  EXPECT_EQ(joined(join(request)).error, ErrorCode::kUnknownMemberId);
}

// Whoever has not synced yet is expected under its new id, not under the one
// that is gone.
TEST_F(StaticMembers, ComingBackDoesNotCountAsMissingTheSync) {
  for (const auto& [instance, id] : {std::pair("i", ids[0]), std::pair("j", ids[1])}) {
    auto request = static_request(instance);
    request.member_id = id;
    join(request);
  }
  sync(ids[0]);
  stored();
  const auto ticket = join(static_request("j"));
  stored();
  sync(joined(ticket).member_id);
  for (int i = 0; i < 13; ++i) {
    pass(5s);
    EXPECT_EQ(heartbeat(ids[0]), ErrorCode::kNone);
    EXPECT_EQ(heartbeat(joined(ticket).member_id), ErrorCode::kNone);
  }
}

}  // namespace
}  // namespace barnabas::broker::group
