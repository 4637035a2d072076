#include "protocol/records/builder.h"

#include "protocol/records/control.h"
#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

using testing::ElementsAre;

// The batch again, from what can be read of it.
Buffer rebuilt(BatchView batch) {
  const BatchHeader h = batch.header();
  RecordBatchBuilder builder({.compression = {*batch.codec()},
                              .base_offset = h.base_offset,
                              .timestamp_type = batch.timestamp_type(),
                              .log_append_time = batch.max_timestamp(),
                              .producer_id = h.producer_id,
                              .producer_epoch = h.producer_epoch,
                              .base_sequence = h.base_sequence,
                              .transactional = batch.is_transactional(),
                              .control = batch.is_control(),
                              .leader_epoch = h.leader_epoch,
                              .delete_horizon = batch.delete_horizon()});
  const auto read = for_each_record(batch, [&](const Record& r) {
    builder.append_with_offset(r.offset, r);
    return true;
  });
  EXPECT_TRUE(read);
  return builder.build();
}

TEST(RecordBatchBuilderTest, WritesTheVeryBytesThatKafkaWrites) {
  for (const char* name : {"codec-none.log", "headers.log", "idempotent.log", "transactions.log",
                           "compacted.log", "two-records.log"}) {
    const Buffer file = sample(name);
    for (const BatchView& batch : batches_of(file)) {
      const Buffer again = rebuilt(batch);
      EXPECT_EQ(again, Buffer(batch.bytes().begin(), batch.bytes().end())) << name;
    }
  }
}

TEST(RecordBatchBuilderTest, WritesEveryCodecSoThatItReadsTheSame) {
  for (const char* name :
       {"codec-gzip.log", "codec-snappy.log", "codec-lz4.log", "codec-zstd.log"}) {
    const Buffer file = sample(name), again = rebuilt(only_batch(file));
    EXPECT_EQ(only_batch(again).codec(), only_batch(file).codec());
    EXPECT_TRUE(only_batch(again).crc_valid());
    EXPECT_EQ(records_of(only_batch(again)), records_of(only_batch(file)));
  }
  const Buffer snappy = sample("codec-snappy.log"), lz4 = sample("codec-lz4.log");
  EXPECT_EQ(rebuilt(only_batch(snappy)), snappy);
  EXPECT_EQ(rebuilt(only_batch(lz4)), lz4);
}

void append_three(RecordBatchBuilder& builder, std::int64_t base) {
  builder.append_with_offset(Offset(base), Timestamp(1700000000001), as_bytes("k1"),
                             as_bytes("first value first value first value"));
  builder.append_with_offset(Offset(base + 1), Timestamp(1700000000003), std::nullopt,
                             as_bytes("no key"));
  builder.append_with_offset(Offset(base + 3), Timestamp(1700000000002), as_bytes("k3"),
                             std::nullopt);
}

TEST(RecordBatchBuilderTest, WritesTheVeryBytesOfOldMessageSets) {
  for (const int magic : {0, 1}) {
    for (const Codec codec : {Codec::kNone, Codec::kSnappy, Codec::kLz4}) {
      RecordBatchBuilder builder({.magic = static_cast<std::int8_t>(magic),
                                  .compression = {codec},
                                  .base_offset = Offset(100)});
      append_three(builder, 100);
      const std::size_t size = builder.size();
      const Buffer built = builder.build();
      EXPECT_EQ(built,
                sample("magic" + std::to_string(magic) + "-" + std::string(name(codec)) + ".bin"))
          << magic << name(codec);
      if (codec == Codec::kNone) EXPECT_EQ(size, built.size());
    }
  }
}

TEST(RecordBatchBuilderTest, StampsOldMessageSets) {
  for (const Codec codec : {Codec::kNone, Codec::kGzip}) {
    const Buffer expected = sample("magic1-" + std::string(name(codec)) + "-append-time.bin");
    RecordBatchBuilder builder({.magic = 1,
                                .compression = {codec},
                                .base_offset = Offset(100),
                                .timestamp_type = TimestampType::kLogAppendTime,
                                .log_append_time = Timestamp(1700000009999)});
    append_three(builder, 100);
    const Buffer built = builder.build();
    EXPECT_EQ(all_records_of(built), all_records_of(expected));
    if (codec == Codec::kNone) EXPECT_EQ(built, expected);
    EXPECT_EQ(next_batch(built)->timestamp_type(), TimestampType::kLogAppendTime);
    EXPECT_EQ(next_batch(built)->max_timestamp(), Timestamp(1700000009999));
  }
}

TEST(RecordBatchBuilderTest, KeepsTimesBelowTheStamp) {
  RecordBatchBuilder builder(
      {.timestamp_type = TimestampType::kLogAppendTime, .log_append_time = Timestamp(99)});
  builder.append(Timestamp(7), std::nullopt, as_bytes("v"));
  EXPECT_EQ(builder.max_timestamp(), Timestamp(99));
  const Buffer built = builder.build();
  EXPECT_EQ(only_batch(built).base_timestamp(), Timestamp(7));
  EXPECT_EQ(only_batch(built).max_timestamp(), Timestamp(99));
  EXPECT_THAT(records_of(only_batch(built)), ElementsAre(Kept{0, 99, std::nullopt, "v"}));
}

// KIP-534: compaction leaves the time of deletion where the base timestamp was.
TEST(RecordBatchBuilderTest, CountsTimesFromTheDeleteHorizon) {
  RecordBatchBuilder builder({.delete_horizon = Timestamp(5000)});
  builder.append(Timestamp(7), as_bytes("k"), std::nullopt);
  const Buffer built = builder.build();
  EXPECT_EQ(only_batch(built).delete_horizon(), Timestamp(5000));
  EXPECT_EQ(only_batch(built).max_timestamp(), Timestamp(7));
  EXPECT_THAT(records_of(only_batch(built)), ElementsAre(Kept{0, 7, "k", std::nullopt}));
}

TEST(RecordBatchBuilderTest, KeepsGapsAndTheLastOffsetThatCompactionWants) {
  RecordBatchBuilder builder({.base_offset = Offset(10)});
  builder.append_with_offset(Offset(12), Timestamp(1), as_bytes("k"), as_bytes("v"));
  builder.override_last_offset(Offset(19));
  const Buffer built = builder.build();
  EXPECT_EQ(only_batch(built).base_offset(), Offset(10));
  EXPECT_EQ(only_batch(built).last_offset(), Offset(19));
  EXPECT_EQ(only_batch(built).count(), 1);
  EXPECT_EQ(records_of(only_batch(built))[0].offset, 12);
}

TEST(RecordBatchBuilderTest, WritesABareHeaderWhenNothingIsLeft) {
  RecordBatchBuilder builder(
      {.compression = {Codec::kZstd}, .base_offset = Offset(10), .producer_id = ProducerId(4)});
  builder.override_last_offset(Offset(12));
  const Buffer built = builder.build();
  EXPECT_EQ(built.size(), kBatchOverhead);
  EXPECT_TRUE(only_batch(built).crc_valid());
  EXPECT_EQ(only_batch(built).next_offset(), Offset(13));
  EXPECT_TRUE(records_of(only_batch(built)).empty());
}

TEST(RecordBatchBuilderTest, TellsItsSize) {
  RecordBatchBuilder builder;
  EXPECT_EQ(builder.size(), kBatchOverhead);
  const std::vector<Header> headers = {{"h", as_bytes("1")}, {"", std::nullopt}};
  builder.append(Timestamp(1), as_bytes("k"), std::nullopt, headers);
  const std::size_t size = builder.size();
  EXPECT_EQ(builder.build().size(), size);
}

TEST(EndTxnMarkerTest, IsTheVeryBatchThatTheCoordinatorWrites) {
  const Buffer file = sample("transactions.log");
  const BatchView commit = batches_of(file)[1], abort = batches_of(file)[3];
  const Buffer ours =
      end_txn_marker_batch({ControlType::kCommit, 0}, ProducerId(2), ProducerEpoch(0),
                           commit.max_timestamp(), Offset(3), LeaderEpoch(0));
  EXPECT_EQ(ours, Buffer(commit.bytes().begin(), commit.bytes().end()));
  const Buffer other =
      end_txn_marker_batch({ControlType::kAbort, 0}, ProducerId(2), ProducerEpoch(1),
                           abort.max_timestamp(), Offset(7), LeaderEpoch(0));
  EXPECT_EQ(other, Buffer(abort.bytes().begin(), abort.bytes().end()));
}

TEST(EndTxnMarkerTest, IsNothingThatIsCutOrUnknown) {
  Record record;
  EXPECT_EQ(parse_end_txn_marker(record), std::nullopt);
  const Buffer key = bytes_of(std::string_view("\0\0\0\1", 4)),
               value = bytes_of(std::string_view("\0\0\0\0\0\7", 6));
  record.key = key;
  record.value = value;
  EXPECT_EQ(parse_end_txn_marker(record), (EndTxnMarker{ControlType::kCommit, 7}));
  record.value = Bytes(value).first(5);
  EXPECT_EQ(parse_end_txn_marker(record), std::nullopt);
  record.value = value;
  const Buffer leader_change = bytes_of(std::string_view("\0\0\0\2", 4));
  record.key = leader_change;
  EXPECT_EQ(parse_end_txn_marker(record), std::nullopt);
  EXPECT_EQ(control_record_type(record), 2);
}

}  // namespace
}  // namespace barnabas::records
