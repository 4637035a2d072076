#include "tools/console/internal_formatters.h"

#include <gtest/gtest.h>

#include "protocol/messages/group_metadata_key.h"
#include "protocol/messages/group_metadata_value.h"
#include "protocol/messages/offset_commit_key.h"
#include "protocol/messages/offset_commit_value.h"
#include "protocol/messages/transaction_log_key.h"
#include "protocol/messages/transaction_log_value.h"
#include "protocol/writer.h"

namespace barnabas::tools {
namespace {

template <class Message>
std::string bytes_of(const Message& message, std::int16_t version) {
  protocol::Writer out;
  out.int16(version);
  message.encode(out, version);
  const auto encoded = std::move(out).take();
  return {reinterpret_cast<const char*>(encoded->bytes.data()), encoded->bytes.size()};
}

ClientRecord offset_record() {
  protocol::OffsetCommitKey key;
  key.group = "g";
  key.topic = "t";
  key.partition = PartitionIndex(2);
  protocol::OffsetCommitValue value;
  value.offset = Offset(4);
  value.leader_epoch = LeaderEpoch(0);
  value.commit_timestamp = Timestamp(99);
  ClientRecord record;
  record.key = bytes_of(key, 1);
  record.value = bytes_of(value, 3);
  return record;
}

ClientRecord group_record() {
  protocol::GroupMetadataKey key;
  key.group = "g";
  protocol::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.generation = Generation(1);
  value.protocol = "range";
  value.leader = "m";
  value.current_state_timestamp = Timestamp(5);
  auto& member = value.members.emplace_back();
  member.member_id = "m";
  member.client_id = "c";
  member.client_host = "/h";
  member.rebalance_timeout = Millis(30);
  member.session_timeout = Millis(10);
  member.assignment = {std::byte{'x'}};
  ClientRecord record;
  record.key = bytes_of(key, 2);
  record.value = bytes_of(value, 3);
  return record;
}

TEST(InternalFormatters, OffsetsAreJsonUnderTheNewNameAndText) {
  EXPECT_EQ(offset_json(offset_record()),
            R"({"key":{"version":1,"data":{"group":"g","topic":"t","partition":2}},)"
            R"("value":{"version":3,"data":{"offset":4,"leaderEpoch":0,"metadata":"",)"
            R"("commitTimestamp":99}}})");
  EXPECT_EQ(offset_text(offset_record()),
            "[g,t,2]::OffsetAndMetadata(offset=4, leaderEpoch=Optional[0], metadata=, "
            "commitTimestamp=99, expireTimestamp=None)\n");
}

TEST(InternalFormatters, ATombstoneHasNoValue) {
  auto record = offset_record();
  record.value.reset();
  EXPECT_EQ(offset_json(record),
            R"({"key":{"version":1,"data":{"group":"g","topic":"t","partition":2}},"value":null})");
  EXPECT_EQ(offset_text(record), "[g,t,2]::NULL\n");
}

TEST(InternalFormatters, GroupsAreShownWithTheirMembers) {
  EXPECT_EQ(group_json(group_record()),
            R"({"key":{"version":2,"data":{"group":"g"}},"value":{"version":3,"data":{)"
            R"("protocolType":"consumer","generation":1,"protocol":"range","leader":"m",)"
            R"("currentStateTimestamp":5,"members":[{"memberId":"m","groupInstanceId":null,)"
            R"("clientId":"c","clientHost":"/h","rebalanceTimeout":30,"sessionTimeout":10,)"
            R"("subscription":"","assignment":"eA=="}]}}})");
  EXPECT_EQ(group_text(group_record()),
            "g::GroupMetadata(groupId=g, generation=1, protocolType=Some(consumer), "
            "currentState=Stable, members=HashMap(m -> MemberMetadata(memberId=m, "
            "groupInstanceId=None, clientId=c, clientHost=/h, sessionTimeoutMs=10, "
            "rebalanceTimeoutMs=30, supportedProtocols=List(range))))\n");
}

TEST(InternalFormatters, TransactionsAreShownWithTheirState) {
  protocol::TransactionLogKey key;
  key.transactional_id = "x";
  protocol::TransactionLogValue value;
  value.producer_id = ProducerId(41);
  value.transaction_timeout_ms = Millis(60);
  value.transaction_status = 1;
  value.transaction_partitions->push_back({"t", {PartitionIndex(0)}});
  value.transaction_last_update_timestamp_ms = Timestamp(8);
  value.transaction_start_timestamp_ms = Timestamp(7);
  ClientRecord record;
  record.key = bytes_of(key, 0);
  record.value = bytes_of(value, 0);
  EXPECT_EQ(transaction_json(record),
            R"({"key":{"version":0,"data":{"transactionalId":"x"}},"value":{"version":0,"data":{)"
            R"("producerId":41,"producerEpoch":0,"transactionTimeoutMs":60,"transactionStatus":1,)"
            R"("transactionPartitions":[{"topic":"t","partitionIds":[0]}],)"
            R"("transactionLastUpdateTimestampMs":8,"transactionStartTimestampMs":7}}})");
  EXPECT_EQ(transaction_text(record),
            "x::TransactionMetadata(transactionalId=x, producerId=41, producerEpoch=0, "
            "txnTimeoutMs=60, state=Ongoing, pendingState=None, topicPartitions=HashSet(t-0), "
            "txnStartTimestamp=7, txnLastUpdateTimestamp=8)\n");
}

TEST(InternalFormatters, WhatIsOfAnotherKindOrCutShortPrintsNothing) {
  EXPECT_EQ(offset_json(group_record()), std::nullopt);
  EXPECT_EQ(group_text(offset_record()), std::nullopt);
  auto cut = offset_record();
  cut.value->resize(3);
  EXPECT_EQ(offset_json(cut), std::nullopt);
  EXPECT_EQ(offset_text(cut), std::nullopt);
  cut.key->resize(1);
  EXPECT_EQ(offset_json(cut), std::nullopt);
  EXPECT_EQ(transaction_json(ClientRecord{}), std::nullopt);
}

}  // namespace
}  // namespace barnabas::tools
