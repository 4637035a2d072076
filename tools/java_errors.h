// Errors as Kafka's own tools print them: by the name of the Java exception.
//
// Kafka       common/protocol/Errors, common/errors.
#pragma once

#include <optional>
#include <string>

#include "protocol/error_code.h"

namespace barnabas::tools {

// "org.apache.kafka.common.errors.UnknownTopicOrPartitionException"
std::string exception_name(ErrorCode code);

// The name and what a broker told, or the code's own text: "NAME: This server does not host this
// topic-partition."
std::string exception_text(ErrorCode code, const std::optional<std::string>& told = std::nullopt);
// What it told, or the code's own text.
std::string error_text(ErrorCode code, const std::optional<std::string>& told);

}  // namespace barnabas::tools
