#include <gmock/gmock.h>

#include "broker/replica/partition.h"
#include "tests/unit/replica/partition_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

using ::testing::IsEmpty;

// ---- who sees how far

TEST_F(PartitionTest, AConsumerReadsUpToTheHighWatermarkAndAFollowerToTheEnd) {
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  append(5);
  EXPECT_EQ(consume(0).records.length, 10u);
  EXPECT_EQ(consume(0).high_watermark, Offset{10});
  EXPECT_EQ(fetch(kB, 0).records.length, 15u);
  EXPECT_EQ(consume(12).records.length, 0u);
  EXPECT_EQ(consume(12).error, ErrorCode::kNone);
}

TEST_F(PartitionTest, AReadCommittedConsumerReadsUpToTheFirstOpenTransaction) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  append(10);
  append(5);
  log->first_unstable = Offset{10};
  log->aborted = {{ProducerId{4}, Offset{3}}};
  const ReadResult result = consume(0, true);
  EXPECT_EQ(result.records.length, 10u);
  EXPECT_EQ(result.last_stable_offset, Offset{10});
  EXPECT_EQ(result.high_watermark, Offset{15});
  ASSERT_TRUE(result.aborted.has_value());
  EXPECT_EQ(result.aborted->size(), 1u);
  // Nothing to give: an empty list. Not asked for: none at all.
  EXPECT_THAT(*consume(10, true).aborted, IsEmpty());
  EXPECT_FALSE(consume(0).aborted.has_value());
  EXPECT_EQ(consume(0).records.length, 15u);
}

TEST_F(PartitionTest, OffsetsOutsideTheLogAreOutOfRangeAndSayNothingElse) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  append(3);
  for (const std::int64_t offset : {4, -1}) {
    const ReadResult result = consume(offset);
    EXPECT_EQ(result.error, ErrorCode::kOffsetOutOfRange);
    EXPECT_EQ(result.high_watermark, kNoOffset);
    EXPECT_EQ(result.log_start_offset, kNoOffset);
    EXPECT_FALSE(result.aborted.has_value());
  }
}

// The rows "to a follower" of the captured Fetch behaviour.
TEST_F(PartitionTest, AFollowerServesConsumersSinceFetchV11AndDebuggingOnes) {
  follow({.epoch = 1});
  EXPECT_EQ(consume(0).error, ErrorCode::kNone);
  EXPECT_EQ(consume(0, false, 10).error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(read_as(BrokerId{-2}, 0).error, ErrorCode::kNone);
  EXPECT_EQ(fetch(kC, 0).error, ErrorCode::kNotLeaderOrFollower);
}

TEST_F(PartitionTest, DebuggingConsumersAreConsumersAndLocalReplicasReadToTheEnd) {
  EXPECT_EQ(Reader::of(BrokerId{-2}, BrokerEpoch{-1}, false, 11).isolation,
            Isolation::kHighWatermark);
  EXPECT_EQ(Reader::of(BrokerId{-2}, BrokerEpoch{-1}, true, 11).isolation, Isolation::kCommitted);
  EXPECT_EQ(Reader::of(BrokerId{-3}, BrokerEpoch{-1}, true, 4).isolation, Isolation::kLogEnd);
  EXPECT_FALSE(Reader::of(BrokerId{-3}, BrokerEpoch{-1}, true, 4).leader_only);
  EXPECT_EQ(Reader::of(kB, BrokerEpoch{-1}, true, 11).isolation, Isolation::kLogEnd);
}

TEST_F(PartitionTest, AFollowerThatIsNoReplicaIsRefused) {
  lead();
  EXPECT_EQ(fetch(BrokerId{9}, 0).error, ErrorCode::kNotLeaderOrFollower);
  ReadFrom with_epoch{.offset = Offset{0}, .current_leader_epoch = LeaderEpoch{0}, .max_bytes = 10};
  EXPECT_EQ(
      partition.read(Reader::of(BrokerId{9}, BrokerEpoch{-1}, false, 17), with_epoch, now).error,
      ErrorCode::kUnknownLeaderEpoch);
}

// ---- epochs

TEST_F(PartitionTest, TheEpochInARequestMustBeOurs) {
  lead({.epoch = 5});
  EXPECT_EQ(read_with(LeaderEpoch{5}, 0).error, ErrorCode::kNone);
  EXPECT_EQ(read_with(kNoLeaderEpoch, 0).error, ErrorCode::kNone);
  EXPECT_EQ(read_with(LeaderEpoch{4}, 0).error, ErrorCode::kFencedLeaderEpoch);
  EXPECT_EQ(read_with(LeaderEpoch{6}, 0).error, ErrorCode::kUnknownLeaderEpoch);
}

TEST_F(PartitionTest, TheEpochIsCheckedBeforeTheRole) {
  follow({.epoch = 5});
  EXPECT_EQ(partition.end_offset_for_epoch(LeaderEpoch{0}, LeaderEpoch{4}, true).error(),
            ErrorCode::kFencedLeaderEpoch);
  EXPECT_EQ(partition.end_offset_for_epoch(LeaderEpoch{0}, LeaderEpoch{5}, true).error(),
            ErrorCode::kNotLeaderOrFollower);
}

// The v12 rows of the captured Fetch behaviour: offsets 0..2 in epoch 0.
TEST_F(PartitionTest, AFetcherWhoseLogPartsFromOursIsToldWhere) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  append(3);
  const ReadResult same = read_with(kNoLeaderEpoch, 3, LeaderEpoch{0});
  EXPECT_EQ(same.error, ErrorCode::kNone);
  EXPECT_FALSE(same.diverging.has_value());
  const ReadResult diverging = read_with(kNoLeaderEpoch, 9, LeaderEpoch{0});
  EXPECT_EQ(diverging.error, ErrorCode::kNone);
  ASSERT_TRUE(diverging.diverging.has_value());
  EXPECT_EQ(diverging.diverging->epoch, LeaderEpoch{0});
  EXPECT_EQ(diverging.diverging->end_offset, Offset{3});
  EXPECT_EQ(diverging.high_watermark, Offset{3});
  EXPECT_EQ(diverging.records.length, 0u);
  EXPECT_EQ(read_with(kNoLeaderEpoch, 3, LeaderEpoch{5}).error, ErrorCode::kOffsetOutOfRange);
}

TEST_F(PartitionTest, AFetcherFromAnEpochWeNeverHadIsSentBackToTheOneBefore) {
  log->append(4, LeaderEpoch{0});
  lead({.epoch = 3, .isr = {kSelf}, .replicas = {kSelf}});
  append(4);
  const ReadResult result = read_with(kNoLeaderEpoch, 4, LeaderEpoch{2});
  ASSERT_TRUE(result.diverging.has_value());
  EXPECT_EQ(result.diverging->epoch, LeaderEpoch{0});
  EXPECT_EQ(result.diverging->end_offset, Offset{4});
}

// ---- list offsets

TEST_F(PartitionTest, TheLatestOffsetDependsOnWhoAsks) {
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  append(5);
  log->first_unstable = Offset{4};
  const auto latest = [&](std::optional<Isolation> isolation) {
    return partition.offset_for(kLatestTimestamp, isolation, kNoLeaderEpoch, true)->offset;
  };
  EXPECT_EQ(latest(Isolation::kHighWatermark), Offset{10});
  EXPECT_EQ(latest(Isolation::kCommitted), Offset{4});
  EXPECT_EQ(latest(std::nullopt), Offset{15});
}

// An earlier leader may have given a higher latest offset; until its own epoch is committed a new
// one is silent.
TEST_F(PartitionTest, ANewLeaderDoesNotTellTheLatestOffsetBeforeItsEpochIsCommitted) {
  lead();
  append(10);
  log->times = {{Timestamp{100}, Offset{2}}};
  follow({.epoch = 1, .partition_epoch = 1});
  lead({.epoch = 2, .partition_epoch = 2});
  const auto ask = [&](Timestamp at) {
    return partition.offset_for(at, Isolation::kHighWatermark, kNoLeaderEpoch, true);
  };
  EXPECT_EQ(ask(kLatestTimestamp).error(), ErrorCode::kOffsetNotAvailable);
  EXPECT_EQ(ask(Timestamp{100}).error(), ErrorCode::kOffsetNotAvailable);
  EXPECT_EQ(ask(kEarliestTimestamp)->offset, Offset{0});
  fetch(kB, 10);
  fetch(kC, 10);
  EXPECT_EQ(ask(kLatestTimestamp)->offset, Offset{10});
  EXPECT_EQ(ask(kLatestTimestamp)->epoch, LeaderEpoch{2});
  EXPECT_EQ(ask(Timestamp{100})->offset, Offset{2});
}

TEST_F(PartitionTest, ATimestampBeyondAllRecordsHasNoOffset) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  append(3);
  log->times = {{Timestamp{100}, Offset{0}}, {Timestamp{300}, Offset{2}}};
  const auto ask = [&](Timestamp at) {
    return *partition.offset_for(at, Isolation::kHighWatermark, kNoLeaderEpoch, true);
  };
  EXPECT_EQ(ask(Timestamp{200}).offset, Offset{2});
  EXPECT_EQ(ask(Timestamp{301}).offset, kNoOffset);
  EXPECT_EQ(ask(kMaxTimestamp).timestamp, Timestamp{300});
  EXPECT_EQ(ask(kLatestTieredTimestamp).offset, kNoOffset);
}

// ListOffsets v0: the latest segment that was there at the time, and all before it.
TEST_F(PartitionTest, SegmentsAreFoundByWhenTheyWereLastWrittenTo) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  append(30);
  log->starts = {
      {Offset{0}, Timestamp{200}}, {Offset{10}, Timestamp{100}}, {Offset{20}, Timestamp{300}}};
  const auto ask = [&](Timestamp at, std::int32_t count = 9) {
    return *partition.segment_offsets({.at = at, .max_count = count}, Timestamp{400});
  };
  using Offsets = std::vector<Offset>;
  EXPECT_EQ(ask(kLatestTimestamp), (Offsets{Offset{30}, Offset{20}, Offset{10}, Offset{0}}));
  EXPECT_EQ(ask(kLatestTimestamp, 2), (Offsets{Offset{30}, Offset{20}}));
  EXPECT_EQ(ask(kLatestTimestamp, 0), Offsets{});
  EXPECT_EQ(ask(kEarliestTimestamp), Offsets{Offset{0}});
  EXPECT_EQ(ask(Timestamp{99}), Offsets{});
  EXPECT_EQ(ask(Timestamp{100}), (Offsets{Offset{10}, Offset{0}}));
  EXPECT_EQ(ask(Timestamp{399}), (Offsets{Offset{20}, Offset{10}, Offset{0}}));
  EXPECT_EQ(ask(Timestamp{400}).front(), Offset{30});
  const SegmentsWish negative{.at = kLatestTimestamp, .max_count = -1};
  EXPECT_EQ(partition.segment_offsets(negative, Timestamp{400}).error(),
            ErrorCode::kUnknownServerError);
}

TEST_F(PartitionTest, ConsumersAreToldTheHighWatermarkInPlaceOfSegmentsBeyondIt) {
  lead();
  append(30);
  fetch(kB, 15);
  fetch(kC, 15);
  log->starts = {{Offset{0}, Timestamp{1}}, {Offset{10}, Timestamp{1}}, {Offset{20}, Timestamp{1}}};
  const auto ask = [&](bool from_consumer) {
    const SegmentsWish wish{.at = kLatestTimestamp, .max_count = 9, .from_consumer = from_consumer};
    return *partition.segment_offsets(wish, Timestamp{2});
  };
  using Offsets = std::vector<Offset>;
  EXPECT_EQ(ask(true), (Offsets{Offset{15}, Offset{10}, Offset{0}}));
  EXPECT_EQ(ask(false), (Offsets{Offset{30}, Offset{20}, Offset{10}, Offset{0}}));
}

// ---- delete records

TEST_F(PartitionTest, DeleteRecordsIsDoneWhenAllLiveReplicasHaveMovedTheirStart) {
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  const auto state = partition.delete_records(Offset{4});
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->required, Offset{4});
  EXPECT_EQ(state->low_watermark, Offset{0});
  fetch(kB, 10, 4);
  EXPECT_EQ(partition.low_watermark(), Offset{0});
  alive.erase(kC);
  EXPECT_EQ(partition.low_watermark(), Offset{4});
}

TEST_F(PartitionTest, DeleteRecordsStopsAtTheHighWatermarkAndAtCompactedTopics) {
  lead();
  append(10);
  fetch(kB, 6);
  fetch(kC, 6);
  EXPECT_EQ(partition.delete_records(Offset{7}).error(), ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(partition.delete_records(Offset{-2}).error(), ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(partition.delete_records(Offset{-1})->required, Offset{6});
  log->set_policy(false);
  EXPECT_EQ(partition.delete_records(Offset{7}).error(), ErrorCode::kPolicyViolation);
}

// ---- waking

TEST_F(PartitionTest, WhoWaitsForTheHighWatermarkIsNotWokenByTheLogEnd) {
  lead();
  const env::Signal committed, written;
  const Watch a = partition.watch(committed, kHighWatermarkMoved);
  const Watch b = partition.watch(written, kLogEndMoved);
  append(10);
  EXPECT_FALSE(committed.is_set());
  EXPECT_TRUE(written.is_set());
  fetch(kB, 10);
  EXPECT_FALSE(committed.is_set());
  fetch(kC, 10);
  EXPECT_TRUE(committed.is_set());
}

TEST_F(PartitionTest, TheEndOfATransactionWakesReadCommittedConsumers) {
  lead({.isr = {kSelf}, .replicas = {kSelf}});
  log->first_unstable = Offset{0};
  log->closes_transaction_at = Offset{2};
  append(1);
  const env::Signal stable;
  const Watch watch = partition.watch(stable, kLastStableMoved);
  append(1);
  EXPECT_FALSE(stable.is_set());
  append(1);  // the marker
  EXPECT_TRUE(stable.is_set());
}

// Of a new role ReplicaManager tells, of many partitions at once.
TEST_F(PartitionTest, TheEndOfAPartitionWakesEverybody) {
  lead();
  const auto woken_by = [&](const std::function<void()>& change) {
    const env::Signal signal;
    const Watch watch = partition.watch(signal, kHighWatermarkMoved);
    change();
    return signal.is_set();
  };
  EXPECT_TRUE(woken_by([&] { partition.mark_offline(); }));
  EXPECT_TRUE(woken_by([&] { partition.mark_deleted(); }));
}

TEST_F(PartitionTest, AFollowersNewStartWakesDeleteRecords) {
  lead();
  append(10);
  fetch(kB, 10);
  fetch(kC, 10);
  partition.delete_records(Offset{4});
  const env::Signal low;
  const Watch watch = partition.watch(low, kLowWatermarkMoved);
  fetch(kB, 10, 4);
  EXPECT_FALSE(low.is_set());
  fetch(kC, 10, 4);
  EXPECT_TRUE(low.is_set());
}

TEST(WatchersTest, AWatchThatIsGoneIsNotSetAndAWokenOneIsSetOnce) {
  Watchers watchers;
  const env::Signal gone, stays;
  {
    const Watch watch = watchers.add(gone, kLogEndMoved);
  }
  Watch kept = watchers.add(stays, kLogEndMoved);
  EXPECT_EQ(watchers.size(), 1u);
  watchers.notify(kLogEndMoved);
  EXPECT_FALSE(gone.is_set());
  EXPECT_TRUE(stays.is_set());
  EXPECT_EQ(watchers.size(), 0u);
  Watch moved = std::move(kept);
  kept = watchers.add(env::Signal(), kLogEndMoved);
  moved = Watch();
  EXPECT_EQ(watchers.size(), 1u);
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
