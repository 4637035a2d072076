#include "broker/replica/replica_manager.h"

#include <gmock/gmock.h>

#include <array>

#include "tests/unit/replica/replica_manager_fixture.h"

namespace barnabas::broker::replica::testing {
namespace {

// ---- append

TEST_F(ReplicaManagerTest, AllRecordsOfAPartitionAreWrittenAtOnceInTheirOrder) {
  tell({item(0, 1), item(1, 1)});
  std::vector<PartitionAppend> items{produce(0, 3), produce(1, 5), produce(0, 2), produce(0, 1)};
  const auto results = manager.append(items);
  EXPECT_EQ(results[0].appended.first_offset, Offset{0});
  EXPECT_EQ(results[1].appended.first_offset, Offset{0});
  EXPECT_EQ(results[2].appended.first_offset, Offset{3});
  EXPECT_EQ(results[3].appended.first_offset, Offset{5});
  EXPECT_EQ(log(0).writes, 1);
  EXPECT_EQ(log(1).writes, 1);
}

TEST_F(ReplicaManagerTest, AcksAllSaysWhatToWaitFor) {
  auto state = item(0, 1);
  state.state.isr = {BrokerId{1}, BrokerId{2}};
  tell({state});
  std::vector<PartitionAppend> items{produce(0, 3, -1), produce(0, 2, 1), produce(0, 4, -1)};
  const auto results = manager.append(items);
  EXPECT_EQ(results[0].required, Offset{3});
  EXPECT_EQ(results[1].required, kNoOffset);
  EXPECT_EQ(results[2].required, Offset{9});
  EXPECT_FALSE(results[0].partition->replicated_up_to(results[0].required).done);
}

// Different acks of one partition do not overtake each other: a producer's sequence numbers would
// jump.
TEST_F(ReplicaManagerTest, DifferentAcksKeepTheirOrder) {
  tell({item(0, 1)});
  std::vector<PartitionAppend> items{produce(0, 1, 1), produce(0, 1, -1), produce(0, 1, 1)};
  const auto results = manager.append(items);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(results[n].appended.first_offset, Offset{static_cast<std::int64_t>(n)});
  }
}

TEST_F(ReplicaManagerTest, EachItemHasItsOwnError) {
  tell({item(0, 1), item(1, 2)});
  std::vector<PartitionAppend> items{produce(0, 1, 2), produce(1, 1), produce(2, 1), produce(9, 1),
                                     produce(0, 1)};
  items.push_back(produce(0, 1));
  items.back().topic = "__consumer_offsets";
  const auto results = manager.append(items);
  EXPECT_EQ(results[0].appended.error, ErrorCode::kInvalidRequiredAcks);
  EXPECT_EQ(results[1].appended.error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(results[2].appended.error, ErrorCode::kNotLeaderOrFollower);  // known, not ours
  EXPECT_EQ(results[3].appended.error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(results[4].appended.error, ErrorCode::kNone);
  EXPECT_EQ(results[5].appended.error, ErrorCode::kUnknownTopicOrPartition);  // not there yet
  EXPECT_EQ(results[1].appended.first_offset, kNoOffset);
}

// A client that writes to an internal topic learns that it may not only when the topic is there.
TEST_F(ReplicaManagerTest, AnInternalTopicIsForItsCoordinatorAlone) {
  UpdateMetadataCommand command{header, {}};
  command.update.topics = {
      {"__consumer_offsets", id_of(9), {{.index = PartitionIndex{0}, .leader = BrokerId{1}}}}};
  manager.update_metadata(command);
  std::vector<PartitionAppend> items{produce(0, 1), produce(1, 1)};
  for (auto& item : items) item.topic = "__consumer_offsets";
  const auto results = manager.append(items);
  EXPECT_EQ(results[0].appended.error, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(results[1].appended.error, ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(ReplicaManagerTest, ATooSmallIsrRefusesAcksAllAlone) {
  tell({item(0, 1)});
  log(0).set_min_isr(2);
  std::vector<PartitionAppend> items{produce(0, 1, -1), produce(0, 1, 1)};
  const auto results = manager.append(items);
  EXPECT_EQ(results[0].appended.error, ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(results[0].appended.log_start_offset, Offset{0});
  EXPECT_EQ(results[0].required, kNoOffset);
  EXPECT_EQ(results[1].appended.first_offset, Offset{0});
}

// ---- read: three partitions, each with batches of 10 records of one byte

class ReadLimitsTest : public ReplicaManagerTest {
 protected:
  void SetUp() override {
    ReplicaManagerTest::SetUp();
    tell({item(0, 1), item(1, 1), item(2, 1)});
    std::vector<PartitionAppend> items;
    for (int partition = 0; partition < 3; ++partition) {
      for (int n = 0; n < 3; ++n) items.push_back(produce(partition, 10));
    }
    manager.append(items);
  }
  std::array<std::uint32_t, 3> lengths(std::int32_t partition_max, FetchLimits limits) {
    const auto results = consume(
        {from(0, 0, partition_max), from(1, 0, partition_max), from(2, 0, partition_max)}, limits);
    return {results.partitions[0].records.length, results.partitions[1].records.length,
            results.partitions[2].records.length};
  }
  using L = std::array<std::uint32_t, 3>;
};

TEST_F(ReadLimitsTest, ThePartitionLimitCutsTheLastBatch) {
  EXPECT_EQ(lengths(25, {.max_bytes = 1000}), (L{25, 25, 25}));
}

TEST_F(ReadLimitsTest, TheRequestLimitGoesToTheFirstPartitions) {
  EXPECT_EQ(lengths(1000, {.max_bytes = 50}), (L{30, 20, 0}));
}

TEST_F(ReadLimitsTest, TheFirstBatchIsGivenWholeWhateverTheLimits) {
  EXPECT_EQ(lengths(1000, {.max_bytes = 3}), (L{10, 0, 0}));
  EXPECT_EQ(lengths(0, {.max_bytes = 0}), (L{10, 0, 0}));
  EXPECT_EQ(lengths(3, {.max_bytes = 1000}), (L{10, 0, 0}));
}

TEST_F(ReadLimitsTest, AnEmptyPartitionLeavesThatRightToTheNext) {
  const auto results = consume({from(0, 30, 3), from(1, 0, 3)});
  EXPECT_EQ(results.partitions[0].records.length, 0u);
  EXPECT_EQ(results.partitions[1].records.length, 10u);
}

// Clients before Fetch v3 cope with a cut batch by asking for more.
TEST_F(ReadLimitsTest, HardLimitsCutABatch) {
  EXPECT_EQ(lengths(3, {.max_bytes = 1000, .hard = true}), (L{3, 3, 3}));
}

TEST_F(ReadLimitsTest, ANegativePartitionLimitIsAnErrorOfItsPartition) {
  const auto results = consume({from(0, 0, -1), from(1, 0)});
  EXPECT_EQ(results.partitions[0].error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(results.partitions[1].records.length, 30u);
}

TEST_F(ReadLimitsTest, AnAnswerWaitsForItsBytesUnlessThereIsAnError) {
  EXPECT_TRUE(consume({from(0, 0)}).summary.answer_now(30));
  EXPECT_FALSE(consume({from(0, 0)}).summary.answer_now(31));
  EXPECT_FALSE(consume({from(0, 30)}).summary.answer_now(1));
  EXPECT_TRUE(consume({from(0, 30)}).summary.answer_now(0));
  EXPECT_TRUE(consume({from(0, 31), from(1, 30)}).summary.answer_now(1));
}

// A topic made anew must not be given the records of the one before it, which is still here.
TEST_F(ReadLimitsTest, AnIdMustBeThatOfTheLog) {
  PartitionFetch fetch = from(0, 0);
  fetch.topic_id = TopicId{};
  EXPECT_EQ(consume({fetch}).partitions[0].error, ErrorCode::kNone);
  fetch.topic_id = id_of(1);
  EXPECT_EQ(consume({fetch}).partitions[0].error, ErrorCode::kNone);
  fetch.topic_id = id_of(7);
  EXPECT_EQ(consume({fetch}).partitions[0].error, ErrorCode::kInconsistentTopicId);
}

TEST_F(ReadLimitsTest, UnknownAndForeignPartitionsDiffer) {
  know({5});
  EXPECT_EQ(consume({from(5, 0)}).partitions[0].error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(consume({from(9, 0)}).partitions[0].error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(consume({from(-1, 0)}).partitions[0].error, ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(ReadLimitsTest, FollowersFetchesMoveTheHighWatermark) {
  auto state = item(0, 1, 1);
  state.state.isr = {BrokerId{1}, BrokerId{2}};
  tell({state});
  std::vector<PartitionAppend> items{produce(0, 10, -1)};
  const auto appended = manager.append(items);
  manager.read(Reader::of(BrokerId{2}, BrokerEpoch{3}, false, 17), std::array{from(0, 40)},
               {.max_bytes = 1000});
  EXPECT_TRUE(appended[0].partition->replicated_up_to(Offset{40}).done);
}

// ---- reading again, after a wait

class ReadAgainTest : public ReadLimitsTest {
 protected:
  ReadResults begin(const Reader& reader) { return manager.read(reader, items, limits); }
  // Whether the log of partition 0 was read for it.
  bool look_again(const Reader& reader, ReadResults& results) {
    bool seen = false;
    log(0).before_read = [&seen] { seen = true; };
    manager.read_again(reader, items, limits, results);
    log(0).before_read = nullptr;
    return seen;
  }

  const Reader consumer = Reader::of(kNoBroker, BrokerEpoch{-1}, false, 17);
  const Reader follower = Reader::of(BrokerId{2}, BrokerEpoch{3}, false, 17);
  const std::vector<PartitionFetch> items{from(0, 30), from(1, 30)};
  const FetchLimits limits{.max_bytes = 1000};
};

TEST_F(ReadAgainTest, WhatHasNotChangedIsNotReadAgain) {
  auto results = begin(consumer);
  auto ten = produce(1, 10);
  manager.append(std::span(&ten, 1));
  EXPECT_FALSE(look_again(consumer, results));
  EXPECT_EQ(results.partitions[0].high_watermark, Offset{30});
  EXPECT_EQ(results.partitions[1].records.length, 10u);
  EXPECT_EQ(results.summary.bytes, 10u);
}

TEST_F(ReadAgainTest, OfRecordsThatWereTooFewThereMayBeMore) {
  auto ten = produce(0, 10);
  manager.append(std::span(&ten, 1));
  auto results = begin(consumer);
  EXPECT_TRUE(look_again(consumer, results));
  EXPECT_EQ(results.summary.bytes, 10u);
}

TEST_F(ReadAgainTest, ANewHighWatermarkIsSeen) {
  auto state = item(0, 1, 1);
  state.state.isr = {BrokerId{1}, BrokerId{2}};
  tell({state});
  auto ten = produce(0, 10);
  manager.append(std::span(&ten, 1));
  auto results = begin(consumer);
  EXPECT_EQ(results.summary.bytes, 0u);
  replicate(BrokerId{2}, {from(0, 40)});
  EXPECT_TRUE(look_again(consumer, results));
  EXPECT_EQ(results.summary.bytes, 10u);
}

TEST_F(ReadAgainTest, ANewLeaderIsSeen) {
  auto results = begin(follower);
  EXPECT_FALSE(results.summary.error);
  tell({item(0, 2, 1)});
  look_again(follower, results);
  EXPECT_EQ(results.partitions[0].error, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(results.partitions[1].error, ErrorCode::kNone);
  EXPECT_TRUE(results.summary.error);
}

TEST_F(ReadAgainTest, ANewLogStartIsSeen) {
  auto results = begin(follower);
  manager.delete_records("t", PartitionIndex{0}, Offset{4});
  EXPECT_TRUE(look_again(follower, results));
  EXPECT_EQ(results.partitions[0].log_start_offset, Offset{4});
}

TEST_F(ReadAgainTest, WhatALimitHeldBackIsGivenWhenThereIsRoom) {
  auto ten = produce(0, 10);
  manager.append(std::span(&ten, 1));
  quota.throttle("t", std::nullopt);
  quota.set_limit(1);
  quota.record(1000);
  auto results = begin(follower);
  EXPECT_EQ(results.summary.bytes, 0u);
  quota.set_limit(quota::ReplicationQuota::kUnlimited);
  look_again(follower, results);
  EXPECT_EQ(results.summary.bytes, 10u);
}

// ---- deleting records

TEST_F(ReplicaManagerTest, DeletingRecordsIsRefusedWhereThereIsNothingToDelete) {
  know({0, 1});
  tell({item(0, 1), item(1, 2)});
  EXPECT_EQ(manager.delete_records("t", PartitionIndex{0}, Offset{1}).error(),
            ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(manager.delete_records("t", PartitionIndex{1}, Offset{0}).error(),
            ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(manager.delete_records("t", PartitionIndex{9}, Offset{0}).error(),
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(manager.delete_records("__consumer_offsets", PartitionIndex{0}, Offset{0}).error(),
            ErrorCode::kInvalidTopicException);
}

TEST_F(ReplicaManagerTest, DeletingRecordsIsDoneWhenTheLowWatermarkIsThere) {
  tell({item(0, 1)});
  auto ten = produce(0, 10);
  manager.append(std::span(&ten, 1));
  manager.read(Reader::of(BrokerId{2}, BrokerEpoch{3}, false, 17), std::array{from(0, 10)},
               {.max_bytes = 1000});
  const auto deletion = manager.delete_records("t", PartitionIndex{0}, Offset{4});
  ASSERT_TRUE(deletion.has_value());
  EXPECT_EQ(deletion->required, Offset{4});
  EXPECT_LT(deletion->partition->low_watermark(), Offset{4});
  auto fetch = from(0, 10);
  fetch.follower_log_start = Offset{4};
  manager.read(Reader::of(BrokerId{2}, BrokerEpoch{3}, false, 17), std::array{fetch},
               {.max_bytes = 1000});
  EXPECT_EQ(deletion->partition->low_watermark(), Offset{4});
}

// ---- the ISR

TEST_F(ReplicaManagerTest, ChangesToTheIsrGoOutAndTheirAnswersComeBackToThePartition) {
  tell({item(0, 1)});
  manager.read(Reader::of(BrokerId{2}, BrokerEpoch{3}, false, 17), std::array{from(0, 0)},
               {.max_bytes = 1000});
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].topic_id, id_of(1));
  EXPECT_EQ(asked[0].isr, (std::vector{BrokerId{1}, BrokerId{2}}));
  EXPECT_FALSE(manager.settle_isr_change(
      asked[0],
      {.leader_epoch = LeaderEpoch{0}, .partition_epoch = PartitionEpoch{1}, .isr = asked[0].isr}));
  EXPECT_EQ(manager.find("t", PartitionIndex{0})->isr(), asked[0].isr);
}

TEST_F(ReplicaManagerTest, WhoHasFallenBehindIsFoundInEveryPartition) {
  auto both = [](int partition) {
    auto one = item(partition, 1);
    one.state.isr = {BrokerId{1}, BrokerId{2}};
    return one;
  };
  tell({both(0), both(1), item(2, 2)});
  for (const int partition : {0, 1}) {
    auto one = produce(partition, 1);
    manager.append(std::span(&one, 1));
  }
  clock.pass(std::chrono::seconds(31));
  manager.maybe_shrink_isr();
  EXPECT_EQ(asked.size(), 2u);
}

TEST_F(ReplicaManagerTest, AnAnswerForAPartitionThatIsGoneIsDropped) {
  EXPECT_FALSE(manager.settle_isr_change({.tp = tp(0)}, {.error = ErrorCode::kNotController}));
}

// Producers with acks=all wait for who is in sync: a limit is for those who catch up.
TEST_F(ReplicaManagerTest, ALimitHoldsBackFollowersThatAreNotInSync) {
  auto catching_up = item(0, 1);
  auto in_sync = item(1, 1);
  in_sync.state.isr = {BrokerId{1}, BrokerId{2}};
  tell({catching_up, in_sync});
  std::vector<PartitionAppend> items{produce(0, 10), produce(1, 10)};
  manager.append(items);
  quota.throttle("t", std::nullopt);
  quota.set_limit(1);
  EXPECT_GT(replicate(BrokerId{2}, {from(0, 0)}).summary.bytes, 0u);
  quota.record(1000);
  EXPECT_EQ(replicate(BrokerId{2}, {from(0, 0)}).summary.bytes, 0u);
  EXPECT_GT(replicate(BrokerId{2}, {from(1, 0)}).summary.bytes, 0u);
  EXPECT_GT(consume({from(0, 0)}).summary.bytes, 0u);
  quota.release("t");
  EXPECT_GT(replicate(BrokerId{2}, {from(0, 0)}).summary.bytes, 0u);
}

}  // namespace
}  // namespace barnabas::broker::replica::testing
