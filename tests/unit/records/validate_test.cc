#include "protocol/records/validate.h"

#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr Codec kCompressing[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

class ValidateTest : public testing::Test {
 protected:
  // Appends at offset 100 in epoch 3; afterwards `log` holds what would be written.
  std::expected<Validated, Rejected> append(Buffer bytes) {
    log = std::move(bytes);
    const auto analysis = analyze(log, partition, origin, std::nullopt);
    if (!analysis) return std::unexpected(analysis.error());
    auto result = validate_and_assign_offsets(
        log, *analysis, partition, origin, rules,
        {.first_offset = Offset(100), .leader_epoch = LeaderEpoch(3), .now = Timestamp(kNow)});
    in_place = result && !result->rewritten;
    if (result && result->rewritten) log = *result->rewritten;
    return result;
  }
  ErrorCode error(Buffer bytes) {
    const auto result = append(std::move(bytes));
    return result ? ErrorCode::kNone : result.error().error;
  }
  BatchView written() const { return only_batch(log); }

  TopicPartition partition{"topic", PartitionIndex(0)};
  Origin origin = Origin::kClient;
  ValidationRules rules;
  Buffer log;
  bool in_place = false;
};

TEST_F(ValidateTest, AssignsOffsetsAndEpochInPlaceInEveryCodec) {
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const auto result = append(make(
        {.values = {"a", "b"}, .codec = codec, .time_deltas = {5, 2}, .max_timestamp = kNow + 5}));
    ASSERT_TRUE(result) << name(codec);
    EXPECT_TRUE(in_place);
    EXPECT_EQ(result->last_offset, Offset(101));
    EXPECT_EQ(result->max_timestamp, Timestamp(kNow + 5));
    EXPECT_EQ(result->offset_of_max_timestamp, Offset(101));
    EXPECT_EQ(result->log_append_time, kNoTimestamp);
    EXPECT_EQ(written().base_offset(), Offset(100));
    EXPECT_EQ(written().leader_epoch(), LeaderEpoch(3));
    EXPECT_TRUE(written().crc_valid());
    EXPECT_THAT(records_of(written()), ElementsAre(Kept{100, kNow + 5, std::nullopt, "a"},
                                                   Kept{101, kNow + 2, std::nullopt, "b"}));
  }
}

TEST_F(ValidateTest, CorrectsAMaxTimestampThatLies) {
  for (const Codec codec : {Codec::kNone, Codec::kGzip}) {
    const auto result = append(make({.codec = codec, .max_timestamp = -1}));
    EXPECT_EQ(result->max_timestamp, Timestamp(kNow));
    EXPECT_EQ(written().max_timestamp(), Timestamp(kNow));
    EXPECT_TRUE(written().crc_valid());
  }
}

TEST_F(ValidateTest, TakesAnyTimestampByDefault) {
  for (const std::int64_t t : {std::int64_t{-1}, std::int64_t{-2}, std::int64_t{0},
                               kNow + 48 * kHour, std::int64_t{1} << 62}) {
    EXPECT_EQ(error(make({.timestamp = t})), ErrorCode::kNone) << t;
  }
  EXPECT_EQ(append(make({.timestamp = -1}))->max_timestamp, kNoTimestamp);
}

TEST_F(ValidateTest, TakesAttributeBitsThatItDoesNotKnow) {
  for (const int bits : {0x08, 0x40, 0x7f80}) {
    EXPECT_EQ(error(make({.attributes = static_cast<std::uint16_t>(bits)})), ErrorCode::kNone)
        << bits;
  }
  append(make({.attributes = 0x08}));
  EXPECT_EQ(written().timestamp_type(), TimestampType::kCreateTime);
}

TEST_F(ValidateTest, RefusesCountsThatDoNotAddUp) {
  EXPECT_EQ(error(make({.count = 5, .last_delta = 4})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.values = {"a", "b"}, .count = 1, .last_delta = 0})),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.values = {"a", "b"}, .last_delta = 5})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.values = {}, .count = 0, .last_delta = 0})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.values = {}, .count = 0, .last_delta = -1})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.count = -1})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.codec = Codec::kGzip, .count = 5, .last_delta = 4})),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.codec = Codec::kGzip, .count = 1, .last_delta = 0, .payload = Buffer{}})),
            ErrorCode::kUnknownServerError);
}

// Kafka never tells the client why, except for errors of single records.
TEST_F(ValidateTest, KeepsTheReasonForABadBatchToItself) {
  const auto result = append(make({.values = {"a", "b"}, .last_delta = 5}));
  EXPECT_FALSE(result.error().tell_client);
  EXPECT_THAT(result.error().record_errors, IsEmpty());
  EXPECT_EQ(
      result.error().message,
      "Inconsistent batch offset range [0, 5] and count of records 2 in topic partition topic-0");
}

TEST_F(ValidateTest, TakesUncompressedOffsetDeltasAsTheyAre) {
  EXPECT_EQ(
      error(make({.values = {"a", "b"}, .offset_deltas = {0, 2}, .count = 2, .last_delta = 1})),
      ErrorCode::kNone);
  EXPECT_THAT(records_of(written())[1].offset, 102);
  EXPECT_EQ(error(make({.values = {"a", "b"}, .offset_deltas = {1, 0}})), ErrorCode::kNone);
  EXPECT_EQ(append(make({.values = {"a", "b"}, .offset_deltas = {1, 0}}))->last_offset,
            Offset(101));
}

TEST_F(ValidateTest, FailsOnGapsBetweenCompressedOffsets) {
  for (const Codec codec : kCompressing) {
    EXPECT_EQ(error(make({.values = {"a", "b"}, .codec = codec, .offset_deltas = {0, 2}})),
              ErrorCode::kUnknownServerError);
  }
}

TEST_F(ValidateTest, RefusesABodyOfGarbage) {
  EXPECT_EQ(error(make({.payload = bytes_of(std::string_view("\6\0\0\0\0", 5))})),
            ErrorCode::kInvalidRecord);
  for (const Codec codec : kCompressing) {
    EXPECT_EQ(error(make({.codec = codec, .payload = bytes_of("garbagegarbagegarbage")})),
              ErrorCode::kUnknownServerError);
  }
}

TEST_F(ValidateTest, RefusesControlBatchesAndBadSequencesOfClients) {
  EXPECT_EQ(error(make({.attributes = kControlBit})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.producer_id = 5, .producer_epoch = 0, .sequence = -1})),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.producer_id = 5, .producer_epoch = -1, .sequence = 0})), ErrorCode::kNone);
  EXPECT_EQ(error(make({.sequence = 4})), ErrorCode::kNone);
  origin = Origin::kCoordinator;
  EXPECT_EQ(error(make({.attributes = kControlBit})), ErrorCode::kNone);
}

TEST_F(ValidateTest, RefusesTimesOutsideTheTopicsRange) {
  rules.before_max_ms = kHour;
  rules.after_max_ms = 60'000;
  EXPECT_EQ(error(make({.timestamp = kNow - kHour})), ErrorCode::kNone);
  EXPECT_EQ(error(make({.timestamp = kNow + 60'000})), ErrorCode::kNone);
  EXPECT_EQ(error(make({.timestamp = kNow + 60'001})), ErrorCode::kInvalidTimestamp);
  const auto result = append(make({.values = {"a", "b"}, .time_deltas = {0, -2 * kHour}}));
  EXPECT_EQ(result.error().error, ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(result.error().message,
            "One or more records have been rejected due to invalid timestamp");
  EXPECT_TRUE(result.error().tell_client);
  EXPECT_THAT(result.error().record_errors,
              ElementsAre(RecordError{
                  1,
                  "Timestamp 1699992800000 of message with offset 1 is out of range. The "
                  "timestamp should be within [1699996400000, 1700000060000]"}));
}

TEST_F(ValidateTest, WantsKeysInCompactedTopics) {
  rules.compacted = true;
  EXPECT_EQ(error(make({.keys = {"k"}})), ErrorCode::kNone);
  EXPECT_EQ(error(make({.keys = {""}})), ErrorCode::kNone);
  for (const Codec codec : {Codec::kNone, Codec::kZstd}) {
    const auto result =
        append(make({.values = {"a", "b"}, .keys = {"k", std::nullopt}, .codec = codec}));
    EXPECT_EQ(result.error().error, ErrorCode::kInvalidRecord);
    EXPECT_TRUE(result.error().tell_client);
    EXPECT_THAT(
        result.error().record_errors,
        ElementsAre(RecordError{
            1, "Compacted topic cannot accept message without key in topic partition topic-0"}));
    EXPECT_EQ(result.error().message,
              "One or more records have been rejected due to 1 record errors in total, and only "
              "showing the first "
              "three errors at most: [RecordError(batchIndex=1, message='Compacted topic cannot "
              "accept message "
              "without key in topic partition topic-0')]");
  }
}

TEST_F(ValidateTest, ShowsThreeOfManyErrors) {
  rules.compacted = true;
  const auto result = append(make({.values = {"a", "b", "c", "d"}}));
  EXPECT_EQ(result.error().record_errors.size(), 4u);
  EXPECT_THAT(result.error().message, testing::HasSubstr("due to 4 record errors in total"));
  EXPECT_THAT(result.error().message, testing::HasSubstr("batchIndex=2"));
  EXPECT_THAT(result.error().message, testing::Not(testing::HasSubstr("batchIndex=3")));
}

TEST_F(ValidateTest, StampsOnTopicsWithAppendTime) {
  rules.timestamp_type = TimestampType::kLogAppendTime;
  for (const Codec codec : {Codec::kNone, Codec::kGzip}) {
    const auto result = append(make({.codec = codec, .timestamp = 5}));
    EXPECT_TRUE(in_place);
    EXPECT_EQ(result->log_append_time, Timestamp(kNow));
    EXPECT_EQ(result->max_timestamp, Timestamp(kNow));
    EXPECT_EQ(written().timestamp_type(), TimestampType::kLogAppendTime);
    EXPECT_TRUE(written().crc_valid());
    EXPECT_EQ(records_of(written())[0].timestamp, kNow);
  }
}

TEST_F(ValidateTest, RefusesBatchesThatStampThemselvesOnSuchTopics) {
  rules.timestamp_type = TimestampType::kLogAppendTime;
  const auto result = append(make({.attributes = kLogAppendTimeBit}));
  EXPECT_EQ(result.error().error, ErrorCode::kInvalidTimestamp);
  EXPECT_THAT(result.error().record_errors,
              ElementsAre(RecordError{
                  0,
                  "Invalid timestamp type in message DefaultRecord(offset=0, "
                  "timestamp=1700000000000, key=-1 bytes, value=1 bytes). Producer should not "
                  "set timestamp type to LogAppendTime."}));
}

// --- New batches.

TEST_F(ValidateTest, CompressesAnewForTheTopicsCodec) {
  for (const Codec from : {Codec::kNone, Codec::kGzip, Codec::kZstd}) {
    for (const Codec to : {Codec::kNone, Codec::kSnappy, Codec::kLz4}) {
      if (from == to) continue;
      rules.compression = Compression{to};
      const auto result = append(make({.values = {"a", "b"},
                                       .keys = {"k", std::nullopt},
                                       .codec = from,
                                       .offset_deltas = {0, 1},
                                       .time_deltas = {0, 9},
                                       .producer_id = 4,
                                       .producer_epoch = 1,
                                       .sequence = 7}));
      ASSERT_TRUE(result);
      EXPECT_FALSE(in_place);
      EXPECT_EQ(written().codec(), to);
      EXPECT_EQ(written().leader_epoch(), LeaderEpoch(3));
      EXPECT_EQ(written().producer_id(), ProducerId(4));
      EXPECT_EQ(written().producer_epoch(), ProducerEpoch(1));
      EXPECT_EQ(written().base_sequence(), Sequence(7));
      EXPECT_TRUE(written().crc_valid());
      EXPECT_THAT(records_of(written()),
                  ElementsAre(Kept{100, kNow, "k", "a"}, Kept{101, kNow + 9, std::nullopt, "b"}));
      EXPECT_EQ(result->max_timestamp, Timestamp(kNow + 9));
      EXPECT_EQ(result->last_offset, Offset(101));
    }
  }
}

TEST_F(ValidateTest, ClosesGapsWhenItWritesANewBatch) {
  rules.compression = Compression{Codec::kGzip};
  EXPECT_EQ(error(make({.values = {"a", "b"}, .offset_deltas = {1, 0}})), ErrorCode::kNone);
  EXPECT_THAT(records_of(written()),
              ElementsAre(Kept{100, kNow, std::nullopt, "a"}, Kept{101, kNow, std::nullopt, "b"}));
}

TEST_F(ValidateTest, ChecksRecordsOfNewBatchesToo) {
  rules.compression = Compression{Codec::kGzip};
  rules.compacted = true;
  EXPECT_EQ(append(make({})).error().record_errors.size(), 1u);
  rules.compacted = false;
  EXPECT_EQ(error(make({.count = 5, .last_delta = 4})), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error(make({.attributes = kControlBit})), ErrorCode::kInvalidRecord);
}

// A batch that Kafka takes as it is, but whose writing anew its own builder refuses.
TEST_F(ValidateTest, FailsToWriteAnewWhatOnlyTheReaderLetsPass) {
  const Buffer odd[] = {make({.timestamp = -2}),
                        make({.producer_id = 5, .producer_epoch = -1, .sequence = 0}),
                        make({.attributes = kTransactionalBit})};
  for (const Buffer& batch : odd) {
    rules.compression = std::nullopt;
    EXPECT_EQ(error(batch), ErrorCode::kNone);
    rules.compression = Compression{Codec::kGzip};
    EXPECT_EQ(error(batch), ErrorCode::kUnknownServerError);
  }
}

TEST_F(ValidateTest, StampsNewBatches) {
  rules.compression = Compression{Codec::kGzip};
  rules.timestamp_type = TimestampType::kLogAppendTime;
  const auto result = append(make({.timestamp = 5}));
  EXPECT_EQ(result->log_append_time, Timestamp(kNow));
  EXPECT_EQ(result->max_timestamp, Timestamp(kNow));
  EXPECT_EQ(written().base_timestamp(), Timestamp(5));
  EXPECT_EQ(records_of(written())[0].timestamp, kNow);
}

// Markers of transactions are left alone by compression.type.
TEST_F(ValidateTest, DoesNotCompressControlBatches) {
  rules.compression = Compression{Codec::kGzip};
  origin = Origin::kCoordinator;
  EXPECT_EQ(error(make({.attributes = kControlBit | kTransactionalBit})), ErrorCode::kNone);
  EXPECT_TRUE(in_place);
  EXPECT_FALSE(written().is_compressed());
}

TEST_F(ValidateTest, LiftsOldMessagesToMagicTwo) {
  for (const char* codec : {"none", "gzip", "snappy", "lz4"}) {
    for (const int magic : {0, 1}) {
      const auto result = append(sample("magic" + std::to_string(magic) + "-" + codec + ".bin"));
      ASSERT_TRUE(result) << codec << magic;
      EXPECT_EQ(written().magic(), 2);
      EXPECT_EQ(name(*written().codec()), codec);
      EXPECT_EQ(written().producer_id(), kNoProducerId);
      EXPECT_EQ(result->last_offset, Offset(102));
      EXPECT_EQ(result->max_timestamp, Timestamp(magic == 0 ? -1 : 1700000000003));
      const auto records = records_of(written());
      EXPECT_EQ(records[0].key, "k1");
      EXPECT_EQ(records[2], (Kept{102, magic == 0 ? -1 : 1700000000002, "k3", std::nullopt}));
    }
  }
}

TEST_F(ValidateTest, RefusesMoreThanOneBatchWhereKafkaDoes) {
  Buffer two = make({});
  append_bytes(two, make({}));
  EXPECT_EQ(error(two), ErrorCode::kInvalidRecord);
  Buffer old = sample("magic1-gzip.bin");
  append_bytes(old, sample("magic1-none.bin"));
  EXPECT_EQ(error(old), ErrorCode::kInvalidRecord);
  Buffer mixed = sample("magic1-none.bin");
  append_bytes(mixed, sample("magic0-none.bin"));
  EXPECT_EQ(error(mixed), ErrorCode::kInvalidRecord);
}

TEST_F(ValidateTest, RefusesAnEmptySet) { EXPECT_EQ(error({}), ErrorCode::kInvalidRecord); }

}  // namespace
}  // namespace barnabas::records
