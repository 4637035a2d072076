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

// ---- slices of a log, as they are answered

Buffer operator+(Buffer one, const Buffer& other) {
  append_bytes(one, other);
  return one;
}

Buffer sliced(const Buffer& slice, std::int8_t magic = 1) {
  return down_convert_slice(slice, magic, Offset(0)).value().value();
}

std::size_t batches_read(const Buffer& answer) {
  std::size_t count = 0;
  for (Bytes rest = answer;; ++count) {
    const auto batch = next_batch(rest);
    if (!batch) {
      EXPECT_TRUE(batch.error().is_short());
      return count;
    }
    rest = rest.subspan(batch->size());
  }
}

// An answer's length is promised before anything but its first batch is converted.
TEST(DownConvertSliceTest, HasTheLengthOfTheSliceUnlessItsFirstBatchNeedsMore) {
  const Buffer batch = sample("codec-none.log");
  const Buffer converted = down_convert(batch, 1, Offset(0)).value();
  ASSERT_GT(converted.size(), batch.size());
  EXPECT_EQ(sliced(batch), converted);
  const Buffer both = sliced(batch + batch);
  EXPECT_EQ(both.size(), 2 * batch.size());
  const Buffer whole = converted + converted;
  EXPECT_TRUE(std::ranges::equal(both, Bytes(whole).first(both.size())));
  EXPECT_TRUE(sliced(Buffer(batch.begin(), batch.end() - 1)).empty());
  EXPECT_TRUE(sliced({}).empty());
}

TEST(DownConvertSliceTest, ABatchThatIsTooLongFillsUpWhatIsMissing) {
  const Buffer batch = make({.values = {std::string(1000, 'x')}});
  const Buffer cut(batch.begin(), batch.begin() + 500);
  const Buffer answer = sliced(batch + cut);
  EXPECT_EQ(answer.size(), batch.size() + 500);
  EXPECT_EQ(batches_read(answer), 1u);
  const Buffer converted = down_convert(batch, 1, Offset(0)).value();
  const auto missing = static_cast<std::int32_t>(answer.size() - converted.size());
  EXPECT_EQ(load_be<std::int64_t>(answer.data() + converted.size()), -1);
  EXPECT_EQ(load_be<std::int32_t>(answer.data() + converted.size() + 8), missing + 1);
}

// The reader takes what there is and learns of the codec when its next fetch begins there.
TEST(DownConvertSliceTest, EndsBeforeZstdUnlessItBeginsWithIt) {
  const Buffer plain = make({.values = {"a"}}), zstd = sample("codec-zstd.log");
  EXPECT_EQ(down_convert_slice(zstd + plain, 1, Offset(0)).error(),
            ErrorCode::kUnsupportedCompressionType);
  const Buffer answer = sliced(plain + zstd);
  EXPECT_EQ(answer.size(), (plain + zstd).size());
  EXPECT_EQ(batches_read(answer), 1u);
}

// What follows the first batch is converted in pieces of 128 KiB, of which one fails as a whole.
TEST(DownConvertSliceTest, ManyBytesThatCannotBeConvertedHaveNoAnswer) {
  const Buffer plain = make({.values = {"a"}}), zstd = sample("codec-zstd.log");
  const Buffer large = make({.values = {std::string(130 << 10, 'x')}});
  EXPECT_EQ(batches_read(sliced(plain + large + zstd + plain)), 2u);
  EXPECT_EQ(batches_read(sliced(plain + plain + zstd + plain)), 1u);
  EXPECT_FALSE(down_convert_slice(plain + zstd + large, 1, Offset(0)).value());
}

}  // namespace
}  // namespace barnabas::records
