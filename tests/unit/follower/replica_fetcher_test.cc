#include "broker/follower/replica_fetcher.h"

#include "tests/unit/follower/fetcher_fixture.h"

namespace barnabas::broker::follower::testing {
namespace {

using ::testing::IsEmpty;

// Does something just before it says what time it is, once.
class InterruptedClock : public env::Clock {
 public:
  explicit InterruptedClock(env::Clock* clock) : clock_(clock) {}
  env::Instant now() const override {
    if (const auto interruption = std::exchange(before_now, nullptr)) interruption();
    return clock_->now();
  }
  env::WallTime wall() const override { return clock_->wall(); }
  std::unique_ptr<env::Timer> after(env::Executor executor, env::Duration delay,
                                    std::move_only_function<void()> fn) override {
    return clock_->after(std::move(executor), delay, std::move(fn));
  }

  mutable std::function<void()> before_now;

 private:
  env::Clock* clock_;
};

// ---- copying

TEST_F(FetcherTest, AFollowerCopiesWhatTheLeaderHasAndWhatComes) {
  auto& ours = make(0);
  leader(0).append(5, 1);
  follow(0);
  settle();
  EXPECT_EQ(ours.end(), 5);
  EXPECT_EQ(ours.high_watermark(), 5);
  leader(0).append(3, 1);
  settle();
  EXPECT_EQ(ours.end(), 8);
  EXPECT_EQ(manager->max_lag(), 0);
}

TEST_F(FetcherTest, TheHighWatermarkIsTheLeadersEvenWhenNoRecordsCome) {
  auto& ours = make(0);
  leader(0).append(5, 1);
  leader(0).high_watermark = 2;
  follow(0);
  settle();
  EXPECT_EQ(ours.high_watermark(), 2);
  leader(0).high_watermark = 4;
  settle();
  EXPECT_EQ(ours.high_watermark(), 4);
}

TEST_F(FetcherTest, TheLogStartFollowsTheLeaders) {
  auto& ours = make(0);
  leader(0).append(5, 1);
  follow(0);
  settle();
  leader(0).start = 2;
  leader(0).records.erase(leader(0).records.begin(), leader(0).records.begin() + 2);
  leader(0).append(1, 1);
  settle();
  EXPECT_EQ(ours.log->log_start_offset(), Offset{2});
  EXPECT_EQ(ours.end(), 6);
}

TEST_F(FetcherTest, ARequestSaysWhoAsksAndHowMuchHeWants) {
  make(0);
  follow(0);
  settle();
  const auto& request = network.fetches.at(0);
  EXPECT_EQ(network.fetch_versions.at(0), 17);
  EXPECT_EQ(network.client_ids.at(0), "broker-1-fetcher-0");
  EXPECT_EQ(request.replica_state.replica_id, kSelf);
  EXPECT_EQ(request.replica_state.replica_epoch, BrokerEpoch{100});
  EXPECT_EQ(request.max_wait_ms, Millis{500});
  EXPECT_EQ(request.min_bytes, 1);
  EXPECT_EQ(network.fetches.back().max_bytes, 10 << 20);
  EXPECT_EQ(request.topics.at(0).partitions.at(0).partition_max_bytes, 1 << 20);
}

// After a lost ZooKeeper session this broker is registered under another epoch.
TEST_F(FetcherTest, RequestsCarryThePresentBrokerEpoch) {
  make(0);
  follow(0);
  settle();
  broker_epoch = BrokerEpoch{200};
  pass(600ms);
  EXPECT_EQ(network.fetches.back().replica_state.replica_epoch, BrokerEpoch{200});
}

TEST_F(FetcherTest, AQuietPartitionIsNamedOnceAndWaitsForNews) {
  make(0);
  follow(0);
  pass(1800ms);
  ASSERT_EQ(network.fetches.size(), 5u);  // one that opens the session, then two a second
  EXPECT_EQ(network.fetches[0].topics.size(), 1u);
  EXPECT_THAT(network.fetches[3].topics, IsEmpty());
  EXPECT_EQ(network.fetches[3].session_epoch, 3);
}

TEST_F(FetcherTest, ALostSessionIsOpenedAgainWithoutLosingAnything) {
  auto& ours = make(0);
  leader(0).append(5, 1);
  follow(0);
  settle();
  network.lose_sessions();
  leader(0).append(5, 1);
  pass(600ms);
  EXPECT_EQ(ours.end(), 10);
  EXPECT_EQ(network.fetches.back().session_id, 2);
}

// It was told to stop by another thread, between its look whether it was and its look for work, and
// then waited for work for ever: the broker's shutdown with it.
TEST_F(FetcherTest, AFetcherThatIsStoppedWhileItLooksForWorkEnds) {
  InterruptedClock interrupted(&loop.clock);
  clock = &interrupted;
  use(defaults());
  make(0);
  follow(0);
  interrupted.before_now = [this] { stop(0); };
  settle();
  ASSERT_FALSE(interrupted.before_now);
  EXPECT_NO_THROW(loop.run(manager->shutdown()));
  clock = &loop.clock;
  use(defaults());
}

// ---- logs that part

TEST_F(FetcherTest, WhatAnEarlierLeaderLeftUncommittedIsCutOff) {
  auto& ours = make(0, 3);
  ours.log->append(4, LeaderEpoch{1});
  ours.log->append(6, LeaderEpoch{2});  // the leader never saw these
  leader(0).append(4, 1);
  leader(0).append(2, 3);
  follow(0, 3);
  settle();
  EXPECT_EQ(ours.end(), 6);
  EXPECT_EQ(ours.log->latest_epoch(), LeaderEpoch{3});
  EXPECT_EQ(ours.log->epoch_of_offset(Offset{4}), LeaderEpoch{3});
}

// Epochs 2 and 4 are ours alone, 3 and 5 the leader's: one question is not enough (KIP-279).
class PartedTwiceTest : public FetcherTest {
 protected:
  PartedTwiceTest() {
    ours.log->append(4, LeaderEpoch{1});
    ours.log->append(2, LeaderEpoch{2});
    ours.log->append(2, LeaderEpoch{4});
    leader(0).append(4, 1);
    leader(0).append(9, 3);
    leader(0).append(1, 5);
  }

  Replica& ours = make(0, 5);
};

TEST_F(PartedTwiceTest, TheLogsMeetWhereTheyLastAgreed) {
  follow(0, 5);
  settle();
  EXPECT_EQ(ours.end(), 14);
  EXPECT_EQ(ours.log->epoch_of_offset(Offset{4}), LeaderEpoch{3});
  EXPECT_EQ(ours.log->epoch_of_offset(Offset{13}), LeaderEpoch{5});
}

TEST_F(FetcherTest, AFollowerThatWasAwayForLongerThanTheRetentionBeginsWhereTheLeaderDoes) {
  auto& ours = make(0);
  ours.log->append(5, LeaderEpoch{1});
  leader(0).start = 20;
  leader(0).append(7, 1);
  follow(0);
  settle();
  EXPECT_EQ(ours.log->log_start_offset(), Offset{20});
  EXPECT_EQ(ours.end(), 27);
}

// Records of before 0.11 have no epochs: only the high watermark and the leader's end are known.
TEST_F(FetcherTest, WithoutEpochsALogBeyondTheLeadersEndIsCutToIt) {
  auto& ours = make(0);
  ours.log->old_format = true;
  ours.log->append(9, LeaderEpoch{1});
  ours.partition->make_follower(role(kLeader, 0));
  ASSERT_TRUE(ours.partition->append_as_follower({}, LeaderEpoch{0}, {Offset{9}}, Timestamp{0}));
  leader(0).append(6, 1);
  follow(0);
  settle();
  EXPECT_EQ(ours.end(), 6);
}

// ---- an older cluster

TEST_F(PartedTwiceTest, ALeaderOfBefore27IsAskedWhereEpochsEndBeforeItIsFetchedFrom) {
  auto old = defaults();
  old.fetcher.ibp = {2, 4, 0, 1};
  use(old);
  follow(0, 5);
  settle();
  EXPECT_EQ(ours.end(), 14);
  EXPECT_EQ(network.epoch_questions.size(), 2u);  // about 4, then about 2
  EXPECT_EQ(network.fetch_versions.at(0), 11);
  EXPECT_EQ(network.fetches.at(0).replica_id, kSelf);
  EXPECT_EQ(network.fetches.at(0).topics.at(0).topic, "t");
  const auto& asked = network.fetches.at(0).topics.at(0).partitions.at(0);
  EXPECT_EQ(asked.fetch_offset, Offset{4});
  EXPECT_EQ(asked.last_fetched_epoch, kNoLeaderEpoch);
}

// ---- failures

TEST_F(FetcherTest, AnErrorMakesOnePartitionWaitASecondAndNoOther) {
  auto& bad = make(0);
  auto& good = make(1);
  leader(0).append(5, 1);
  leader(0).error = ErrorCode::kKafkaStorageError;
  follow(0);
  follow(1);
  settle();
  leader(0).error = ErrorCode::kNone;
  leader(1).append(5, 1);
  pass(500ms);
  EXPECT_EQ(good.end(), 5);
  EXPECT_EQ(bad.end(), 0);
  pass(1100ms);
  EXPECT_EQ(bad.end(), 5);
}

// Else every change of a leader would keep producers that want all replicas waiting for a second.
TEST_F(FetcherTest, ALeaderThatHearsOfItsRoleLaterThanWeIsFollowedAtOnce) {
  auto& ours = make(0);
  make(1);
  leader(0).append(5, 1);
  leader(0).error = ErrorCode::kNotLeaderOrFollower;
  follow(0);
  follow(1);  // nothing to fetch there: its long poll must not keep the other waiting
  settle();
  leader(0).error = ErrorCode::kNone;
  loop.pass(30ms);
  EXPECT_EQ(ours.end(), 5);
}

TEST_F(FetcherTest, AnOlderEpochWaitsForTheController) {
  auto& ours = make(0, 4);
  leader(0).append(5, 1);
  follow(0, 3);
  pass(5s);
  EXPECT_EQ(ours.end(), 0);
  EXPECT_EQ(manager->failed_partitions(), 1u);
  follow(0, 4);
  settle();
  EXPECT_EQ(ours.end(), 5);
  EXPECT_EQ(manager->failed_partitions(), 0u);
}

TEST_F(FetcherTest, ABrokenDiskFailsItsPartitionAndNoOther) {
  auto& bad = make(0);
  auto& good = make(1);
  bad.log->broken = true;
  leader(0).append(5, 1);
  leader(1).append(5, 1);
  follow(0);
  follow(1);
  pass(2s);
  EXPECT_EQ(good.end(), 5);
  EXPECT_EQ(manager->failed_partitions(), 1u);
  const std::size_t before = network.fetches.size();
  pass(2s);
  for (std::size_t n = before; n < network.fetches.size(); ++n) {
    EXPECT_THAT(network.fetches[n].topics, IsEmpty());
  }
}

TEST_F(FetcherTest, ACorruptMessageIsFetchedAgain) {
  auto& ours = make(0);
  ours.log->corrupt = true;
  leader(0).append(5, 1);
  follow(0);
  settle();
  EXPECT_EQ(ours.end(), 0);
  EXPECT_EQ(manager->failed_partitions(), 0u);
  ours.log->corrupt = false;
  pass(1100ms);
  EXPECT_EQ(ours.end(), 5);
}

TEST_F(FetcherTest, ALeaderThatIsAwayIsTriedOnceASecond) {
  auto& ours = make(0);
  network.reachable = false;
  leader(0).append(5, 1);
  follow(0);
  pass(3500ms);
  EXPECT_THAT(network.fetches, IsEmpty());
  network.reachable = true;
  pass(1s);
  EXPECT_EQ(ours.end(), 5);
}

// ---- roles that change while a request is under way

class FetchUnderWayTest : public FetcherTest {
 protected:
  void SetUp() override {
    FetcherTest::SetUp();
    network.hold = true;
    follow(0);
    loop.poll();
    ASSERT_EQ(network.fetches.size(), 1u);
    leader(0).append(5, 1);
  }

  Replica& ours = make(0);
};

TEST_F(FetchUnderWayTest, ItsAnswerIsNotAppendedOnceWeLead) {
  ASSERT_TRUE(ours.partition->make_leader(role(kSelf, 2), loop.clock.now()));
  network.hold = false;
  network.wake();
  loop.poll();
  EXPECT_EQ(ours.end(), 0);
}

TEST_F(FetchUnderWayTest, ItsAnswerIsNotUsedInANewEpoch) {
  follow(0, 2);
  leader(0).leader_epoch = 2;
  network.hold = false;
  settle();
  EXPECT_EQ(ours.end(), 5);
  EXPECT_EQ(network.fetches.at(1).topics.at(0).partitions.at(0).current_leader_epoch,
            LeaderEpoch{2});
  EXPECT_EQ(manager->failed_partitions(), 0u);
}

// When num.replica.fetchers changes, the fetcher of before may have an answer in hand still.
TEST_F(FetchUnderWayTest, WhatAnotherFetcherHasAppendedMeanwhileFailsNothing) {
  const std::vector<std::byte> by_the_other(2, std::byte{1});
  ASSERT_TRUE(ours.log->append_as_follower(by_the_other, {}));
  ours.log->refuse_next = ErrorCode::kOffsetOutOfRange;
  network.hold = false;
  settle();
  EXPECT_EQ(manager->failed_partitions(), 0u);
  EXPECT_EQ(ours.end(), 5);
}

TEST_F(FetcherTest, AStoppedReplicaIsNotFetchedAnyMore) {
  auto& stopped = make(0);
  auto& other = make(1);
  follow(0);
  follow(1);
  settle();
  stop(0);
  leader(0).append(5, 1);
  leader(1).append(5, 1);
  pass(600ms);
  EXPECT_EQ(stopped.end(), 0);
  EXPECT_EQ(other.end(), 5);
  EXPECT_EQ(manager->fetchers(), 1u);
}

// ---- limits

// What is caught up with goes on, and so does what no limit is for.
TEST_F(FetcherTest, AThrottledReplicaThatCatchesUpWaitsWhileTheLimitIsExceeded) {
  quota.set_limit(1);
  quota.throttle("t", std::set{PartitionIndex{0}});
  quota.record(1000);
  auto& held = make(0);
  auto& free = make(1);
  leader(0).append(5, 1);
  leader(1).append(5, 1);
  follow(0);
  follow(1);
  settle();
  EXPECT_EQ(held.end(), 0);
  EXPECT_EQ(free.end(), 5);
  quota.set_limit(quota::ReplicationQuota::kUnlimited);
  pass(1s);
  EXPECT_EQ(held.end(), 5);
}

TEST_F(FetcherTest, AReplicaInSyncIsNotHeldBackByALimit) {
  quota.throttle("t", std::nullopt);
  auto& ours = make(0);
  leader(0).append(5, 1);
  follow(0);
  settle();
  ASSERT_EQ(manager->max_lag(), 0);
  quota.set_limit(1);
  quota.record(1000);
  leader(0).append(1, 1);
  settle();
  EXPECT_EQ(ours.end(), 6);
}

TEST_F(FetcherTest, OnlyWhatIsThrottledCounts) {
  quota.throttle("t", std::set{PartitionIndex{0}});
  quota.set_limit(0);
  make(1);
  leader(1).append(5, 1);
  follow(1);
  settle();
  EXPECT_FALSE(quota.is_exceeded());
  make(0);
  leader(0).append(5, 1);
  follow(0);
  pass(1s);
  EXPECT_TRUE(quota.is_exceeded());
}

}  // namespace
}  // namespace barnabas::broker::follower::testing
