// What kafka-dump-log prints of a record's key and value.
//
// Kafka       tools/DumpLogSegments (the message parsers), TransactionLog.formatRecordKeyAndValue.
//             Differs: the classes of --key-decoder-class are those four that Kafka brings along.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/records/record.h"

namespace barnabas::tools {

struct Decoded {
  std::optional<std::string> key;
  std::optional<std::string> value;
};

// The error ends the dump.
using RecordDecoder = std::function<std::expected<Decoded, std::string>(const records::Record&)>;

// One side of a record, by the name of its decoder class
// ("org.apache.kafka.tools.api.StringDecoder").
struct FieldDecoder {
  std::function<std::expected<std::string, std::string>(records::Bytes)> decode;
  std::string deprecated = {};  // the sentence to print about an old name
};
std::expected<FieldDecoder, std::string> field_decoder(std::string_view class_name);

RecordDecoder plain_decoder(FieldDecoder key, FieldDecoder value);
RecordDecoder offsets_decoder();          // __consumer_offsets
RecordDecoder transaction_log_decoder();  // __transaction_state
// KRaft's and tiered storage's logs do not exist in ZooKeeper mode: only what is wrong with a
// record.
RecordDecoder framed_metadata_decoder(std::string_view error_prefix);

}  // namespace barnabas::tools
