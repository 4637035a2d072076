#include "protocol/header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "protocol/messages/all.h"

namespace barnabas::protocol {
namespace {

std::vector<std::byte> encode(const RequestHeader& header) {
  Writer out;
  header.encode(out);
  return out.take().value().bytes;
}

std::expected<RequestHeader, DecodeError> decode(std::vector<std::byte> bytes) {
  Reader in{env::MutableBytes(bytes)};
  auto header = RequestHeader::decode(in);
  EXPECT_EQ(in.remaining(), header ? 0u : in.remaining());
  return header;
}

std::vector<std::byte> response(std::int32_t id, ApiKey key, std::int16_t version) {
  Writer out;
  ResponseHeader{id}.encode(out, key, version);
  return out.take().value().bytes;
}

TEST(HeaderTest, EveryHeaderIsReadAsItWasWritten) {
  for (const auto& api : kApis) {
    for (auto version = api.min_version; version <= api.max_version; ++version) {
      RequestHeader header{api.key, version, 77, "client"};
      if (request_header_version(api.key, version) == 0) header.client_id.reset();
      EXPECT_EQ(decode(encode(header)), header) << api.name << " v" << version;
    }
  }
}

TEST(HeaderTest, ControlledShutdownV0HasNoClientId) {
  EXPECT_EQ(encode({ApiKey::kControlledShutdown, 0, 1, "ignored"}).size(), 8u);
  EXPECT_EQ(encode({ApiKey::kControlledShutdown, 1, 1, "c"}).size(), 11u);
}

TEST(HeaderTest, FlexibleRequestsHaveTaggedFieldsButAnOldClientId) {
  EXPECT_EQ(encode({ApiKey::kMetadata, 8, 1, "c"}).size(), 11u);
  EXPECT_EQ(encode({ApiKey::kMetadata, 9, 1, "c"}).size(), 12u);
}

// A client that speaks a version we do not know must be able to read the answer that says so
// (KIP-511).
TEST(HeaderTest, ApiVersionsAnswersAlwaysWithTheFirstHeader) {
  for (const std::int16_t version : {0, 3, 4, 99}) {
    EXPECT_EQ(response(1, ApiKey::kApiVersions, version).size(), 4u);
  }
  EXPECT_EQ(response(1, ApiKey::kMetadata, 8).size(), 4u);
  EXPECT_EQ(response(1, ApiKey::kMetadata, 9).size(), 5u);
}

TEST(HeaderTest, ApiVersionsIsReadWhateverItsVersion) {
  const RequestHeader future{ApiKey::kApiVersions, 99, 1, "c"};
  EXPECT_EQ(decode(encode(future)), future);
  const RequestHeader negative{ApiKey::kApiVersions, -1, 1, "c"};
  EXPECT_EQ(decode(encode(negative)), negative);
}

TEST(HeaderTest, OtherKeysAndVersionsAreRefused) {
  const auto refused = [](int key, std::int16_t version) {
    const auto header = decode(encode({ApiKey{static_cast<std::int16_t>(key)}, version, 1, "c"}));
    return !header && header.error().kind == DecodeError::Kind::kUnsupportedVersion;
  };
  for (const int key : {-1, 52, 53, 54, 55, 59, 62, 63, 64, 70, 75, 32767}) {
    EXPECT_TRUE(refused(key, 0)) << key;
  }
  EXPECT_TRUE(refused(0, 12));
  EXPECT_TRUE(refused(0, -1));
  EXPECT_FALSE(refused(0, 11));
}

TEST(HeaderTest, AClientIdMayBeNullAndItsLengthAnythingBelowZero) {
  auto bytes = encode({ApiKey::kApiVersions, 0, 1, std::nullopt});
  bytes[8] = std::byte{0xff};
  bytes[9] = std::byte{0xfe};
  const auto header = decode(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->client_id, std::nullopt);
}

TEST(HeaderTest, AHeaderThatIsCutIsRefused) {
  const auto whole = encode({ApiKey::kMetadata, 9, 1, "client"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(decode({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}));
  }
}

TEST(HeaderTest, KeysHaveKafkasNames) {
  EXPECT_EQ(name(ApiKey::kOffsetForLeaderEpoch), "OffsetForLeaderEpoch");
  EXPECT_EQ(name(ApiKey{52}), "UNKNOWN");
  EXPECT_EQ(kApis.size(), 62u);
  EXPECT_TRUE(std::ranges::is_sorted(kApis, {}, &ApiInfo::key));
}

}  // namespace
}  // namespace barnabas::protocol
