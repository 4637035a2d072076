// What kafka-console-consumer prints of a record, by the name of a formatter class.
//
// Kafka       tools/consumer/DefaultMessageFormatter, LoggingMessageFormatter, NoOpMessageFormatter
//             and those of the internal topics under their new names (JSON) and their old ones.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "log/java_properties.h"
#include "tools/client/record.h"

namespace barnabas::tools {

struct MessageFormatter {
  // The text to print, with its end; the error is the text of an exception.
  std::function<std::expected<std::string, std::string>(const ClientRecord&)> format;
  std::string deprecated = {};  // the sentence to print about an old name
};

// `properties`: those of --property. The error is the name of no class.
std::expected<MessageFormatter, std::string> message_formatter(std::string_view class_name,
                                                               const log::Properties& properties);

}  // namespace barnabas::tools
