#include "broker/group/loader.h"

#include <gmock/gmock.h>

#include "protocol/records/builder.h"
#include "protocol/records/control.h"

namespace barnabas::broker::group {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr ProducerId kProducer{7};

// Writes records as they lie in a log, each call a batch, and reads them all.
class GroupRecordsTest : public testing::Test {
 protected:
  static TopicPartition tp(int partition) { return {"t", PartitionIndex{partition}}; }
  static LogRecord offset(int partition, int value) {
    return *offset_record("g", tp(partition),
                          {Offset{value}, kNoLeaderEpoch, "", Timestamp{1}, {}});
  }
  static LogRecord forget(int partition) { return *offset_tombstone("g", tp(partition)); }
  static LogRecord generation(int number) {
    protocol::GroupMetadataValue value;
    value.protocol_type = "consumer";
    value.generation = Generation{number};
    return *group_record("g", value);
  }
  void write(const std::vector<LogRecord>& records, bool transactional = false) {
    records::BatchOptions options{.base_offset = end, .transactional = transactional};
    if (transactional) options.producer_id = kProducer;
    records::RecordBatchBuilder builder(options);
    for (const auto& record : records) {
      const auto value = record.value ? std::optional<env::Bytes>(*record.value) : std::nullopt;
      builder.append(Timestamp{1}, env::Bytes(record.key), value);
    }
    end = builder.last_offset() + 1;
    add(builder.build());
  }
  void end_transaction(records::ControlType type) {
    add(records::end_txn_marker_batch({type, 0}, kProducer, ProducerEpoch{0}, Timestamp{1}, end));
    end = end + 1;
  }
  void add(const records::Buffer& batch) { log.insert(log.end(), batch.begin(), batch.end()); }

  LoadedGroups read() {
    GroupRecords records;
    records.add(log);
    EXPECT_EQ(records.next_offset(), end);
    return records.take();
  }
  // The offsets of group "g", by partition.
  std::map<int, int> offsets() {
    std::map<int, int> found;
    auto groups = read();
    for (const auto& topic : groups["g"].offsets.fetch(std::nullopt, false)) {
      for (const auto& row : topic.partitions) {
        found[row.partition.value] = static_cast<int>(row.offset.value);
      }
    }
    return found;
  }

  records::Buffer log;
  Offset end{0};
};

TEST_F(GroupRecordsTest, TheLastRecordOfAKeyCounts) {
  write({offset(0, 5), offset(1, 6)});
  write({offset(0, 7)});
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 7), Pair(1, 6)));
}

TEST_F(GroupRecordsTest, ATombstoneTakesAnOffsetAway) {
  write({offset(0, 5), offset(1, 6), forget(0)});
  EXPECT_THAT(offsets(), ElementsAre(Pair(1, 6)));
}

TEST_F(GroupRecordsTest, AnOffsetCommittedAfterItsTombstoneStays) {
  write({offset(0, 5), forget(0), offset(0, 3)});
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 3)));
}

TEST_F(GroupRecordsTest, AGroupIsAsItsLastRecordSays) {
  write({generation(1), generation(2)});
  const auto groups = read();
  EXPECT_EQ(groups.at("g").metadata->generation, Generation{2});
}

TEST_F(GroupRecordsTest, OfADeletedGroupNothingIsLeft) {
  write({generation(1), offset(0, 5)});
  write({forget(0), *group_tombstone("g")});
  EXPECT_THAT(read(), IsEmpty());
}

// Offsets of a group that has no members, or none any more.
TEST_F(GroupRecordsTest, OffsetsNeedNoGroupRecord) {
  write({generation(1), offset(0, 5), *group_tombstone("g")});
  const auto groups = read();
  EXPECT_EQ(groups.at("g").metadata, std::nullopt);
  EXPECT_FALSE(groups.at("g").offsets.empty());
}

TEST_F(GroupRecordsTest, OffsetsOfATransactionCountOnceItIsCommitted) {
  write({offset(0, 5)});
  write({offset(0, 9)}, true);
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 5)));
  end_transaction(records::ControlType::kCommit);
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 9)));
}

TEST_F(GroupRecordsTest, OffsetsOfAnAbortedTransactionNeverCount) {
  write({offset(0, 9)}, true);
  end_transaction(records::ControlType::kAbort);
  EXPECT_THAT(offsets(), IsEmpty());
}

// The transaction was committed later, but its record lies before the other one.
TEST_F(GroupRecordsTest, ATransactionDoesNotOverwriteWhatCameAfterItsRecords) {
  write({offset(0, 5)}, true);
  write({offset(0, 9)});
  end_transaction(records::ControlType::kCommit);
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 9)));
}

// Left by a newer broker that was rolled back.
TEST_F(GroupRecordsTest, KeysOfLaterVersionsArePassedOver) {
  write({{{std::byte{0}, std::byte{8}, std::byte{1}}, std::nullopt}, offset(0, 5)});
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 5)));
}

TEST_F(GroupRecordsTest, WhatCannotBeReadDoesNotHideTheRest) {
  LogRecord broken = offset(1, 1);
  broken.value->resize(3);
  LogRecord cut = offset(2, 1);
  cut.key.resize(3);
  write({broken, cut, offset(0, 5)});
  EXPECT_THAT(offsets(), ElementsAre(Pair(0, 5)));
}

}  // namespace
}  // namespace barnabas::broker::group
