#include "broker/group/offset_records.h"

#include <gmock/gmock.h>

#include "protocol/messages/offset_commit_value.h"
#include "protocol/versioned.h"

namespace barnabas::broker::group {
namespace {

const TopicPartition kTp{"orders", PartitionIndex{3}};

std::int16_t version_of(const std::vector<std::byte>& bytes) {
  protocol::Reader in{env::Bytes(bytes)};
  return in.int16();
}

TEST(PartitionOf, IsTheHashOfJava) {
  EXPECT_EQ(partition_of("", 50), PartitionIndex{0});
  EXPECT_EQ(partition_of("a", 50), PartitionIndex{97 % 50});
  EXPECT_EQ(partition_of("ab", 50), PartitionIndex{(97 * 31 + 98) % 50});
}

// "polygenelubricants" hashes to the smallest int, whose absolute value is not an int.
TEST(PartitionOf, OfTheSmallestHashIsZero) {
  EXPECT_EQ(partition_of("polygenelubricants", 50), PartitionIndex{0});
  EXPECT_EQ(partition_of("polygenelubricants", 7), PartitionIndex{0});
}

// Kafka takes the absolute value, not the low 31 bits: "my-group" hashes to -1906497762, which
// either way gives another partition.
TEST(PartitionOf, OfANegativeHashIsItsAbsoluteValue) {
  EXPECT_EQ(partition_of("my-group", 50), PartitionIndex{12});
  EXPECT_EQ(partition_of("consumer-group", 50), PartitionIndex{38});
}

// One character beyond the first plane counts as its two surrogates.
TEST(PartitionOf, CountsUtf16Units) {
  EXPECT_EQ(partition_of("\xF0\x9F\x98\x80", 50), PartitionIndex{(0xd83d * 31 + 0xde00) % 50});
}

TEST(OffsetRecords, AnOffsetComesBackAsItWasWritten) {
  const CommittedOffset committed{Offset{42}, LeaderEpoch{7}, "note", Timestamp{1000}, {}};
  const auto record = offset_record("g", kTp, committed);
  ASSERT_TRUE(record);
  EXPECT_EQ(version_of(record->key), 1);
  EXPECT_EQ(version_of(*record->value), 3);
  EXPECT_EQ(decode_key(record->key), Decoded<Key>(OffsetKey{"g", kTp}));
  EXPECT_EQ(decode_offset(*record->value), committed);
}

// Only version 1 has a place for it, and no place for the epoch.
TEST(OffsetRecords, AnExpiryTimeMakesItVersionOne) {
  const CommittedOffset committed{Offset{42}, LeaderEpoch{7}, "", Timestamp{1000}, Timestamp{2000}};
  const auto record = offset_record("g", kTp, committed);
  ASSERT_TRUE(record);
  EXPECT_EQ(version_of(*record->value), 1);
  const auto read = decode_offset(*record->value);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->expire_time, Timestamp{2000});
  EXPECT_EQ(read->leader_epoch, kNoLeaderEpoch);
}

// A newer broker that was rolled back may have left version 4.
TEST(OffsetRecords, ReadsVersionFour) {
  protocol::OffsetCommitValue value;
  value.offset = Offset{9};
  value.leader_epoch = LeaderEpoch{2};
  value.metadata = "m";
  value.commit_timestamp = Timestamp{5};
  const auto bytes = protocol::encode_versioned(value, 4);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(decode_offset(*bytes), (CommittedOffset{Offset{9}, LeaderEpoch{2}, "m", Timestamp{5}}));
}

TEST(OffsetRecords, AGroupComesBackAsItWasWritten) {
  protocol::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.generation = Generation{4};
  value.protocol = "range";
  value.leader = "m-1";
  value.current_state_timestamp = Timestamp{77};
  value.members.emplace_back().member_id = "m-1";
  value.members.back().group_instance_id = "static";
  const auto record = group_record("g", value);
  ASSERT_TRUE(record);
  EXPECT_EQ(version_of(record->key), 2);
  EXPECT_EQ(version_of(*record->value), 3);
  EXPECT_EQ(decode_key(record->key), Decoded<Key>(GroupKey{"g"}));
  EXPECT_EQ(decode_group(*record->value), value);
}

TEST(OffsetRecords, ATombstoneHasNoValue) {
  EXPECT_EQ(offset_tombstone("g", kTp)->value, std::nullopt);
  EXPECT_EQ(group_tombstone("g")->value, std::nullopt);
}

TEST(OffsetRecords, KeysOfTheNewProtocolAreUnknown) {
  const std::vector<std::byte> key = {std::byte{0}, std::byte{3}, std::byte{0}};
  EXPECT_EQ(decode_key(key), Decoded<Key>(UnknownKey{3}));
}

TEST(OffsetRecords, AKeyThatIsCutIsAnError) {
  EXPECT_FALSE(decode_key({}));
  const std::vector<std::byte> key = {std::byte{0}, std::byte{1}, std::byte{0}, std::byte{9}};
  EXPECT_FALSE(decode_key(key));
}

}  // namespace
}  // namespace barnabas::broker::group
