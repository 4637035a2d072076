#include "protocol/records/compression.h"

#include "tests/unit/records/helpers.h"

namespace barnabas::records {
namespace {

constexpr std::size_t kLimit = 64 << 20;
constexpr Codec kCodecs[] = {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd};

Buffer packed(Codec codec, Bytes in, std::int8_t magic = 2,
              std::optional<int> level = std::nullopt) {
  Buffer out;
  compress({codec, level}, magic, in, out);
  return out;
}

// Neither constant nor random, and larger than any block or window in use.
Buffer some_data(std::size_t size) {
  Buffer data(size);
  std::uint32_t x = 1;
  for (auto& b : data) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<std::byte>((x >> 28) + 'a');
  }
  return data;
}

TEST(CompressionTest, ComesBackInEveryCodecSizeAndWindow) {
  for (const Codec codec : kCodecs) {
    for (const std::size_t size : {0u, 1u, 100u, 32768u, 32769u, 300000u}) {
      const Buffer data = some_data(size), small = packed(codec, data);
      EXPECT_EQ(decompress(codec, 2, small, kLimit).value(), data) << name(codec) << " " << size;
      for (const std::size_t window : {1u, 7u, 4096u, 1000000u}) {
        if (size / window > 1000) continue;
        const auto reader = open_decompressor(codec, 2, small).value();
        Buffer piece(window), all;
        while (const std::size_t n = reader->read(piece).value())
          append_bytes(all, Bytes(piece).first(n));
        EXPECT_EQ(all, data) << name(codec) << " " << size << " by " << window;
      }
    }
  }
}

TEST(CompressionTest, AppendsToWhatIsThere) {
  for (const Codec codec :
       {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    Buffer out = bytes_of("before");
    compress({codec}, 2, as_bytes("text"), out);
    EXPECT_EQ(as_text(Bytes(out).first(6)), "before");
    const Buffer rest(out.begin() + 6, out.end());
    EXPECT_EQ(codec == Codec::kNone ? rest : decompress(codec, 2, rest, kLimit).value(),
              bytes_of("text"));
  }
}

TEST(CompressionTest, TakesTheLevelsThatKafkaAllows) {
  const Buffer data = some_data(100000);
  const std::pair<Codec, std::vector<int>> levels[] = {
      {Codec::kGzip, {-1, 1, 9}}, {Codec::kLz4, {1, 9, 17}}, {Codec::kZstd, {-131072, 1, 22}}};
  for (const auto& [codec, list] : levels) {
    for (const int level : list) {
      EXPECT_EQ(decompress(codec, 2, packed(codec, data, 2, level), kLimit).value(), data) << level;
    }
  }
  EXPECT_LT(packed(Codec::kGzip, data, 2, 9).size(), packed(Codec::kGzip, data, 2, 1).size());
}

TEST(CompressionTest, RefusesGarbage) {
  for (const Codec codec : kCodecs) {
    const auto out = decompress(codec, 2, as_bytes("garbagegarbagegarbage"), kLimit);
    ASSERT_FALSE(out) << name(codec);
    EXPECT_EQ(out.error(), CodecError::kMalformed);
  }
}

TEST(CompressionTest, NoticesEveryCut) {
  for (const Codec codec : kCodecs) {
    const Buffer data = some_data(70000), small = packed(codec, data);
    for (std::size_t n = 0; n < small.size(); n += n < 200 ? 1 : 997) {
      const auto out = decompress(codec, 2, Bytes(small).first(n), kLimit);
      if (out) EXPECT_LT(out->size(), data.size()) << name(codec) << " " << n;
    }
  }
}

TEST(CompressionTest, ChecksTheTrailerOfAGzipMember) {
  const Buffer small = packed(Codec::kGzip, some_data(1000));
  EXPECT_FALSE(decompress(Codec::kGzip, 2, Bytes(small).first(small.size() - 1), kLimit));
  Buffer broken = small;
  broken[broken.size() - 6] ^= std::byte{1};  // the CRC
  EXPECT_FALSE(decompress(Codec::kGzip, 2, broken, kLimit));
}

TEST(CompressionTest, ReadsGzipMembersOneAfterTheOtherAndIgnoresTrailingGarbage) {
  Buffer both = packed(Codec::kGzip, as_bytes("one"));
  append_bytes(both, packed(Codec::kGzip, as_bytes("two")));
  append_bytes(both, as_bytes("garbage"));
  EXPECT_EQ(decompress(Codec::kGzip, 2, both, kLimit).value(), bytes_of("onetwo"));
}

TEST(CompressionTest, ReadsZstdFramesOneAfterTheOther) {
  Buffer both = packed(Codec::kZstd, as_bytes("one"));
  append_bytes(both, packed(Codec::kZstd, as_bytes("two")));
  EXPECT_EQ(decompress(Codec::kZstd, 2, both, kLimit).value(), bytes_of("onetwo"));
}

TEST(CompressionTest, StopsAtTheLimit) {
  for (const Codec codec : kCodecs) {
    const Buffer bomb = packed(codec, Buffer(1 << 20));
    EXPECT_EQ(decompress(codec, 2, bomb, 1000).error(), CodecError::kMalformed) << name(codec);
    EXPECT_TRUE(decompress(codec, 2, bomb, 1 << 20)) << name(codec);
  }
}

// librdkafka of old, and others, wrote the block without snappy-java's framing.
TEST(SnappyTest, ReadsARawBlock) {
  const unsigned char raw[] = {5, 4 << 2, 'h', 'e', 'l', 'l', 'o'};
  EXPECT_EQ(decompress(Codec::kSnappy, 2, std::as_bytes(std::span(raw)), kLimit).value(),
            bytes_of("hello"));
}

TEST(SnappyTest, WritesTheFramingOfSnappyJava) {
  const Buffer out = packed(Codec::kSnappy, as_bytes("hello"));
  const char expected[] = "\x82SNAPPY\0\0\0\0\1\0\0\0\1\0\0\0\7\5\x10hello";
  EXPECT_EQ(as_text(out), std::string_view(expected, sizeof expected - 1));
}

TEST(SnappyTest, ReadsConcatenatedStreams) {
  Buffer both = packed(Codec::kSnappy, as_bytes("one"));
  append_bytes(both, packed(Codec::kSnappy, as_bytes("two")));
  EXPECT_EQ(decompress(Codec::kSnappy, 2, both, kLimit).value(), bytes_of("onetwo"));
}

// Five bytes that promise 4 GiB must not make us reserve any of it.
TEST(SnappyTest, DoesNotBelieveALengthThatNoBlockCanReach) {
  const unsigned char raw[] = {0xff, 0xff, 0xff, 0xff, 0x0f, 0, 'a'};
  EXPECT_EQ(decompress(Codec::kSnappy, 2, std::as_bytes(std::span(raw)), kLimit).error(),
            CodecError::kMalformed);
}

// KAFKA-3160: the header checksum of magic 0 covers the frame's magic too.
TEST(Lz4Test, WritesTheChecksumThatEachMagicExpects) {
  const Buffer right = packed(Codec::kLz4, as_bytes("hello"), 1),
               wrong = packed(Codec::kLz4, as_bytes("hello"), 0);
  EXPECT_EQ(right[6], std::byte{0x82});
  EXPECT_NE(wrong[6], right[6]);
  EXPECT_EQ(decompress(Codec::kLz4, 0, wrong, kLimit).value(), bytes_of("hello"));
  EXPECT_EQ(decompress(Codec::kLz4, 0, right, kLimit).value(), bytes_of("hello"));
  EXPECT_EQ(decompress(Codec::kLz4, 1, wrong, kLimit).error(), CodecError::kMalformed);
}

TEST(Lz4Test, RefusesLinkedBlocksAsKafkaDoes) {
  Buffer frame = packed(Codec::kLz4, as_bytes("hello"), 0);
  frame[4] &= ~std::byte{0x20};
  EXPECT_EQ(decompress(Codec::kLz4, 0, frame, kLimit).error(), CodecError::kMalformed);
}

TEST(Lz4Test, IgnoresWhatFollowsTheFrame) {
  Buffer frame = packed(Codec::kLz4, as_bytes("hello"));
  append_bytes(frame, as_bytes("garbage"));
  EXPECT_EQ(decompress(Codec::kLz4, 2, frame, kLimit).value(), bytes_of("hello"));
}

}  // namespace
}  // namespace barnabas::records
