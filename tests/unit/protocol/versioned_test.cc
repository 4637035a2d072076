#include "protocol/versioned.h"

#include <gtest/gtest.h>

#include "protocol/messages/group_metadata_key.h"
#include "protocol/messages/offset_commit_key.h"
#include "protocol/messages/offset_commit_value.h"

namespace barnabas::protocol {
namespace {

TEST(VersionedTest, WhatIsWrittenIsReadAgain) {
  const OffsetCommitKey key{.group = "g", .topic = "t", .partition = PartitionIndex{3}};
  const auto bytes = encode_versioned(key, 1);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->size(), 2u + 3 + 3 + 4);
  EXPECT_EQ(decode_versioned<OffsetCommitKey>(*bytes), key);
}

// __consumer_offsets holds two kinds of keys; only the version tells them apart.
TEST(VersionedTest, AnotherKindOfKeyIsRefused) {
  const auto group = encode_versioned(GroupMetadataKey{.group = "g"}, 2);
  const auto key = decode_versioned<OffsetCommitKey>(group.value());
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().kind, DecodeError::Kind::kUnsupportedVersion);
}

TEST(VersionedTest, AVersionThatTheMessageDoesNotHaveIsNotWritten) {
  EXPECT_FALSE(encode_versioned(OffsetCommitValue{}, 5).has_value());
}

TEST(VersionedTest, LessThanAVersionIsRefused) {
  const std::vector<std::byte> one{std::byte{0}};
  EXPECT_FALSE(decode_versioned<OffsetCommitKey>(one).has_value());
}

}  // namespace
}  // namespace barnabas::protocol
