#include "protocol/records/convert.h"

#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

using testing::ElementsAre;

std::vector<std::int64_t> offsets_of(const Buffer& buffer) {
  std::vector<std::int64_t> offsets;
  for (const Kept& r : all_records_of(buffer)) offsets.push_back(r.offset);
  return offsets;
}

TEST(DownConvertTest, KeepsRecordsAndCodecAndDropsHeaders) {
  for (const char* codec : {"none", "gzip", "snappy", "lz4"}) {
    const Buffer file = sample(std::string("codec-") + codec + ".log");
    const Buffer one = down_convert(file, 1, Offset(0)).value(),
                 zero = down_convert(file, 0, Offset(0)).value();
    EXPECT_EQ(all_records_of(one), all_records_of(file)) << codec;
    for (const Buffer* set : {&one, &zero}) {
      for (const BatchView& m : batches_of(*set)) {
        EXPECT_EQ(name(*m.codec()), codec);
        EXPECT_TRUE(m.crc_valid());
      }
    }
    EXPECT_EQ(batches_of(one)[0].magic(), 1);
    EXPECT_EQ(batches_of(zero)[0].magic(), 0);
    EXPECT_EQ(all_records_of(zero)[0].timestamp, -1);
    EXPECT_EQ(all_records_of(zero)[2].value, "third message third message");
  }
  const Buffer headers = down_convert(sample("headers.log"), 1, Offset(0)).value();
  EXPECT_EQ(all_records_of(headers)[0].key, "k1");
}

TEST(DownConvertTest, LeavesOutControlBatches) {
  EXPECT_THAT(offsets_of(down_convert(sample("transactions.log"), 1, Offset(0)).value()),
              ElementsAre(0, 1, 2, 4, 5, 6));
}

// Old readers would hand out records below the offset they asked for, unless a wrapper hides them.
TEST(DownConvertTest, StartsAtTheFirstOffsetIfNotCompressed) {
  EXPECT_THAT(offsets_of(down_convert(sample("codec-none.log"), 1, Offset(2)).value()),
              ElementsAre(2));
  EXPECT_THAT(offsets_of(down_convert(sample("codec-gzip.log"), 1, Offset(2)).value()),
              ElementsAre(0, 1, 2));
  EXPECT_TRUE(down_convert(sample("codec-none.log"), 1, Offset(3)).value().empty());
}

TEST(DownConvertTest, LeavesOldMessagesAsTheyAreAndMakesThemOlder) {
  const Buffer one = sample("magic1-gzip.bin"), zero = sample("magic0-gzip.bin");
  EXPECT_EQ(down_convert(one, 1, Offset(0)).value(), one);
  EXPECT_EQ(down_convert(zero, 1, Offset(0)).value(), zero);
  EXPECT_EQ(all_records_of(down_convert(one, 0, Offset(0)).value()), all_records_of(zero));
}

TEST(DownConvertTest, KeepsTheStampOfTheLog) {
  Buffer bytes = make({.values = {"a", "b"}});
  MutableBatch(*next_batch(bytes), bytes)
      .set_max_timestamp(TimestampType::kLogAppendTime, Timestamp(77));
  const Buffer one = down_convert(bytes, 1, Offset(0)).value();
  EXPECT_EQ(batches_of(one)[1].timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(all_records_of(one)[1].timestamp, 77);
}

TEST(DownConvertTest, CannotWriteZstdForOldReaders) {
  EXPECT_EQ(down_convert(sample("codec-zstd.log"), 1, Offset(0)).error(),
            ErrorCode::kUnsupportedCompressionType);
}

TEST(DownConvertTest, IgnoresACutLastBatchAndFailsOnABrokenOne) {
  Buffer bytes = sample("codec-none.log");
  const Buffer whole = down_convert(bytes, 1, Offset(0)).value();
  append_bytes(bytes, Bytes(bytes).first(30));
  EXPECT_EQ(down_convert(bytes, 1, Offset(0)).value(), whole);
  EXPECT_EQ(down_convert(make({.magic = 7}), 1, Offset(0)).error(), ErrorCode::kCorruptMessage);
  EXPECT_EQ(down_convert(make({.count = 4}), 1, Offset(0)).error(), ErrorCode::kInvalidRecord);
}

// Clients can produce such offsets, uncompressed; Kafka too gives up when it has to rewrite them.
TEST(DownConvertTest, RefusesOffsetsThatFall) {
  const Buffer bytes = make({.values = {"a", "b"}, .offset_deltas = {1, 0}});
  EXPECT_EQ(down_convert(bytes, 1, Offset(0)).error(), ErrorCode::kUnknownServerError);
}

}  // namespace
}  // namespace barnabas::records
