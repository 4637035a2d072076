#include "broker/follower/leader_session.h"

#include <gmock/gmock.h>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::follower {
namespace {

using replica::testing::id_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LeaderSessionTest : public ::testing::Test {
 protected:
  static TopicPartition tp(const std::string& topic, int partition) {
    return {topic, PartitionIndex{partition}};
  }
  void want(const TopicPartition& partition, std::int64_t offset, std::uint8_t id = 1) {
    session.want(partition,
                 {.topic_id = id == 0 ? TopicId{} : id_of(id), .fetch_offset = Offset{offset}});
  }
  protocol::FetchRequest next() {
    protocol::FetchRequest request;
    session.fill(request, session.has_ids(), 1000);
    return request;
  }
  bool answer(std::int32_t id, std::size_t partitions, ErrorCode error = ErrorCode::kNone) {
    protocol::FetchResponse response;
    response.error_code = error;
    response.session_id = id;
    if (partitions > 0) response.responses.emplace_back().partitions.resize(partitions);
    return session.accept(response);
  }
  // "a-1@5", in the order of the request
  static std::vector<std::string> named(const protocol::FetchRequest& request) {
    std::vector<std::string> out;
    for (const auto& topic : request.topics) {
      for (const auto& one : topic.partitions) {
        out.push_back(to_string(TopicPartition{topic.topic, one.partition}) + "@" +
                      std::to_string(one.fetch_offset.value));
      }
    }
    return out;
  }
  static std::vector<std::string> forgotten(const protocol::FetchRequest& request) {
    std::vector<std::string> out;
    for (const auto& topic : request.forgotten_topics_data) {
      for (const auto partition : topic.partitions) {
        out.push_back(to_string(TopicPartition{topic.topic, partition}));
      }
    }
    return out;
  }
  void open() {
    want(tp("a", 0), 0);
    want(tp("a", 1), 0);
    next();
    ASSERT_TRUE(answer(77, 2));
  }

  LeaderSession session;
};

TEST_F(LeaderSessionTest, TheFirstRequestNamesEverythingAndAsksForASession) {
  want(tp("a", 0), 5);
  want(tp("b", 0), 6, 2);
  const auto request = next();
  EXPECT_EQ(request.session_id, 0);
  EXPECT_EQ(request.session_epoch, 0);
  EXPECT_THAT(named(request), ElementsAre("a-0@5", "b-0@6"));
}

TEST_F(LeaderSessionTest, LaterRequestsNameOnlyWhatHasChanged) {
  open();
  const auto quiet = next();
  EXPECT_EQ(quiet.session_id, 77);
  EXPECT_EQ(quiet.session_epoch, 1);
  EXPECT_THAT(named(quiet), IsEmpty());
  ASSERT_TRUE(answer(77, 0));
  want(tp("a", 1), 9);
  want(tp("a", 0), 0);  // as before
  const auto request = next();
  EXPECT_EQ(request.session_epoch, 2);
  EXPECT_THAT(named(request), ElementsAre("a-1@9"));
}

TEST_F(LeaderSessionTest, WhatIsNoLongerWantedIsForgotten) {
  open();
  session.drop(tp("a", 0));
  const auto request = next();
  EXPECT_THAT(named(request), IsEmpty());
  EXPECT_THAT(forgotten(request), ElementsAre("a-0"));
  ASSERT_TRUE(answer(77, 0));
  EXPECT_THAT(forgotten(next()), IsEmpty());
}

TEST_F(LeaderSessionTest, WhatIsDroppedAndWantedAgainBetweenTwoRequestsIsNotForgotten) {
  open();
  session.drop(tp("a", 0));
  want(tp("a", 0), 3);
  const auto request = next();
  EXPECT_THAT(named(request), ElementsAre("a-0@3"));
  EXPECT_THAT(forgotten(request), IsEmpty());
}

// The leader knows partitions by (topic id, number): the old one has to go by its old id.
TEST_F(LeaderSessionTest, ATopicMadeAnewIsForgottenUnderItsOldId) {
  open();
  want(tp("a", 0), 0, 9);
  const auto request = next();
  EXPECT_THAT(named(request), ElementsAre("a-0@0"));
  EXPECT_EQ(request.topics[0].topic_id, id_of(9));
  ASSERT_EQ(request.forgotten_topics_data.size(), 1u);
  EXPECT_EQ(request.forgotten_topics_data[0].topic_id, id_of(1));
}

TEST_F(LeaderSessionTest, ALostSessionBeginsAnewWithEverything) {
  open();
  next();
  EXPECT_FALSE(answer(0, 0, ErrorCode::kFetchSessionIdNotFound));
  const auto request = next();
  EXPECT_EQ(request.session_id, 0);
  EXPECT_EQ(request.session_epoch, 0);
  EXPECT_THAT(named(request), ElementsAre("a-0@0", "a-1@0"));
}

// The leader may still hold the session: it is named, so that it can be closed.
TEST_F(LeaderSessionTest, AfterABrokenConnectionTheOldSessionIsClosed) {
  open();
  next();
  session.connection_failed();
  const auto request = next();
  EXPECT_EQ(request.session_id, 77);
  EXPECT_EQ(request.session_epoch, 0);
  EXPECT_THAT(named(request), ElementsAre("a-0@0", "a-1@0"));
  ASSERT_TRUE(answer(78, 2));
  EXPECT_EQ(next().session_id, 78);
}

TEST_F(LeaderSessionTest, ALeaderWithoutRoomForSessionsIsToldEverythingEachTime) {
  want(tp("a", 0), 0);
  next();
  ASSERT_TRUE(answer(0, 1));
  const auto request = next();
  EXPECT_EQ(request.session_epoch, 0);
  EXPECT_THAT(named(request), ElementsAre("a-0@0"));
}

TEST_F(LeaderSessionTest, AFullAnswerThatLeavesSomethingOutIsNotUsed) {
  want(tp("a", 0), 0);
  want(tp("a", 1), 0);
  next();
  EXPECT_FALSE(answer(77, 1));
  EXPECT_EQ(next().session_id, 0);
}

// Round robin: what has just brought records goes to the end, so that the byte limit of an answer
// does not always favour the same partitions.
TEST_F(LeaderSessionTest, WhatHasChangedLastIsAskedForLast) {
  open();
  want(tp("a", 0), 8);
  next();
  session.connection_failed();
  EXPECT_THAT(named(next()), ElementsAre("a-1@0", "a-0@8"));
}

// A session speaks by id or by name, never both: one topic without an id ends the one by ids.
TEST_F(LeaderSessionTest, ATopicWithoutAnIdTurnsTheSessionToNames) {
  open();
  want(tp("old", 0), 0, 0);
  EXPECT_FALSE(session.has_ids());
  const auto request = next();
  EXPECT_EQ(request.session_id, 77);
  EXPECT_EQ(request.session_epoch, 0);
  EXPECT_THAT(named(request), ElementsAre("a-0@0", "a-1@0", "old-0@0"));
  session.drop(tp("old", 0));
  EXPECT_TRUE(session.has_ids());
}

TEST_F(LeaderSessionTest, NamesAreFoundByIdAsLongAsTheTopicIsWanted) {
  open();
  EXPECT_EQ(session.topic_name(id_of(1)), "a");
  session.drop(tp("a", 0));
  EXPECT_EQ(session.topic_name(id_of(1)), "a");
  session.drop(tp("a", 1));
  EXPECT_EQ(session.topic_name(id_of(1)), "");
  EXPECT_FALSE(session.has_nothing_to_say());
  next();
  EXPECT_TRUE(session.has_nothing_to_say());
}

}  // namespace
}  // namespace barnabas::broker::follower
