#include "broker/group/subscription.h"
#include "protocol/messages/consumer_protocol_subscription.h"
#include "protocol/versioned.h"
#include "tests/unit/group/group_fixture.h"

namespace barnabas::broker::group {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Blob subscription(std::vector<std::string> topics) {
  protocol::ConsumerProtocolSubscription says;
  says.topics = std::move(topics);
  return protocol::encode_versioned(says, 1).value();
}

class GroupViews : public GroupTest {
 protected:
  JoinRequest reader_of(std::vector<std::string> topics) {
    auto request = request_of("reader");
    request.protocols = {{"range", subscription(std::move(topics))}};
    return request;
  }
};

TEST_F(GroupViews, StatesHaveTheNamesThatKafkaPrints) {
  EXPECT_EQ(name(GroupState::kEmpty), "Empty");
  EXPECT_EQ(name(GroupState::kPreparingRebalance), "PreparingRebalance");
  EXPECT_EQ(name(GroupState::kCompletingRebalance), "CompletingRebalance");
  EXPECT_EQ(name(GroupState::kStable), "Stable");
  EXPECT_EQ(name(GroupState::kDead), "Dead");
}

TEST_F(GroupViews, AStableGroupIsDescribedInFull) {
  const auto ids = stable(1);
  const auto seen = group->describe();
  EXPECT_EQ(seen.state, GroupState::kStable);
  EXPECT_EQ(seen.protocol_type, "consumer");
  EXPECT_EQ(seen.protocol, "range");
  ASSERT_THAT(seen.members, SizeIs(1));
  EXPECT_EQ(seen.members[0].member_id, ids[0]);
  EXPECT_EQ(seen.members[0].client_id, "m0");
  EXPECT_EQ(seen.members[0].client_host, "/127.0.0.1");
  EXPECT_EQ(seen.members[0].metadata, blob("what it reads"));
  EXPECT_EQ(seen.members[0].assignment, blob("for " + ids[0]));
  EXPECT_EQ(group->overview().protocol_type, "consumer");
}

// What they had assigned is about to change.
TEST_F(GroupViews, WhileItRebalancesMembersAreNamedOnly) {
  const auto ids = stable(2);
  join(ids[0]);
  const auto seen = group->describe();
  EXPECT_EQ(seen.state, GroupState::kPreparingRebalance);
  EXPECT_EQ(seen.protocol, "");
  ASSERT_THAT(seen.members, SizeIs(2));
  EXPECT_THAT(seen.members[0].metadata, IsEmpty());
  EXPECT_THAT(seen.members[0].assignment, IsEmpty());
}

TEST_F(GroupViews, OnlyAnEmptyGroupMayBeDeleted) {
  EXPECT_EQ(group->check_delete(), ErrorCode::kNone);
  stable(1);
  EXPECT_EQ(group->check_delete(), ErrorCode::kNonEmptyGroup);
  take(group->kill(now()));
  EXPECT_EQ(group->check_delete(), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(group->check_delete_offsets(), ErrorCode::kGroupIdNotFound);
}

TEST_F(GroupViews, OffsetsOfConsumersMayBeDeletedWhereTheyDoNotRead) {
  stable({reader_of({"a", "b"}), reader_of({"c"})});
  EXPECT_EQ(group->check_delete_offsets(), ErrorCode::kNone);
  EXPECT_TRUE(group->is_subscribed_to("a"));
  EXPECT_TRUE(group->is_subscribed_to("c"));
  EXPECT_FALSE(group->is_subscribed_to("d"));
}

TEST_F(GroupViews, OffsetsOfOtherGroupsWithMembersStay) {
  auto request = request_of("worker");
  request.protocol_type = "connect";
  stable({request});
  EXPECT_EQ(group->check_delete_offsets(), ErrorCode::kNonEmptyGroup);
}

// Other clients call themselves consumers and say something else: nothing is
// known of their topics.
TEST_F(GroupViews, UnreadableSubscriptionsCountAsSubscribedToAll) {
  stable({reader_of({"a"}), request_of("other")});
  EXPECT_TRUE(group->is_subscribed_to("anything"));
  EXPECT_FALSE(group->expiry_rule());
}

TEST_F(GroupViews, ASubscriptionOfALaterVersionIsReadAsTheLastOneKnown) {
  auto request = request_of("reader");
  protocol::ConsumerProtocolSubscription says;
  says.topics = {"a"};
  auto bytes = protocol::encode_versioned(says, 3).value();
  bytes[1] = std::byte{9};
  request.protocols = {{"range", bytes}};
  stable({request});
  EXPECT_FALSE(group->is_subscribed_to("b"));
}

// KIP-211.
TEST_F(GroupViews, OffsetsWithoutAGroupExpireByTheirCommit) {
  const auto rule = group->expiry_rule();
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->empty_since);
  EXPECT_THAT(rule->subscribed, IsEmpty());
}

TEST_F(GroupViews, OffsetsOfAStableGroupExpireWhereItDoesNotRead) {
  stable({reader_of({"a"})});
  const auto rule = group->expiry_rule();
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->empty_since);
  EXPECT_THAT(rule->subscribed, ElementsAre("a"));
}

TEST_F(GroupViews, WhileItRebalancesNothingExpires) {
  const auto ids = stable({reader_of({"a"})});
  join(reader_of({"b"}));
  EXPECT_FALSE(group->expiry_rule());
}

TEST_F(GroupViews, OffsetsOfAGroupThatHasEmptiedExpireFromThen) {
  const auto ids = stable({reader_of({"a"})});
  leave(ids[0]);
  const auto left = now().wall;
  pass(1h);
  const auto rule = group->expiry_rule();
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->empty_since, left);
  EXPECT_THAT(rule->subscribed, IsEmpty());
}

class GroupLoading : public GroupTest {
 protected:
  StoredGroup one_member() {
    return {"consumer",
            Generation{7},
            "range",
            "a",
            Timestamp{5},
            {{"a", "i", "client", "/host", Millis{-1}, Millis{10'000}, subscription({"t"}),
              blob("all")}}};
  }
};

TEST_F(GroupLoading, AStoredGroupGoesOnWhereItWas) {
  load(one_member());
  EXPECT_EQ(group->state(), GroupState::kStable);
  EXPECT_EQ(group->heartbeat({"a", "i", Generation{7}}, now()), ErrorCode::kNone);
  EXPECT_EQ(synced(sync("a")).assignment, blob("all"));
  EXPECT_TRUE(group->is_subscribed_to("t"));
  EXPECT_FALSE(group->is_subscribed_to("u"));
}

TEST_F(GroupLoading, SessionsStartAnew) {
  load(one_member());
  pass(9'999ms);
  EXPECT_EQ(group->state(), GroupState::kStable);
  pass(1ms);
  EXPECT_EQ(group->state(), GroupState::kEmpty);
  EXPECT_EQ(group->generation(), Generation{8});
}

// What a group writes is what it reads.
TEST_F(GroupLoading, WhatIsStoredComesBackAsItWas) {
  auto fixed = request_of("s");
  fixed.instance_id = "i";
  stable({request_of("a"), fixed});
  join(fixed);
  ASSERT_THAT(stores, SizeIs(1));
  const auto written = stores[0].value;
  stores.clear();
  load(written);
  const auto again = join(fixed);
  EXPECT_FALSE(answered(again));
  auto rewritten = stores.at(0).value;
  EXPECT_EQ(rewritten.leader, written.leader);
  EXPECT_EQ(rewritten.generation, written.generation);
  EXPECT_EQ(rewritten.state_since, written.state_since);
  EXPECT_EQ(rewritten.members.size(), written.members.size());
}

TEST_F(GroupLoading, AnEmptyStoredGroupIsEmpty) {
  load({"consumer", Generation{3}, {}, {}, kNoTimestamp, {}});
  EXPECT_EQ(group->state(), GroupState::kEmpty);
  EXPECT_EQ(group->generation(), Generation{3});
  EXPECT_FALSE(group->expiry_rule()->empty_since) << "a Kafka before 2.1 does not say since when";
}

// The log may be damaged, or written by others.
TEST_F(GroupLoading, MembersThatContradictEachOtherAreLeftOut) {
  auto stored = one_member();
  stored.leader = "nobody";
  stored.protocol.reset();
  stored.members.push_back(stored.members[0]);
  stored.members.push_back(stored.members[0]);
  stored.members.back().member_id = "b";
  load(stored);
  EXPECT_EQ(group->size(), 1u);
  EXPECT_EQ(group->heartbeat({"a", "i", Generation{7}}, now()), ErrorCode::kNone);
  pass(1h);
  EXPECT_EQ(group->state(), GroupState::kEmpty);
}

}  // namespace
}  // namespace barnabas::broker::group
