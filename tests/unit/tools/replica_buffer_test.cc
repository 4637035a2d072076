#include "tools/admin/replica_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/messages/fetch.h"
#include "protocol/messages/list_offsets.h"
#include "protocol/records/builder.h"
#include "tests/unit/tools/fake_cluster.h"
#include "tools/admin/replica_verification.h"

namespace barnabas::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const TopicPartition kPartition{"t", PartitionIndex(0)};

// A batch of one record at `offset`.
records::Buffer batch(std::int64_t offset, std::string_view value) {
  records::BatchOptions options;
  options.base_offset = Offset(offset);
  records::RecordBatchBuilder builder(options);
  builder.append(Timestamp(1), std::nullopt, std::as_bytes(std::span(value)));
  return builder.build();
}

records::Buffer operator+(records::Buffer a, const records::Buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

FetchedReplica replica(int id, std::int64_t high_watermark, const records::Buffer& records) {
  return {BrokerId(id), Offset(high_watermark), env::Bytes(records.data(), records.size())};
}

class ReplicaBufferTest : public ::testing::Test {
 protected:
  ReplicaBuffer::Compared compare(std::vector<FetchedReplica> replicas) {
    return buffer_.compare({{kPartition, std::move(replicas)}});
  }

  ReplicaBuffer buffer_{{{kPartition, Offset(5)}}};
  const records::Buffer five_ = batch(5, "five");
  const records::Buffer six_ = batch(6, "six");
};

TEST_F(ReplicaBufferTest, ReplicasThatAgreeAreComparedUpToTheirHighWatermark) {
  const auto both = five_ + six_;
  EXPECT_THAT(compare({replica(1, 7, both), replica(2, 7, both)}).differences, IsEmpty());
  EXPECT_EQ(buffer_.offset(kPartition), Offset(7));
  EXPECT_EQ(buffer_.largest_lag().records, 0);
}

TEST_F(ReplicaBufferTest, AReplicaThatIsBehindIsALag) {
  const auto both = five_ + six_;
  EXPECT_THAT(compare({replica(1, 7, both), replica(2, 6, both)}).differences, IsEmpty());
  EXPECT_EQ(buffer_.offset(kPartition), Offset(6)) << "6 is not committed on broker 2";
  EXPECT_EQ(buffer_.largest_lag().records, 1);
  EXPECT_EQ(buffer_.largest_lag().offset, Offset(6));
  EXPECT_EQ(buffer_.largest_lag().partition, kPartition);
}

TEST_F(ReplicaBufferTest, AReplicaThatDoesNotAnswerHoldsTheComparisonUp) {
  EXPECT_THAT(compare({replica(1, 7, five_), FetchedReplica{BrokerId(2)}}).differences, IsEmpty());
  EXPECT_EQ(buffer_.offset(kPartition), Offset(5));
  EXPECT_EQ(buffer_.largest_lag().records, 2);
}

TEST_F(ReplicaBufferTest, OtherBytesAtTheSameOffsetAreNamed) {
  const auto other = batch(5, "FIVE");
  const auto compared = compare({replica(1, 7, five_), replica(2, 7, other)});
  EXPECT_FALSE(compared.offsets_differ);
  EXPECT_THAT(compared.differences,
              ElementsAre(::testing::StartsWith(": partition t-0 has unmatched checksum at offset "
                                                "5; replica 1's checksum ")));
}

TEST_F(ReplicaBufferTest, OtherOffsetsEndTheComparison) {
  const auto compared = compare({replica(1, 7, five_), replica(2, 7, six_)});
  EXPECT_TRUE(compared.offsets_differ);
  EXPECT_THAT(compared.differences,
              ElementsAre(": partition t-0: replica 1's offset 5 doesn't match replica 2's offset "
                          "6"));
}

// The whole tool: it ends when offsets differ, so a test can see it run.
TEST(ReplicaVerificationTest, ItReportsUntilOffsetsDiffer) {
  FakeCluster cluster;
  cluster.topic("t", {FakeCluster::ids({1, 2})});
  cluster.topic("other", {FakeCluster::ids({3})});
  cluster.on_all<protocol::ListOffsetsRequest>([](const protocol::ListOffsetsRequest& request) {
    protocol::ListOffsetsResponse response;
    auto& topic = response.topics.emplace_back();
    topic.name = request.topics.at(0).name;
    topic.partitions.emplace_back().offset = Offset(5);
    return response;
  });
  auto five = batch(5, "five"), six = batch(6, "six"), strange = batch(7, "seven");
  const auto answer = [](records::Buffer* records) {
    protocol::FetchResponse response;
    auto& topic = response.responses.emplace_back();
    topic.topic = "t";
    auto& partition = topic.partitions.emplace_back();
    partition.high_watermark = Offset(10);
    partition.records = Records(env::MutableBytes(records->data(), records->size()));
    return response;
  };
  int rounds = 0;
  cluster.network.on<protocol::FetchRequest>(9001, [&](const protocol::FetchRequest& request) {
    cluster.loop.clock.advance(cluster.loop.clock.now() +
                               std::chrono::milliseconds(request.max_wait_ms.value));
    return answer(++rounds < 3 ? &five : &six);
  });
  cluster.network.on<protocol::FetchRequest>(
      9002, [&](const protocol::FetchRequest&) { return answer(rounds < 3 ? &five : &strange); });
  const auto ran = cluster.run(run_replica_verification,
                               "--broker-list b:9001 --topics-include t --report-interval-ms 500");
  EXPECT_THAT(ran.out, ::testing::HasSubstr(": verification process is started\n"));
  EXPECT_THAT(ran.out, ::testing::HasSubstr(": max lag is 4 for partition t-0 at offset 6 among 1 "
                                            "partitions\n"));
  EXPECT_THAT(ran.out, ::testing::EndsWith(": partition t-0: replica 1's offset 6 doesn't match "
                                           "replica 2's offset 7\n"));
  EXPECT_EQ(ran.code, 1);
}

TEST(ReplicaVerificationTest, WithoutTopicsItSaysSo) {
  FakeCluster cluster;
  const auto ran = cluster.run(run_replica_verification, "--broker-list b:9001");
  EXPECT_EQ(ran.err,
            "No topics found. [topics-include] if specified, is either filtering out all topics or "
            "there is no topic.\n");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(cluster.run(run_replica_verification, "--broker-list b:9001 --topics-include [").err,
            "[ is an invalid regex\n");
  EXPECT_THAT(cluster.run(run_replica_verification, "").err,
              ::testing::StartsWith("Validate that all replicas for a set of topics have the same "
                                    "data.\n"));
}

}  // namespace
}  // namespace barnabas::tools
