#include "broker/replica/metadata_cache.h"

#include <gmock/gmock.h>

namespace barnabas::broker::replica {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr BrokerId kOne{1}, kTwo{2}, kThree{3};

TopicId id_of(std::uint8_t n) {
  TopicId id;
  id.bytes[15] = n;
  return id;
}

LiveBroker broker(BrokerId id, std::vector<std::string> listeners = {"PLAINTEXT"}) {
  LiveBroker out{id, {}, std::nullopt};
  for (const auto& listener : listeners) {
    out.endpoints.push_back({listener, "h" + std::to_string(id.value), 9092, 0});
  }
  return out;
}

PartitionUpdate partition(int index, BrokerId leader, int epoch = 0) {
  PartitionUpdate out;
  out.index = PartitionIndex{index};
  out.leader = leader;
  out.leader_epoch = LeaderEpoch{epoch};
  out.replicas = {kOne, kTwo};
  out.isr = {kOne};
  return out;
}

class MetadataCacheTest : public ::testing::Test {
 protected:
  std::vector<TopicPartition> update(std::vector<TopicUpdate> topics) {
    return cache.update({kOne, std::move(topics), brokers});
  }
  MetadataPtr now() const { return cache.snapshot(); }

  std::vector<LiveBroker> brokers{broker(kTwo), broker(kOne)};
  MetadataCache cache;
};

TEST_F(MetadataCacheTest, NothingIsKnownBeforeTheFirstUpdate) {
  EXPECT_EQ(now()->controller_id(), kNoBroker);
  EXPECT_THAT(now()->live_brokers(), IsEmpty());
  EXPECT_EQ(now()->topic("t"), nullptr);
  EXPECT_FALSE(now()->alive(kOne));
}

TEST_F(MetadataCacheTest, AnUpdateIsMergedPartitionByPartition) {
  update({{"t", id_of(1), {partition(0, kOne), partition(2, kOne)}},
          {"u", id_of(2), {partition(0, kTwo)}}});
  update({{"t", id_of(1), {partition(1, kTwo), partition(2, kTwo, 5)}}});
  const auto t = now()->topic("t");
  ASSERT_EQ(t->size(), 3u);
  EXPECT_EQ(t->find(PartitionIndex{0})->leader, kOne);
  EXPECT_EQ(t->find(PartitionIndex{1})->leader, kTwo);
  EXPECT_EQ(t->find(PartitionIndex{2})->leader_epoch, LeaderEpoch{5});
  EXPECT_THAT(t->find(PartitionIndex{2})->replicas, ElementsAre(kOne, kTwo));
  EXPECT_THAT(t->find(PartitionIndex{2})->isr, ElementsAre(kOne));
  EXPECT_THAT(t->find(PartitionIndex{2})->offline_replicas, IsEmpty());
  EXPECT_EQ(now()->topic_count(), 2u);
  EXPECT_EQ(now()->partition_count(), 4u);
}

TEST_F(MetadataCacheTest, LiveBrokersAreAlwaysTheWholeSet) {
  update({});
  EXPECT_TRUE(now()->alive(kOne) && now()->alive(kTwo));
  brokers = {broker(kThree)};
  update({});
  EXPECT_FALSE(now()->alive(kOne));
  EXPECT_TRUE(now()->alive(kThree));
}

TEST_F(MetadataCacheTest, LeaderMinusTwoRemovesThePartitionAndTheLastOneTheTopic) {
  update({{"t", id_of(1), {partition(0, kOne), partition(1, kOne)}}});
  const auto gone = update({{"t", id_of(1), {partition(0, kLeaderDuringDelete)}}});
  EXPECT_THAT(gone, ElementsAre(TopicPartition{"t", PartitionIndex{0}}));
  EXPECT_FALSE(now()->contains("t", PartitionIndex{0}));
  EXPECT_TRUE(now()->contains("t", PartitionIndex{1}));
  update({{"t", id_of(1), {partition(1, kLeaderDuringDelete)}}});
  EXPECT_EQ(now()->topic("t"), nullptr);
  EXPECT_EQ(now()->topic(id_of(1)), nullptr);
  EXPECT_EQ(now()->topic_count(), 0u);
  EXPECT_EQ(now()->partition_count(), 0u);
}

// Who was out of reach during the deletion would else tell clients of partitions that nobody has.
TEST_F(MetadataCacheTest, ATopicMadeAgainHasItsNewIdAndPartitionsAlone) {
  update({{"t", id_of(1), {partition(0, kOne), partition(1, kOne)}}});
  const auto gone = update({{"t", id_of(9), {partition(0, kOne)}}});
  EXPECT_EQ(gone.size(), 2u);
  EXPECT_FALSE(now()->contains("t", PartitionIndex{1}));
  EXPECT_EQ(now()->partition_count(), 1u);
  EXPECT_EQ(now()->topic_name(id_of(1)), std::nullopt);
  EXPECT_EQ(now()->topic_name(id_of(9)), "t");
  EXPECT_EQ(now()->topic_id("t"), id_of(9));
}

TEST_F(MetadataCacheTest, WhatIsSeenToBeGoneIsForgottenUnlessItWasMadeAnew) {
  update({{"t", id_of(1), {partition(0, kOne), partition(1, kTwo)}}});
  const auto seen = now()->topic("t");
  update({{"t", id_of(9), {partition(0, kOne)}}});
  EXPECT_THAT(cache.forget(*seen), IsEmpty());
  EXPECT_EQ(now()->topic_id("t"), id_of(9));
  EXPECT_EQ(cache.forget(*now()->topic("t")).size(), 1u);
  EXPECT_EQ(now()->topic("t"), nullptr);
  EXPECT_EQ(now()->live_brokers().size(), 2u);
}

TEST_F(MetadataCacheTest, AnUpdateWithoutAnIdKeepsTheOneWeKnow) {
  update({{"t", id_of(1), {partition(0, kOne)}}});
  update({{"t", {}, {partition(0, kTwo)}}});
  EXPECT_EQ(now()->topic(id_of(1))->find(PartitionIndex{0})->leader, kTwo);
}

TEST_F(MetadataCacheTest, ASnapshotInHandNeverChanges) {
  update({{"t", id_of(1), {partition(0, kOne)}}});
  const MetadataPtr before = now();
  update({{"t", id_of(1), {partition(0, kTwo)}}});
  EXPECT_EQ(before->topic("t")->find(PartitionIndex{0})->leader, kOne);
  EXPECT_EQ(now()->topic("t")->find(PartitionIndex{0})->leader, kTwo);
}

// 2,000 topics and one that changes: were all copied, a large cluster would copy everything at each
// election.
TEST_F(MetadataCacheTest, UnchangedTopicsAreSharedBetweenSnapshots) {
  std::vector<TopicUpdate> topics;
  for (int n = 0; n < 2000; ++n) {
    TopicId id = id_of(1);
    id.bytes[0] = static_cast<std::uint8_t>(n >> 8);
    id.bytes[1] = static_cast<std::uint8_t>(n);
    topics.push_back({"t" + std::to_string(n), id, {partition(0, kOne)}});
  }
  update(topics);
  const MetadataPtr before = now();
  update({{"t7", topics[7].id, {partition(0, kTwo)}}});
  std::size_t seen = 0, shared = 0;
  now()->for_each_topic([&](const TopicMetadata& topic) {
    ++seen;
    shared += before->topic(topic.name()).get() == &topic ? 1 : 0;
  });
  EXPECT_EQ(seen, 2000u);
  EXPECT_EQ(shared, 1999u);
  EXPECT_EQ(now()->topic(topics[7].id)->find(PartitionIndex{0})->leader, kTwo);
}

TEST_F(MetadataCacheTest, CreateTopicsWaitsUntilAllPartitionsHaveLiveLeaders) {
  update({{"t", id_of(1), {partition(0, kOne)}}});
  EXPECT_TRUE(now()->has_leaders("t", 1));
  EXPECT_FALSE(now()->has_leaders("t", 2));
  update({{"t", id_of(1), {partition(1, kNoBroker)}}});
  EXPECT_FALSE(now()->has_leaders("t", 2));
  update({{"t", id_of(1), {partition(1, kTwo)}}});
  EXPECT_TRUE(now()->has_leaders("t", 2));
}

TEST_F(MetadataCacheTest, EveryUpdateWakesWhoWaits) {
  const env::Signal signal;
  const Watch watch = cache.watch(signal);
  EXPECT_FALSE(signal.is_set());
  update({});
  EXPECT_TRUE(signal.is_set());
}

// ---- Metadata answers

struct DescribeCase {
  BrokerId leader;
  bool unavailable_endpoints, unavailable_listeners;
  std::string listener;
  ErrorCode error;
};

class DescribeTest : public ::testing::TestWithParam<DescribeCase> {};

TEST_P(DescribeTest, TheErrorDependsOnLeaderListenerAndVersion) {
  const DescribeCase& c = GetParam();
  MetadataCache cache;
  cache.update({kOne,
                {{"t", {}, {partition(0, c.leader)}}},
                {broker(kOne, {"PLAINTEXT", "INTERNAL"}), broker(kTwo, {"PLAINTEXT"})}});
  const auto snapshot = cache.snapshot();
  const auto found = snapshot->describe(snapshot->topic("t")->at(0), c.listener,
                                        c.unavailable_endpoints, c.unavailable_listeners);
  EXPECT_EQ(found.error, c.error);
  const bool led = c.error == ErrorCode::kNone || c.error == ErrorCode::kReplicaNotAvailable;
  EXPECT_EQ(found.leader, led ? c.leader : kNoBroker);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DescribeTest,
    ::testing::Values(
        DescribeCase{kOne, false, true, "PLAINTEXT", ErrorCode::kNone},
        DescribeCase{kNoBroker, false, true, "PLAINTEXT", ErrorCode::kLeaderNotAvailable},
        DescribeCase{kThree, false, true, "PLAINTEXT", ErrorCode::kLeaderNotAvailable},
        DescribeCase{kTwo, false, true, "INTERNAL", ErrorCode::kListenerNotFound},
        DescribeCase{kTwo, false, false, "INTERNAL", ErrorCode::kLeaderNotAvailable},
        DescribeCase{kOne, false, true, "INTERNAL", ErrorCode::kNone},
        DescribeCase{kOne, true, false, "INTERNAL", ErrorCode::kReplicaNotAvailable}));

}  // namespace
}  // namespace barnabas::broker::replica
