#include "protocol/records/analyze.h"

#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

const TopicPartition kPartition{"t", PartitionIndex(0)};

auto analyze_client(const Buffer& bytes, std::optional<std::int32_t> limit = std::nullopt) {
  return analyze(bytes, kPartition, Origin::kClient, limit);
}

TEST(AnalyzeTest, SumsUpTheBatches) {
  const Buffer file = sample("transactions.log");
  const Analysis a = analyze(file, kPartition, Origin::kReplication, std::nullopt).value();
  EXPECT_EQ(a.valid_bytes, file.size());
  EXPECT_EQ(a.batch_count, 4);
  EXPECT_EQ(a.first_offset, Offset(0));
  EXPECT_EQ(a.last_offset_of_first_batch, Offset(2));
  EXPECT_EQ(a.last_offset, Offset(7));
  EXPECT_EQ(a.last_leader_epoch, LeaderEpoch(0));
  EXPECT_EQ(a.max_timestamp, Timestamp(1795242573985));
  EXPECT_EQ(a.offset_of_max_timestamp, Offset(7));
  EXPECT_EQ(a.source_codec, Codec::kNone);
  EXPECT_TRUE(a.offsets_monotonic);
}

TEST(AnalyzeTest, NoticesOffsetsThatDoNotRise) {
  Buffer twice = sample("codec-gzip.log");
  append_bytes(twice, sample("codec-none.log"));
  const Analysis a = analyze(twice, kPartition, Origin::kReplication, std::nullopt).value();
  EXPECT_FALSE(a.offsets_monotonic);
  EXPECT_EQ(a.source_codec, Codec::kGzip);
  EXPECT_EQ(a.offset_of_max_timestamp, Offset(2));
}

TEST(AnalyzeTest, DropsACutTailSilently) {
  Buffer bytes = make({});
  const std::size_t whole = bytes.size();
  append_bytes(bytes, as_bytes("abc"));
  EXPECT_EQ(analyze_client(bytes)->valid_bytes, whole);
  EXPECT_EQ(analyze_client(Buffer{})->batch_count, 0);
}

TEST(AnalyzeTest, LeavesTheFirstOffsetOfOldMessagesOpen) {
  const Analysis a = analyze_client(sample("magic1-gzip.bin")).value();
  EXPECT_EQ(a.first_offset, kNoOffset);
  EXPECT_EQ(a.last_offset_of_first_batch, Offset(103));
}

TEST(AnalyzeTest, RefusesWhatKafkaRefuses) {
  EXPECT_EQ(analyze_client(make({.crc = 12345})).error().error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(analyze_client(make({.magic = 3})).error().message, "Invalid magic found in record: 3");
  EXPECT_EQ(analyze_client(make({.codec_id = 5})).error().error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(analyze_client(make({.codec_id = 7})).error().error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(analyze_client(make({.base_offset = 77})).error().error, ErrorCode::kInvalidRecord);
  EXPECT_TRUE(analyze(make({.base_offset = 77}), kPartition, Origin::kReplication, std::nullopt));
  EXPECT_TRUE(analyze_client(make({.leader_epoch = 77})));
  Buffer old = sample("magic1-none.bin");
  old.back() ^= std::byte{1};
  EXPECT_EQ(analyze_client(old).error().error, ErrorCode::kCorruptMessage);
}

TEST(AnalyzeTest, AllowsABatchOfExactlyTheLargestSize) {
  const Buffer bytes = make({});
  const auto size = static_cast<std::int32_t>(bytes.size());
  EXPECT_TRUE(analyze_client(bytes, size));
  EXPECT_EQ(analyze_client(bytes, size - 1).error().error, ErrorCode::kMessageTooLarge);
}

// --- What a request may carry at all.

ErrorCode request_error(const Buffer& bytes, std::int16_t version = 8) {
  const auto ok = check_produce_records(bytes, version);
  return ok ? ErrorCode::kNone : ok.error().error;
}

Buffer twice(const Buffer& bytes) {
  Buffer out = bytes;
  append_bytes(out, bytes);
  return out;
}

TEST(CheckProduceRecordsTest, WantsExactlyOneBatchOfMagicTwo) {
  EXPECT_EQ(request_error(make({})), ErrorCode::kNone);
  EXPECT_EQ(request_error({}), ErrorCode::kInvalidRecord);
  EXPECT_EQ(request_error(twice(make({}))), ErrorCode::kInvalidRecord);
  EXPECT_EQ(request_error(make({.length = 5000})), ErrorCode::kInvalidRecord);
  const Buffer batch = make({});
  EXPECT_EQ(request_error(Buffer(batch.begin(), batch.begin() + 30)), ErrorCode::kInvalidRecord);
  Buffer trailing = batch;
  append_bytes(trailing, as_bytes("abc"));
  EXPECT_EQ(request_error(trailing), ErrorCode::kNone);
  EXPECT_EQ(request_error(sample("magic1-gzip.bin"), 3), ErrorCode::kInvalidRecord);
}

TEST(CheckProduceRecordsTest, TakesOldMessagesInOldRequests) {
  EXPECT_EQ(request_error(sample("magic1-none.bin"), 2), ErrorCode::kNone);
  EXPECT_EQ(request_error(sample("magic0-none.bin"), 0), ErrorCode::kNone);
  EXPECT_EQ(request_error(make({}), 2), ErrorCode::kNone);
}

TEST(CheckProduceRecordsTest, TakesZstdFromVersionSeven) {
  EXPECT_EQ(request_error(make({.codec = Codec::kZstd}), 6),
            ErrorCode::kUnsupportedCompressionType);
  EXPECT_EQ(request_error(make({.codec = Codec::kZstd}), 7), ErrorCode::kNone);
}

// The text travels: Kafka finds these before it looks at partitions one by one.
TEST(CheckProduceRecordsTest, TellsTheClientOfACorruptFirstBatch) {
  for (const auto& [bytes, text] :
       {std::pair{make({.magic = 3}), "Invalid magic found in record: 3"},
        std::pair{make({.magic = -1}), "Invalid magic found in record: -1"},
        std::pair{make({.length = 10}),
                  "Record size 10 is less than the minimum record overhead (14)"},
        std::pair{make({.length = -5}),
                  "Record size -5 is less than the minimum record overhead (14)"}}) {
    const auto ok = check_produce_records(bytes, 8);
    ASSERT_FALSE(ok);
    EXPECT_EQ(ok.error().error, ErrorCode::kCorruptMessage);
    EXPECT_EQ(ok.error().message, text);
    EXPECT_TRUE(ok.error().tell_client);
  }
}

}  // namespace
}  // namespace barnabas::records
