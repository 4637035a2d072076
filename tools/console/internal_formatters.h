// The records of __consumer_offsets and __transaction_state for kafka-console-consumer.
//
// Kafka       tools/consumer/OffsetsMessageFormatter, GroupMetadataMessageFormatter,
//             TransactionLogMessageFormatter (JSON, one object after the other), and the formatters
//             of GroupMetadataManager and TransactionLog (the toString of their classes, in lines).
#pragma once

#include <optional>
#include <string>

#include "tools/client/record.h"

namespace barnabas::tools {

// Nothing for a record of another kind.
using InternalFormat = std::optional<std::string> (*)(const ClientRecord&);

std::optional<std::string> offset_json(const ClientRecord& record);
std::optional<std::string> offset_text(const ClientRecord& record);
std::optional<std::string> group_json(const ClientRecord& record);
std::optional<std::string> group_text(const ClientRecord& record);
std::optional<std::string> transaction_json(const ClientRecord& record);
std::optional<std::string> transaction_text(const ClientRecord& record);

}  // namespace barnabas::tools
