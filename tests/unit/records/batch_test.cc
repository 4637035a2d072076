#include "protocol/records/batch.h"

#include "protocol/records/crc32.h"
#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

using Kind = BatchError::Kind;

TEST(Crc32cTest, MatchesThePublishedCheckValue) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32Test, MatchesThePublishedCheckValue) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926u);
}

TEST(SequenceTest, CountsFromZeroAgainAfterTheLargest) {
  EXPECT_EQ(advance(Sequence(5), 3), Sequence(8));
  EXPECT_EQ(advance(Sequence(2147483647), 1), Sequence(0));
  EXPECT_EQ(advance(Sequence(2147483646), 5), Sequence(3));
  EXPECT_EQ(advance(kNoSequence, 4), kNoSequence);
}

TEST(VarintTest, SizesAndBytesAgree) {
  for (const std::int64_t v :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64}, std::int64_t{-64},
        std::int64_t{-65}, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    Buffer out;
    append_varint(out, v);
    EXPECT_EQ(out.size(), varint_size(v)) << v;
  }
}

TEST(BatchViewTest, ReadsEveryFieldThatTheBrokerWrote) {
  const Buffer file = sample("transactions.log");
  const auto batches = batches_of(file);
  ASSERT_EQ(batches.size(), 4u);
  const BatchView& data = batches[2];
  EXPECT_EQ(data.base_offset(), Offset(4));
  EXPECT_EQ(data.last_offset(), Offset(6));
  EXPECT_EQ(data.next_offset(), Offset(7));
  EXPECT_EQ(data.size(), 106u);
  EXPECT_EQ(data.leader_epoch(), LeaderEpoch(0));
  EXPECT_EQ(data.magic(), 2);
  EXPECT_EQ(data.codec(), Codec::kNone);
  EXPECT_EQ(data.timestamp_type(), TimestampType::kCreateTime);
  EXPECT_TRUE(data.is_transactional());
  EXPECT_FALSE(data.is_control());
  EXPECT_EQ(data.delete_horizon(), std::nullopt);
  EXPECT_EQ(data.max_timestamp(), Timestamp(1795242573042));
  EXPECT_EQ(data.producer_id(), ProducerId(2));
  EXPECT_EQ(data.producer_epoch(), ProducerEpoch(1));
  EXPECT_EQ(data.base_sequence(), Sequence(0));
  EXPECT_EQ(data.last_sequence(), Sequence(2));
  EXPECT_EQ(data.count(), 3);
  EXPECT_EQ(data.crc(), 3627284492u);
  EXPECT_TRUE(data.crc_valid());
  EXPECT_TRUE(batches[3].is_control());
  EXPECT_EQ(batches[3].last_sequence(), kNoSequence);
}

TEST(BatchViewTest, KnowsTheCodecOfEachSample) {
  const std::pair<const char*, std::uint32_t> crcs[] = {{"none", 1582832242},
                                                        {"gzip", 2811871757},
                                                        {"snappy", 277749248},
                                                        {"lz4", 2296730580},
                                                        {"zstd", 4056338462}};
  for (const auto& [codec, crc] : crcs) {
    const Buffer file = sample(std::string("codec-") + codec + ".log");
    const BatchView batch = only_batch(file);
    EXPECT_EQ(name(batch.codec().value()), codec);
    EXPECT_EQ(batch.count(), 3);
    EXPECT_EQ(batch.last_offset(), Offset(2));
    EXPECT_EQ(batch.crc(), crc);
    EXPECT_TRUE(batch.crc_valid());
  }
}

TEST(BatchViewTest, ReadsOldMessagesThroughTheSameView) {
  const Buffer set = sample("magic1-none.bin");
  const auto messages = batches_of(set);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[2].base_offset(), Offset(103));
  EXPECT_EQ(messages[2].last_offset(), Offset(103));
  EXPECT_EQ(messages[2].max_timestamp(), Timestamp(1700000000002));
  EXPECT_EQ(messages[2].count(), 1);
  EXPECT_EQ(messages[2].leader_epoch(), kNoLeaderEpoch);
  EXPECT_EQ(messages[2].producer_id(), kNoProducerId);
  EXPECT_FALSE(messages[2].is_transactional());
  for (const BatchView& m : messages) EXPECT_TRUE(m.crc_valid());
  const Buffer wrapped = sample("magic1-gzip-append-time.bin");
  const BatchView wrapper = only_batch(wrapped);
  EXPECT_EQ(wrapper.last_offset(), Offset(103));
  EXPECT_EQ(wrapper.count(), std::nullopt);
  EXPECT_EQ(wrapper.timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(wrapper.max_timestamp(), Timestamp(1700000009999));
  const Buffer oldest = sample("magic0-gzip.bin");
  EXPECT_EQ(only_batch(oldest).max_timestamp(), kNoTimestamp);
  EXPECT_TRUE(only_batch(oldest).crc_valid());
}

TEST(BatchHeaderTest, WritesWhatItParsed) {
  const Buffer file = sample("idempotent.log");
  const BatchHeader header = batches_of(file)[1].header();
  Buffer copy(kBatchOverhead);
  header.write(MutableBytes(copy).first<kBatchOverhead>());
  EXPECT_EQ(copy, Buffer(file.begin() + 70, file.begin() + 70 + kBatchOverhead));
  EXPECT_EQ(header.base_sequence, Sequence(1));
}

TEST(NextBatchTest, IsShortAtEveryLengthBelowTheWhole) {
  for (const char* name : {"codec-gzip.log", "magic1-lz4.bin", "magic0-snappy.bin"}) {
    const Buffer file = sample(name);
    for (std::size_t n = 0; n < file.size(); ++n) {
      const auto batch = next_batch(Bytes(file).first(n));
      ASSERT_FALSE(batch) << name << " " << n;
      EXPECT_TRUE(batch.error().is_short()) << name << " " << n;
    }
  }
}

TEST(NextBatchTest, RefusesLengthsBelowTheSmallestMessage) {
  for (const std::int32_t length : {10, -5, 13, 0}) {
    const Buffer bytes = make({.length = length});
    EXPECT_EQ(next_batch(bytes).error(), (BatchError{Kind::kTooSmall, length}));
  }
  EXPECT_EQ((BatchError{Kind::kTooSmall, 10}).message(),
            "Record size 10 is less than the minimum record overhead (14)");
  EXPECT_EQ((BatchError{Kind::kTooSmall, -5}).message(),
            "Record size -5 is less than the minimum record overhead (14)");
}

TEST(NextBatchTest, RefusesUnknownMagic) {
  EXPECT_EQ(next_batch(make({.magic = 3})).error().message(), "Invalid magic found in record: 3");
  EXPECT_EQ(next_batch(make({.magic = -1})).error().message(), "Invalid magic found in record: -1");
}

// The length is looked at before the magic has arrived, the magic before the rest has.
TEST(NextBatchTest, ComplainsAsSoonAsItCan) {
  const Buffer small = make({.length = 5});
  EXPECT_EQ(next_batch(Bytes(small).first(12)).error().kind, Kind::kTooSmall);
  const Buffer magic = make({.magic = 9, .length = 5000});
  EXPECT_EQ(next_batch(Bytes(magic).first(17)).error().kind, Kind::kBadMagic);
  EXPECT_TRUE(next_batch(Bytes(magic).first(16)).error().is_short());
}

TEST(NextBatchTest, RefusesABatchWithoutRoomForItsHeader) {
  for (const std::int32_t length : {14, 48}) {
    const auto batch = next_batch(make({.length = length}));
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().kind, Kind::kCutHeader);
  }
  const Buffer bare = make({.values = {}, .length = 49});
  EXPECT_TRUE(next_batch(bare));
}

TEST(NextBatchTest, TellsTheSizeFromTheFirstSeventeenBytes) {
  const Buffer file = sample("codec-zstd.log");
  EXPECT_EQ(next_batch_size(Bytes(file).first(17)), 143u);
  EXPECT_TRUE(next_batch_size(Bytes(file).first(16)).error().is_short());
}

class MutableBatchTest : public testing::Test {
 protected:
  MutableBatch edit() { return MutableBatch(*next_batch(bytes), bytes); }
  Buffer bytes = make({.values = {"a", "b", "c"}});
};

TEST_F(MutableBatchTest, MovesOffsetsAndEpochWithoutTouchingTheCrc) {
  const std::uint32_t crc = edit().crc();
  edit().set_last_offset(Offset(12));
  edit().set_leader_epoch(LeaderEpoch(7));
  EXPECT_EQ(edit().base_offset(), Offset(10));
  EXPECT_EQ(edit().last_offset(), Offset(12));
  EXPECT_EQ(edit().leader_epoch(), LeaderEpoch(7));
  EXPECT_EQ(edit().crc(), crc);
  EXPECT_TRUE(edit().crc_valid());
}

TEST_F(MutableBatchTest, StampsWithANewCrc) {
  edit().set_max_timestamp(TimestampType::kLogAppendTime, Timestamp(42));
  EXPECT_TRUE(edit().crc_valid());
  EXPECT_EQ(edit().timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(edit().max_timestamp(), Timestamp(42));
  for (const Kept& r : records_of(edit())) EXPECT_EQ(r.timestamp, 42);
}

TEST_F(MutableBatchTest, LeavesABatchAloneThatAlreadyHasTheTime) {
  bytes = make(
      {.attributes = 0x7f80, .crc = 1});  // bits without a meaning, and a wrong CRC to see it kept
  edit().set_max_timestamp(TimestampType::kCreateTime, Timestamp(1'700'000'000'000));
  EXPECT_EQ(edit().crc(), 1u);
  EXPECT_EQ(edit().attributes(), 0x7f80);
}

TEST_F(MutableBatchTest, DropsBitsWithoutAMeaningWhenItStamps) {
  bytes = make({.attributes = 0x7f80 | kTransactionalBit | kDeleteHorizonBit});
  edit().set_max_timestamp(TimestampType::kLogAppendTime, Timestamp(42));
  EXPECT_EQ(edit().attributes(), kTransactionalBit | kDeleteHorizonBit | kLogAppendTimeBit);
  EXPECT_TRUE(edit().crc_valid());
}

TEST_F(MutableBatchTest, StampsAnOldMessage) {
  bytes = sample("magic1-gzip.bin");
  edit().set_max_timestamp(TimestampType::kLogAppendTime, Timestamp(42));
  edit().set_last_offset(Offset(50));
  EXPECT_TRUE(edit().crc_valid());
  const auto records = records_of(edit());
  EXPECT_EQ(records.front(), (Kept{47, 42, "k1", "first value first value first value"}));
  EXPECT_EQ(records.back(), (Kept{50, 42, "k3", std::nullopt}));
}

}  // namespace
}  // namespace barnabas::records
