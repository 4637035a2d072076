// The records of __consumer_offsets as JSON, the way kafka-dump-log shows them.
//
// Kafka       GroupCoordinatorRecordSerde and the generated JSON converters.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <string>

#include "protocol/records/bytes.h"

namespace barnabas::tools {

struct VersionedJson {
  std::int16_t version = 0;
  boost::json::object data;
};

// What a member's subscription and assignment look like.
enum class MemberBytes { kTakenApart, kBase64 };

// The error is a sentence with "{}" for the record's offset.
std::expected<VersionedJson, std::string> group_key_json(records::Bytes key);
std::expected<VersionedJson, std::string> group_value_json(records::Bytes key, records::Bytes value,
                                                           MemberBytes members);

// {"type":"1","data":{"group":"g","topic":"t","partition":0}}
// The error is a sentence with "{}" for the record's offset.
std::expected<std::string, std::string> show_group_key(records::Bytes key);
// {"version":"3","data":{...}}; the members of a consumer group with their subscriptions taken
// apart.
std::expected<std::string, std::string> show_group_value(records::Bytes key, records::Bytes value);

}  // namespace barnabas::tools
