#include "protocol/records/record_reader.h"

#include "protocol/records/control.h"
#include "protocol/records/crc32.h"
#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

using Kind = RecordFault::Kind;
using testing::ElementsAre;

constexpr Codec kCodecs[] = {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

TEST(RecordReaderTest, ReadsTheSameRecordsInEveryCodec) {
  for (const Codec codec : kCodecs) {
    const Buffer file = sample("codec-" + std::string(name(codec)) + ".log");
    const auto records = records_of(only_batch(file));
    ASSERT_EQ(records.size(), 3u) << name(codec);
    EXPECT_EQ(records[0].key, "k1");
    EXPECT_EQ(records[0].value, "first message first message");
    EXPECT_EQ(records[1].value, "second message second message");
    EXPECT_EQ(records[2].value, "third message third message");
    EXPECT_EQ(records[2].offset, 2);
  }
  const Buffer zstd = sample("codec-zstd.log");
  EXPECT_EQ(records_of(only_batch(zstd))[0].timestamp, 1795242540250);
  EXPECT_EQ(records_of(only_batch(zstd))[2].timestamp, 1795242540561);
}

TEST(RecordReaderTest, ReadsHeadersLazily) {
  const Buffer file = sample("headers.log");
  auto reader = RecordReader::open(only_batch(file)).value();
  const Record* first = reader.next().value();
  ASSERT_NE(first, nullptr);
  const std::vector<Header> headers(first->headers.begin(), first->headers.end());
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].key, "h1");
  EXPECT_EQ(headers[1].key, "h2");
  EXPECT_TRUE(headers[0].value.has_value());
  const Record* second = reader.next().value();
  EXPECT_FALSE(second->has_key());
  EXPECT_FALSE(second->has_value());
  EXPECT_TRUE(second->headers.empty());
  EXPECT_EQ(reader.next().value(), nullptr);
  EXPECT_EQ(reader.next().value(), nullptr);
}

TEST(RecordReaderTest, TellsSequencesAndSizes) {
  const Buffer bytes =
      make({.values = {"a", "bb"}, .producer_id = 9, .producer_epoch = 0, .sequence = 2147483647});
  auto reader = RecordReader::open(only_batch(bytes)).value();
  EXPECT_EQ(reader.next().value()->sequence, Sequence(2147483647));
  const Record* second = reader.next().value();
  EXPECT_EQ(second->sequence, Sequence(0));
  EXPECT_EQ(second->key_size, -1);
  EXPECT_EQ(second->value_size, 2);
  EXPECT_EQ(second->size, 9);
}

TEST(RecordReaderTest, ReadsControlRecords) {
  const Buffer file = sample("transactions.log");
  std::vector<EndTxnMarker> markers;
  for (const BatchView& batch : batches_of(file)) {
    if (!batch.is_control()) continue;
    ASSERT_TRUE(for_each_record(batch, [&](const Record& r) {
      markers.push_back(parse_end_txn_marker(r).value());
      return true;
    }));
  }
  EXPECT_THAT(markers, ElementsAre(EndTxnMarker{ControlType::kCommit, 0},
                                   EndTxnMarker{ControlType::kAbort, 0}));
}

TEST(RecordReaderTest, ReadsOldMessagesOfEveryCodec) {
  for (const char* codec : {"none", "gzip", "snappy", "lz4"}) {
    const Buffer one = sample(std::string("magic1-") + codec + ".bin");
    EXPECT_THAT(all_records_of(one),
                ElementsAre(Kept{100, 1700000000001, "k1", "first value first value first value"},
                            Kept{101, 1700000000003, std::nullopt, "no key"},
                            Kept{103, 1700000000002, "k3", std::nullopt}))
        << codec;
    const Buffer zero = sample(std::string("magic0-") + codec + ".bin");
    EXPECT_THAT(
        all_records_of(zero),
        ElementsAre(Kept{100, -1, "k1", "first value first value first value"},
                    Kept{101, -1, std::nullopt, "no key"}, Kept{103, -1, "k3", std::nullopt}))
        << codec;
  }
}

TEST(RecordReaderTest, GivesMessagesTheTimeOfTheirStampedWrapper) {
  for (const char* name : {"magic1-gzip-append-time.bin", "magic1-none-append-time.bin"}) {
    for (const Kept& r : all_records_of(sample(name)))
      EXPECT_EQ(r.timestamp, 1700000009999) << name;
  }
}

// Some librdkafka versions leave 0 in the wrapper: then the inner offsets are what they are.
TEST(RecordReaderTest, CountsFromZeroInAWrapperAtZero) {
  Buffer bytes = sample("magic1-gzip-from-zero.bin");
  EXPECT_EQ(all_records_of(bytes).back().offset, 3);
  store_be(bytes.data(), std::int64_t{0});
  EXPECT_EQ(all_records_of(bytes).back().offset, 3);
  store_be(bytes.data(), std::int64_t{2});  // but it may not lie below the last of them otherwise
  EXPECT_EQ(fault_in(only_batch(bytes)), Kind::kInvalid);
}

TEST(RecordReaderTest, FindsTheFirstOffsetOfAWrapper) {
  const Buffer wrapped = sample("magic0-lz4.bin"), plain = sample("codec-lz4.log");
  EXPECT_EQ(first_record_offset(only_batch(wrapped)), Offset(100));
  EXPECT_EQ(first_record_offset(only_batch(plain)), Offset(0));
}

// --- What the header says and what is there.

TEST(RecordReaderTest, RefusesFewerRecordsThanCounted) {
  for (const Codec codec : kCodecs) {
    const Buffer bytes = make({.codec = codec, .count = 5, .last_delta = 4});
    EXPECT_EQ(fault_in(only_batch(bytes)), Kind::kInvalid) << name(codec);
  }
}

// Kafka throws instead of handing out the last counted record, and so do we.
TEST(RecordReaderTest, RefusesMoreRecordsThanCounted) {
  for (const Codec codec : kCodecs) {
    const Buffer bytes = make({.values = {"a", "b"}, .codec = codec, .count = 1, .last_delta = 0});
    auto reader = RecordReader::open(only_batch(bytes)).value();
    EXPECT_EQ(reader.next().error().kind, Kind::kInvalid) << name(codec);
    EXPECT_EQ(reader.next().error().kind, Kind::kInvalid) << name(codec);
  }
}

TEST(RecordReaderTest, ReadsNothingFromACountOfZeroAndRefusesANegativeOne) {
  const Buffer none = make({.codec = Codec::kGzip, .count = 0, .payload = bytes_of("whatever")});
  EXPECT_TRUE(records_of(only_batch(none)).empty());
  const Buffer negative = make({.count = -1});
  EXPECT_EQ(fault_in(only_batch(negative)), Kind::kInvalid);
}

TEST(RecordReaderTest, CallsGarbageUndecodableInEveryCodec) {
  for (const Codec codec : {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const Buffer bytes = make({.codec = codec, .payload = bytes_of("garbagegarbagegarbage")});
    EXPECT_EQ(fault_in(only_batch(bytes)), Kind::kUndecodable) << name(codec);
    EXPECT_EQ(fault_in(only_batch(bytes), {.skip_bodies = true}), Kind::kUndecodable)
        << name(codec);
  }
  for (const int id : {5, 6, 7}) {
    EXPECT_EQ(fault_in(only_batch(make({.codec_id = id}))), Kind::kUndecodable) << id;
  }
}

Buffer body(std::initializer_list<int> bytes) {
  Buffer out = {static_cast<std::byte>(bytes.size() * 2)};
  for (const int b : bytes) out.push_back(static_cast<std::byte>(b));
  return out;
}

TEST(RecordReaderTest, RefusesRecordsThatAreNotMadeRight) {
  // attributes, time delta, offset delta, key size, value size, headers; sizes zig-zagged: 1 is -1.
  const Buffer broken[] = {
      body({0, 0, 0, 0}),                                           // ends before the value
      body({0, 0, 0, 1, 20, 'v', 0}),                               // value longer than the record
      body({0, 0, 0, 1, 2, 'v', 0, 0}),                             // longer than its fields
      body({0, 0, 0, 1, 2, 'v', 1}),                                // -1 headers
      body({0, 0, 0, 1, 2, 'v', 40}),                               // 20 headers in no bytes
      body({0, 0, 0, 1, 2, 'v', 2, 1, 0}),                          // header with key size -1
      body({0, 0, 0, 1, 2, 'v', 2, 2, 'h'}),                        // header without a value size
      body({0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1, 2, 'v', 0}),  // endless varint
      body({}),
      Buffer{std::byte{1}},  // size -1
  };
  for (const Buffer& payload : broken) {
    for (const Codec codec : kCodecs) {
      Buffer small;
      compress({codec}, 2, payload, small);
      const Buffer bytes = make({.codec = codec, .payload = small});
      EXPECT_EQ(fault_in(only_batch(bytes)), Kind::kInvalid) << &payload - broken << name(codec);
      EXPECT_EQ(fault_in(only_batch(bytes), {.skip_bodies = true}), Kind::kInvalid)
          << &payload - broken << name(codec);
    }
  }
}

// An endless varint in a record's own length is an illegal argument that nothing in Kafka catches.
TEST(RecordReaderTest, CallsAnEndlessLengthUndecodable) {
  const Buffer bytes = make({.payload = Buffer(6, std::byte{0x80})});
  EXPECT_EQ(fault_in(only_batch(bytes)), Kind::kUndecodable);
}

TEST(RecordReaderTest, AcceptsAttributesOfARecordThatMeanNothing) {
  const Buffer bytes = make({.payload = body({1, 0, 0, 1, 2, 'v', 0})});
  EXPECT_EQ(fault_in(only_batch(bytes)), std::nullopt);
}

// --- Windows and limits.

Buffer large_batch(Codec codec) {
  std::vector<std::optional<std::string>> values;
  for (int i = 0; i < 200; ++i)
    values.push_back(std::string(static_cast<std::size_t>(i * i * 10), 'a' + i % 7));
  return make({.values = values, .codec = codec});
}

TEST(RecordReaderTest, ReadsRecordsLargerThanItsWindow) {
  for (const Codec codec : kCodecs) {
    const Buffer bytes = large_batch(codec);
    const auto records = records_of(only_batch(bytes));
    ASSERT_EQ(records.size(), 200u) << name(codec);
    for (std::size_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(records[i].value, std::string(i * i * 10, static_cast<char>('a' + i % 7)))
          << name(codec) << i;
      ASSERT_EQ(records[i].offset, static_cast<std::int64_t>(i));
    }
  }
}

TEST(RecordReaderTest, TellsSizesButNoBodiesWhenSkipping) {
  for (const Codec codec : kCodecs) {
    const Buffer bytes = large_batch(codec);
    std::int64_t n = 0;
    const auto read = for_each_record(only_batch(bytes),
                                      [&](const Record& r) {
                                        EXPECT_EQ(r.offset.value, n);
                                        EXPECT_EQ(r.value_size, n * n * 10);
                                        EXPECT_TRUE(r.has_value());
                                        EXPECT_FALSE(r.value.has_value());
                                        EXPECT_FALSE(r.has_key());
                                        ++n;
                                        return true;
                                      },
                                      {.skip_bodies = true});
    EXPECT_TRUE(read) << name(codec);
    EXPECT_EQ(n, 200);
  }
}

TEST(RecordReaderTest, StopsAtTheDecompressedLimit) {
  const Buffer bytes = make({.values = {std::string(100000, 'x')}, .codec = Codec::kZstd});
  EXPECT_EQ(fault_in(only_batch(bytes), {.max_decompressed = 50000}), Kind::kTooLarge);
  EXPECT_EQ(fault_in(only_batch(bytes), {.max_decompressed = 50000, .skip_bodies = true}),
            Kind::kTooLarge);
  EXPECT_EQ(fault_in(only_batch(bytes), {.max_decompressed = 200000}), std::nullopt);
}

// A length of 1 GiB in a batch of a few bytes reserves nothing: it ends where the bytes end.
TEST(RecordReaderTest, DoesNotBelieveARecordsLength) {
  Buffer payload, small;
  append_varint(payload, 1 << 30);
  append_bytes(payload, as_bytes("short"));
  compress({Codec::kGzip}, 2, payload, small);
  const Buffer bytes = make({.codec = Codec::kGzip, .payload = small});
  EXPECT_EQ(fault_in(only_batch(bytes)), Kind::kInvalid);
}

// --- Old messages that are wrong.

TEST(RecordReaderTest, RefusesAnOldMessageWhoseFieldsDoNotFit) {
  Buffer bytes = sample("magic1-none.bin");
  store_be(bytes.data() + 26, std::int32_t{1000});  // key size
  EXPECT_EQ(fault_in(*next_batch(bytes)), Kind::kUndecodable);
}

Buffer wrapper_of(Buffer messages, std::int8_t magic, Codec codec = Codec::kGzip) {
  Buffer payload, out;
  compress({codec}, magic, messages, payload);
  RecordBatchBuilder outer({.magic = magic, .base_offset = Offset(9)});
  outer.append(Timestamp(1), std::nullopt, Bytes(payload));
  out = outer.build();
  out[17] = static_cast<std::byte>(codec);
  store_be(out.data() + kLogOverhead, crc32(Bytes(out).subspan(kMagicOffset)));
  return out;
}

TEST(RecordReaderTest, ChecksTheMessagesInsideAMessage) {
  RecordBatchBuilder inner({.magic = 1});
  inner.append(Timestamp(5), std::nullopt, as_bytes("v"));
  const Buffer message = inner.build();
  EXPECT_EQ(fault_in(only_batch(wrapper_of(message, 1))), std::nullopt);
  Buffer flipped = message;
  flipped.back() ^= std::byte{1};
  EXPECT_EQ(fault_in(only_batch(wrapper_of(flipped, 1))), Kind::kCorrupt);
  Buffer tiny = message;
  store_be(tiny.data() + 8, std::int32_t{3});
  EXPECT_EQ(fault_in(only_batch(wrapper_of(tiny, 1))), Kind::kCorrupt);
  EXPECT_EQ(fault_in(only_batch(wrapper_of({}, 1))), Kind::kInvalid);
  EXPECT_EQ(fault_in(only_batch(wrapper_of(wrapper_of(message, 1), 1))), Kind::kInvalid);
  EXPECT_EQ(fault_in(only_batch(wrapper_of(message, 1, Codec::kZstd))), Kind::kInvalid);
  EXPECT_EQ(fault_in(only_batch(wrapper_of(sample("codec-none.log"), 1))), Kind::kInvalid);
}

// --- Nothing that is cut or flipped may do more than fail (the sanitizers watch).

TEST(RecordReaderTest, SurvivesEveryCutAndEveryFlippedByte) {
  for (const char* name : {"codec-none.log", "codec-gzip.log", "codec-snappy.log", "codec-lz4.log",
                           "codec-zstd.log", "headers.log", "magic0-lz4.bin", "magic1-gzip.bin",
                           "magic1-snappy.bin", "magic1-none.bin"}) {
    const Buffer file = sample(name);
    for (std::size_t i = kLogOverhead + 1; i < file.size(); ++i) {
      Buffer cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(i));
      store_be(cut.data() + FieldOf::kLength, static_cast<std::int32_t>(i - kLogOverhead));
      const auto batch = next_batch(cut);
      if (batch && next_batch(file)->size() == file.size()) {
        EXPECT_NE(fault_in(*batch), std::nullopt) << name << " cut at " << i;
      }
      for (const int flip : {1, 0x80, 0xff}) {
        Buffer bytes = file;
        bytes[i] ^= static_cast<std::byte>(flip);
        if (const auto changed = next_batch(bytes)) {
          fault_in(*changed);
          fault_in(*changed, {.skip_bodies = true});
        }
      }
    }
  }
}

}  // namespace
}  // namespace barnabas::records
