#include "zk/model/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barnabas::zk::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr SessionId kA = 1;
constexpr SessionId kB = 2;

class TreeTest : public ::testing::Test {
 protected:
  TreeTest() {
    tree.open_session(kA);
    tree.open_session(kB);
  }
  Outcome run(Request request, SessionId session = kA) { return tree.apply(session, request, now); }
  // The outcome must be a success.
  Reply ok(Request request, SessionId session = kA) {
    const Outcome outcome = run(std::move(request), session);
    EXPECT_TRUE(outcome.has_value()) << name(outcome.error().error);
    return outcome.value_or(Reply{});
  }
  Error error(Request request, SessionId session = kA) {
    const Outcome outcome = run(std::move(request), session);
    EXPECT_FALSE(outcome.has_value());
    return outcome.has_value() ? Error{} : outcome.error().error;
  }
  Stat stat(const std::string& path) { return ok(Exists{path}).stat; }

  Tree tree;
  std::int64_t now = 1000;
};

TEST_F(TreeTest, ACreatedNodeHasOneZxidForAllAndChangesItsParent) {
  const std::int64_t before = tree.last_zxid();
  const Reply reply = ok(Create{"/a", "x"});
  EXPECT_EQ(reply.path, "/a");
  const Stat a = stat("/a");
  EXPECT_EQ(a.czxid, before + 1);
  EXPECT_EQ(a.mzxid, a.czxid);
  EXPECT_EQ(a.pzxid, a.czxid);
  EXPECT_EQ(a.ctime_ms, 1000);
  EXPECT_EQ(a.version, 0);
  EXPECT_EQ(a.data_length, 1);
  EXPECT_EQ(stat("/").cversion, 1);
  EXPECT_EQ(stat("/").pzxid, a.czxid);
  EXPECT_EQ(stat("/").mzxid, 0);
}

TEST_F(TreeTest, ChildVersionCountsCreationsAndDeletions) {
  ok(Create{"/a"});
  ok(Create{"/a/b"});
  ok(Delete{"/a/b"});
  ok(Create{"/a/c"});
  EXPECT_EQ(stat("/a").cversion, 3);
  EXPECT_EQ(stat("/a").num_children, 1);
}

// config_change_0000000001 follows 0000000000 even when that is gone.
TEST_F(TreeTest, SequenceNumbersCountTheParentsCreationsAlone) {
  ok(Create{"/a"});
  EXPECT_EQ(ok(Create{"/a/n_", {}, CreateMode::kPersistentSequential}).path, "/a/n_0000000000");
  ok(Delete{"/a/n_0000000000"});
  EXPECT_EQ(ok(Create{"/a/n_", {}, CreateMode::kPersistentSequential}).path, "/a/n_0000000001");
  ok(Create{"/a/plain"});
  EXPECT_EQ(ok(Create{"/a/", {}, CreateMode::kEphemeralSequential}).path, "/a/0000000003");
}

TEST_F(TreeTest, NullAndEmptyDataAreDifferent) {
  ok(Create{"/null", std::nullopt});
  ok(Create{"/empty", ""});
  EXPECT_EQ(ok(GetData{"/null"}).data, std::nullopt);
  EXPECT_EQ(ok(GetData{"/empty"}).data, "");
  ok(SetData{"/empty", std::nullopt});
  EXPECT_EQ(ok(GetData{"/empty"}).data, std::nullopt);
}

TEST_F(TreeTest, WritesAreGuardedByTheDataVersion) {
  ok(Create{"/a", "0"});
  now = 2000;
  EXPECT_EQ(ok(SetData{"/a", "1", 0}).stat.version, 1);
  EXPECT_EQ(error(SetData{"/a", "2", 0}), Error::kBadVersion);
  EXPECT_EQ(error(Delete{"/a", 0}), Error::kBadVersion);
  EXPECT_EQ(ok(GetData{"/a"}).data, "1");
  EXPECT_EQ(stat("/a").mtime_ms, 2000);
  EXPECT_GT(stat("/a").mzxid, stat("/a").czxid);
  ok(Delete{"/a", 1});
  EXPECT_EQ(error(SetData{"/a", "2"}), Error::kNoNode);
}

TEST_F(TreeTest, ErrorsAreZooKeepers) {
  ok(Create{"/a"});
  ok(Create{"/a/b"});
  ok(Create{"/e", {}, CreateMode::kEphemeral});
  EXPECT_EQ(error(Create{"/a"}), Error::kNodeExists);
  EXPECT_EQ(error(Create{"/x/y"}), Error::kNoNode);
  EXPECT_EQ(error(Create{"/e/y"}), Error::kNoChildrenForEphemerals);
  EXPECT_EQ(error(Delete{"/a"}), Error::kNotEmpty);
  EXPECT_EQ(error(Delete{"/x"}), Error::kNoNode);
  EXPECT_EQ(error(Exists{"/x"}), Error::kNoNode);
  EXPECT_EQ(error(GetChildren{"/x"}), Error::kNoNode);
  EXPECT_EQ(error(Create{"/a/"}), Error::kBadArguments);
  EXPECT_EQ(error(Create{"a"}), Error::kBadArguments);
  EXPECT_EQ(error(Delete{"/"}), Error::kBadArguments);
}

TEST_F(TreeTest, AFailedWriteTakesAZxidAndNothingElse) {
  ok(Create{"/a"});
  const std::int64_t before = tree.last_zxid();
  EXPECT_EQ(error(Create{"/a"}), Error::kNodeExists);
  EXPECT_EQ(tree.last_zxid(), before + 1);
  run(Exists{"/a"});
  EXPECT_EQ(tree.last_zxid(), before + 1);
}

TEST_F(TreeTest, AMultiHappensAsOneTransaction) {
  ok(Create{"/epoch", "0"});
  const Reply reply =
      ok(Multi{{Check{"/epoch", 0}, Create{"/controller", "1", CreateMode::kEphemeral},
                SetData{"/epoch", "1", 0}}});
  ASSERT_EQ(reply.multi.size(), 3u);
  EXPECT_EQ(reply.multi[1].path, "/controller");
  EXPECT_EQ(reply.multi[2].stat.version, 1);
  EXPECT_EQ(stat("/controller").czxid, stat("/epoch").mzxid);
  EXPECT_EQ(stat("/controller").ephemeral_owner, kA);
}

TEST_F(TreeTest, AFailedMultiSaysWhichOpFailedAndLeavesNothingBehind) {
  ok(Create{"/a", "0"});
  ok(Create{"/gone", "g"});
  const auto before = tree.find("/")->stat();
  const Outcome outcome =
      run(Multi{{Create{"/b"}, Create{"/b/e", {}, CreateMode::kEphemeral}, SetData{"/a", "1"},
                 Delete{"/gone"}, Check{"/a", 7}, Create{"/c"}}});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().error, Error::kBadVersion);
  EXPECT_EQ(outcome.error().failed_op, 4);
  EXPECT_EQ(stat("/"), before);
  EXPECT_EQ(ok(GetData{"/a"}).data, "0");
  EXPECT_EQ(stat("/a").version, 0);
  EXPECT_EQ(ok(GetData{"/gone"}).data, "g");
  EXPECT_EQ(error(Exists{"/b"}), Error::kNoNode);
  EXPECT_THAT(tree.take_events(), IsEmpty());
  tree.close_session(kA);  // must not stumble over the ephemeral node that never was
}

TEST_F(TreeTest, AWatchGoesOffOnce) {
  ok(Create{"/a"});
  ok(GetData{"/a", true});
  ok(SetData{"/a", "1"}, kB);
  ok(SetData{"/a", "2"}, kB);
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kDataChanged, "/a"}}));
}

TEST_F(TreeTest, AnExistsWatchHearsOfCreation) {
  EXPECT_EQ(error(Exists{"/controller", true}), Error::kNoNode);
  EXPECT_EQ(error(GetData{"/other", true}), Error::kNoNode);  // arms nothing
  ok(Create{"/controller"}, kB);
  ok(Create{"/other"}, kB);
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kCreated, "/controller"}}));
}

TEST_F(TreeTest, AChildWatchHearsOfChildrenAndOfItsNodesEnd) {
  ok(Create{"/a"});
  ok(GetChildren{"/a", true});
  ok(Create{"/a/b"});
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kChildrenChanged, "/a"}}));
  ok(GetChildren{"/a", true});
  ok(SetData{"/a/b", "data"});
  EXPECT_THAT(tree.take_events(), IsEmpty());
  ok(Delete{"/a/b"});
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kChildrenChanged, "/a"}}));
  ok(GetChildren{"/a", true});
  ok(Delete{"/a"});
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kDeleted, "/a"}}));
}

TEST_F(TreeTest, ASessionWithBothWatchesHearsOfADeletionOnce) {
  ok(Create{"/a"});
  ok(GetData{"/a", true});
  ok(GetChildren{"/a", true});
  ok(Delete{"/a"}, kB);
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kDeleted, "/a"}}));
}

TEST_F(TreeTest, AnEndingSessionTakesItsEphemeralNodesAlong) {
  ok(Create{"/ids"});
  ok(Create{"/ids/1", {}, CreateMode::kEphemeral}, kB);
  ok(Create{"/ids/2", {}, CreateMode::kEphemeral}, kB);
  ok(GetChildren{"/ids", true}, kA);
  ok(GetChildren{"/ids", true}, kB);
  const std::int64_t before = tree.last_zxid();
  tree.close_session(kB);
  EXPECT_EQ(tree.last_zxid(), before + 1);
  EXPECT_THAT(ok(GetChildren{"/ids"}).children, IsEmpty());
  EXPECT_THAT(tree.take_events(), ElementsAre(Delivery{kA, {EventType::kChildrenChanged, "/ids"}}));
  EXPECT_EQ(error(Create{"/x"}, kB), Error::kSessionExpired);
}

TEST_F(TreeTest, ADeletedEphemeralNodeIsNotDeletedAgainWithItsSession) {
  ok(Create{"/e", {}, CreateMode::kEphemeral});
  ok(Delete{"/e"}, kB);
  ok(Create{"/e"}, kB);
  tree.close_session(kA);
  EXPECT_NE(tree.find("/e"), nullptr);
}

}  // namespace
}  // namespace barnabas::zk::model
