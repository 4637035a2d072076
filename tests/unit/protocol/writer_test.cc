#include "protocol/writer.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "protocol/messages/fetch.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/offset_commit.h"

namespace barnabas::protocol {
namespace {

using testing::ElementsAre;
using Kind = EncodeError::Kind;

std::string hex(const std::vector<std::byte>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += kDigits[std::to_integer<unsigned>(byte) >> 4];
    out += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return out;
}

template <class F>
std::string written(F write) {
  Writer out;
  write(out);
  auto encoded = out.take();
  return encoded ? hex(encoded->bytes) : to_string(encoded.error());
}

template <class Message>
std::expected<Encoded, EncodeError> encode(const Message& message, std::int16_t version) {
  Writer out;
  message.encode(out, version);
  return out.take();
}

// A file by name only: the Writer must not read it.
class NoFile : public env::File {
 public:
  env::IoResult<std::size_t> read_at(std::uint64_t, env::MutableBytes) override { return 0; }
  env::IoResult<void> write_at(std::uint64_t, std::span<const env::Bytes>) override { return {}; }
  env::IoResult<std::uint64_t> size() override { return 0; }
  env::IoResult<void> truncate(std::uint64_t) override { return {}; }
  void reserve(std::uint64_t) override {}
  env::IoResult<void> write_behind(std::uint64_t, std::uint64_t) override { return {}; }
  env::IoResult<void> sync() override { return {}; }
  bool resident(std::uint64_t, std::uint64_t) override { return true; }
};

TEST(WriterTest, IntegersAreBigEndian) {
  EXPECT_EQ(written([](Writer& out) {
              out.int16(0x0102);
              out.int32(-2);
              out.uint16(65535);
            }),
            "0102fffffffeffff");
}

TEST(WriterTest, VarintsAreAsShortAsTheyCanBe) {
  const auto varint = [](std::uint32_t value) {
    return written([=](Writer& out) { out.unsigned_varint(value); });
  };
  EXPECT_EQ(varint(0), "00");
  EXPECT_EQ(varint(127), "7f");
  EXPECT_EQ(varint(128), "8001");
  EXPECT_EQ(varint(UINT32_MAX), "ffffffff0f");
  EXPECT_EQ(written([](Writer& out) { out.varint(-2); }), "03");
  EXPECT_EQ(written([](Writer& out) { out.varlong(INT64_MIN); }), "ffffffffffffffffff01");
}

TEST(WriterTest, LengthsAreFixedOrCompact) {
  EXPECT_EQ(written([](Writer& out) { out.string(Lengths::kFixed, "ab"); }), "00026162");
  EXPECT_EQ(written([](Writer& out) { out.string(Lengths::kCompact, "ab"); }), "036162");
  EXPECT_EQ(written([](Writer& out) { out.nullable_string(Lengths::kFixed, {}); }), "ffff");
  EXPECT_EQ(written([](Writer& out) { out.nullable_string(Lengths::kCompact, {}); }), "00");
  EXPECT_EQ(written([](Writer& out) { out.array_count(Lengths::kCompact, 0); }), "01");
  EXPECT_EQ(written([](Writer& out) { out.null_array(Lengths::kFixed); }), "ffffffff");
}

TEST(WriterTest, AStringOfMoreThan32767BytesIsRefused) {
  const std::string longest(32767, 'x');
  Writer fits;
  fits.string(Lengths::kCompact, longest);
  EXPECT_TRUE(fits.take().has_value());
  Writer out;
  out.string(Lengths::kCompact, longest + 'x');
  const auto encoded = out.take();
  ASSERT_FALSE(encoded.has_value());
  EXPECT_EQ(encoded.error().kind, Kind::kTooLong);
}

TEST(WriterTest, ATaggedFieldHasItsSizeInFront) {
  EXPECT_EQ(written([](Writer& out) {
              const auto begin = out.begin_tagged(1);
              for (int i = 0; i < 200; ++i) out.int8(0);
              out.end_tagged(begin);
            }).substr(0, 8),
            "01c80100");
}

TEST(WriterTest, FourBytesCanBeFilledInLater) {
  EXPECT_EQ(written([](Writer& out) {
              out.int32(0);
              out.int8(7);
              out.patch_int32(0, 1);
            }),
            "0000000107");
}

// A fetch is sent without copying: the file's bytes go out between those of the buffer.
TEST(WriterTest, AFileSliceIsNotedAndNotCopied) {
  const auto file = std::make_shared<NoFile>();
  Writer out;
  out.int8(1);
  out.nullable_records(Lengths::kFixed, Records(env::FileSlice{file, 100, 50}));
  out.int8(2);
  const auto encoded = out.take();
  ASSERT_TRUE(encoded.has_value());
  EXPECT_EQ(hex(encoded->bytes), "010000003202");
  ASSERT_EQ(encoded->splices.size(), 1u);
  EXPECT_EQ(encoded->splices[0].position, 5u);
  EXPECT_EQ(encoded->splices[0].slice.position, 100u);
  EXPECT_EQ(encoded->size, 56u);
}

TEST(WriterTest, RecordsMayMixMemoryAndFiles) {
  const auto file = std::make_shared<NoFile>();
  const std::vector<std::byte> memory{std::byte{0xaa}, std::byte{0xbb}};
  std::vector<Records::Piece> pieces;
  pieces.emplace_back(env::FileSlice{file, 0, 3});
  pieces.emplace_back(env::Bytes(memory));
  pieces.emplace_back(env::FileSlice{file, 9, 4});
  Writer out;
  out.nullable_records(Lengths::kCompact, Records(pieces));
  const auto encoded = out.take();
  ASSERT_TRUE(encoded.has_value());
  EXPECT_EQ(hex(encoded->bytes), "0aaabb");
  ASSERT_EQ(encoded->splices.size(), 2u);
  EXPECT_EQ(encoded->splices[0].position, 1u);
  EXPECT_EQ(encoded->splices[1].position, 3u);
  EXPECT_EQ(encoded->size, 10u);
}

TEST(WriterTest, NullAndEmptyRecordsDiffer) {
  EXPECT_EQ(written([](Writer& out) { out.nullable_records(Lengths::kFixed, Records()); }),
            "ffffffff");
  EXPECT_EQ(written([](Writer& out) { out.nullable_records(Lengths::kFixed, Records::empty()); }),
            "00000000");
}

TEST(WriterTest, TheWriterIsEmptyAfterItWasTaken) {
  Writer out;
  out.fail(Kind::kVersion, "x");
  out.int8(1);
  EXPECT_FALSE(out.take().has_value());
  const auto second = out.take();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->size, 0u);
}

// A value that its version cannot carry would be lost without a word.
TEST(WriterTest, AFieldThatIsNotIgnorableIsRefusedInVersionsWithoutIt) {
  OffsetCommitRequest request{.group_id = "g", .group_instance_id = "static"};
  EXPECT_TRUE(encode(request, 7).has_value());
  const auto encoded = encode(request, 6);
  ASSERT_FALSE(encoded.has_value());
  EXPECT_EQ(encoded.error(),
            (EncodeError{Kind::kVersion, "OffsetCommitRequest.group_instance_id"}));
  request.group_instance_id.reset();
  EXPECT_TRUE(encode(request, 6).has_value());
}

TEST(WriterTest, AnIgnorableFieldIsDroppedInVersionsWithoutIt) {
  MetadataResponse response{.throttle_time_ms = Millis{7}, .cluster_id = "c"};
  EXPECT_TRUE(encode(response, 0).has_value());
}

TEST(WriterTest, NullIsRefusedInVersionsWithoutIt) {
  const MetadataRequest all{.topics = std::nullopt};
  EXPECT_TRUE(encode(all, 1).has_value());
  const auto encoded = encode(all, 0);
  ASSERT_FALSE(encoded.has_value());
  EXPECT_EQ(encoded.error(), (EncodeError{Kind::kNull, "MetadataRequest.topics"}));
}

TEST(WriterTest, AVersionThatTheMessageDoesNotHaveIsRefused) {
  EXPECT_FALSE(encode(MetadataRequest{}, 13).has_value());
  EXPECT_FALSE(encode(MetadataRequest{}, -1).has_value());
}

}  // namespace
}  // namespace barnabas::protocol
