#include "protocol/reader.h"

#include <gmock/gmock.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "protocol/messages/metadata.h"

namespace barnabas::protocol {
namespace {

using Kind = DecodeError::Kind;

// A frame written as numbers and text: Frame{0, 3, "abc"}.
struct Frame {
  struct Part {
    std::string bytes;
    Part(int byte) : bytes(1, static_cast<char>(byte)) {}
    Part(const char* text) : bytes(text) {}
  };
  std::vector<std::byte> bytes;
  Frame(std::initializer_list<Part> parts) {
    for (const auto& part : parts) {
      for (const char c : part.bytes) bytes.push_back(static_cast<std::byte>(c));
    }
  }
  Reader reader() { return Reader(env::MutableBytes(bytes)); }
};

void expect_error(const Reader& reader, Kind kind) {
  ASSERT_TRUE(reader.error().has_value());
  EXPECT_EQ(reader.error()->kind, kind) << to_string(*reader.error());
}

TEST(ReaderTest, IntegersAreBigEndian) {
  Frame frame{0x01, 0x02, 0xff, 0xff, 0xff, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  auto in = frame.reader();
  EXPECT_EQ(in.int16(), 0x0102);
  EXPECT_EQ(in.int32(), -2);
  EXPECT_EQ(in.int64(), INT64_MIN);
  EXPECT_EQ(in.uint16(), 65535);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.remaining(), 0u);
}

TEST(ReaderTest, AnyByteButZeroIsTrue) {
  Frame frame{0, 1, 0x80};
  auto in = frame.reader();
  EXPECT_FALSE(in.boolean());
  EXPECT_TRUE(in.boolean());
  EXPECT_TRUE(in.boolean());
}

// Generated code reads on after an error and looks once, so nothing after it may look like data.
TEST(ReaderTest, AfterTheFirstErrorEverythingReadsAsNothing) {
  Frame frame{0, 1, 0, 0, 0, 7, 0, 1, "x"};
  auto in = frame.reader();
  in.view(100);
  expect_error(in, Kind::kTruncated);
  EXPECT_EQ(in.int32(), 0);
  EXPECT_EQ(in.string(Lengths::kFixed), "");
  EXPECT_EQ(in.array_count(Lengths::kFixed, 1), -1);
  EXPECT_EQ(in.error()->position, 0u);
}

TEST(ReaderTest, AVarintHasFiveBytesAtMost) {
  Frame largest{0xff, 0xff, 0xff, 0xff, 0x0f};
  auto in = largest.reader();
  EXPECT_EQ(in.unsigned_varint(), UINT32_MAX);
  Frame endless{0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  auto cut = endless.reader();
  EXPECT_EQ(cut.unsigned_varint(), 0u);
  expect_error(cut, Kind::kVarint);
}

TEST(ReaderTest, ZigzagPutsSmallNegativesBesideSmallPositives) {
  Frame frame{0, 1, 2, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  auto in = frame.reader();
  EXPECT_EQ(in.varint(), 0);
  EXPECT_EQ(in.varint(), -1);
  EXPECT_EQ(in.varint(), 1);
  EXPECT_EQ(in.varint(), -2);
  EXPECT_EQ(in.varlong(), INT64_MIN);
}

TEST(ReaderTest, ALengthBelowMinusOneMeansNullToo) {
  Frame frame{0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xfe};
  auto in = frame.reader();
  EXPECT_EQ(in.nullable_string(Lengths::kFixed), std::nullopt);
  EXPECT_EQ(in.nullable_string(Lengths::kFixed), std::nullopt);
  EXPECT_EQ(in.nullable_bytes(Lengths::kFixed), std::nullopt);
  EXPECT_TRUE(in.ok());
}

TEST(ReaderTest, NullIsAnErrorWhereThereIsNoNull) {
  Frame fixed{0xff, 0xff};
  auto in = fixed.reader();
  in.string(Lengths::kFixed);
  expect_error(in, Kind::kNull);
  Frame compact{0};
  auto flexible = compact.reader();
  flexible.bytes(Lengths::kCompact);
  expect_error(flexible, Kind::kNull);
}

TEST(ReaderTest, ACompactStringHasTheLimitOfTheOldOnes) {
  Frame frame{0x81, 0x80, 0x02};  // length 32768
  auto in = frame.reader();
  in.nullable_string(Lengths::kCompact);
  expect_error(in, Kind::kLength);
}

TEST(ReaderTest, TextThatIsNotUtf8IsRepaired) {
  Frame frame{0, 3, "a", 0xff, "b"};
  auto in = frame.reader();
  EXPECT_EQ(in.string(Lengths::kFixed),
            "a\xEF\xBF\xBD"
            "b");
}

// Memory for what a count claims would be a way to kill the broker with twelve bytes.
TEST(ReaderTest, ACountIsHeldAgainstTheBytesThatAreLeft) {
  Frame frame{0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0};
  auto in = frame.reader();
  std::vector<std::int32_t> out;
  in.array(Lengths::kFixed, 4, out, [&](auto& one) { one = in.int32(); });
  expect_error(in, Kind::kCount);
  EXPECT_EQ(out.capacity(), 0u);
}

TEST(ReaderTest, AnArrayOfWhatFitsIsRead) {
  Frame frame{0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};
  auto in = frame.reader();
  std::vector<std::int32_t> out{9};
  in.array(Lengths::kFixed, 4, out, [&](auto& one) { one = in.int32(); });
  EXPECT_THAT(out, testing::ElementsAre(1, 2));
}

TEST(ReaderTest, UnknownTaggedFieldsAreSkipped) {
  Frame frame{2, 0, 1, 7, 5, 3, "abc", 42};
  auto in = frame.reader();
  int known = 0;
  in.tagged_fields([&](std::uint32_t tag) {
    if (tag == 0) known = in.int8();
    return tag == 0;
  });
  EXPECT_EQ(known, 7);
  EXPECT_EQ(in.int8(), 42);
}

TEST(ReaderTest, ATaggedFieldLongerThanTheFrameIsAnError) {
  Frame frame{1, 0, 100, 1, 2};
  auto in = frame.reader();
  in.skip_tagged_fields();
  expect_error(in, Kind::kTruncated);
}

TEST(ReaderTest, RecordsAreAViewIntoTheFrame) {
  Frame frame{0, 0, 0, 2, "ab", 0xff, 0xff, 0xff, 0xff};
  auto in = frame.reader();
  const auto records = in.records(Lengths::kFixed);
  EXPECT_EQ(records.view().data(), frame.bytes.data() + 4);
  records.view()[0] = std::byte{'z'};
  EXPECT_EQ(frame.bytes[4], std::byte{'z'});
  EXPECT_TRUE(in.nullable_records(Lengths::kFixed).is_null());
}

TEST(ReaderTest, NullRecordsAreAnErrorWhereThereIsNoNull) {
  Frame frame{0xff, 0xff, 0xff, 0xff};
  auto in = frame.reader();
  in.records(Lengths::kFixed);
  expect_error(in, Kind::kNull);
}

// What a real broker does with odd Metadata requests, one by one (it closes the connection, or
// answers).
std::optional<Kind> metadata_v1(Frame frame) {
  auto in = frame.reader();
  const auto request = MetadataRequest::decode(in, 1);
  if (request) return std::nullopt;
  return request.error().kind;
}

TEST(ReaderTest, OddMetadataRequestsAreTakenOrRefusedAsKafkaDoes) {
  EXPECT_EQ(metadata_v1({}), Kind::kTruncated);
  EXPECT_EQ(metadata_v1({0, 0, 0, 2, 0, 1, "a"}), Kind::kTruncated);
  EXPECT_EQ(metadata_v1({0x7f, 0xff, 0xff, 0xff}), Kind::kCount);
  EXPECT_EQ(metadata_v1({0xff, 0xff, 0xff, 0xfe}), std::nullopt);
  EXPECT_EQ(metadata_v1({0, 0, 0, 1, 0xff, 0xff}), Kind::kNull);
  EXPECT_EQ(metadata_v1({0, 0, 0, 0, 1, 2, 3}), std::nullopt);
}

TEST(ReaderTest, ACountBelowMinusOneIsReadAsANullArray) {
  Frame frame{0xff, 0xff, 0xff, 0xfe};
  auto in = frame.reader();
  const auto request = MetadataRequest::decode(in, 1);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->topics, std::nullopt);
}

TEST(ReaderTest, AVersionThatTheMessageDoesNotHaveIsAnError) {
  for (const std::int16_t version : {-1, 13}) {
    Frame frame{0, 0, 0, 0};
    auto in = frame.reader();
    const auto request = MetadataRequest::decode(in, version);
    ASSERT_FALSE(request.has_value());
    EXPECT_EQ(request.error().kind, Kind::kUnsupportedVersion);
  }
}

}  // namespace
}  // namespace barnabas::protocol
