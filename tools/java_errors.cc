#include "tools/java_errors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace barnabas::tools {
namespace {

constexpr std::string_view kPackage = "org.apache.kafka.common.errors.";

// Exceptions that are not called as their code is.
constexpr auto kIrregular = std::to_array<std::pair<ErrorCode, std::string_view>>({
    {ErrorCode::kUnknownServerError, "UnknownServer"},
    {ErrorCode::kCorruptMessage, "CorruptRecord"},
    {ErrorCode::kRequestTimedOut, "Timeout"},
    {ErrorCode::kMessageTooLarge, "RecordTooLarge"},
    {ErrorCode::kStaleControllerEpoch, "ControllerMoved"},
    {ErrorCode::kNetworkException, "Network"},
    {ErrorCode::kInvalidTopicException, "InvalidTopic"},
    {ErrorCode::kRecordListTooLarge, "RecordBatchTooLarge"},
    {ErrorCode::kTopicAuthorizationFailed, "TopicAuthorization"},
    {ErrorCode::kGroupAuthorizationFailed, "GroupAuthorization"},
    {ErrorCode::kClusterAuthorizationFailed, "ClusterAuthorization"},
    {ErrorCode::kNonEmptyGroup, "GroupNotEmpty"},
    {ErrorCode::kTopicAlreadyExists, "TopicExists"},
    {ErrorCode::kInvalidConfig, "InvalidConfiguration"},
    {ErrorCode::kKafkaStorageError, "KafkaStorage"},
});

std::string class_of(ErrorCode code) {
  const auto* const irregular =
      std::ranges::find(kIrregular, code, &std::pair<ErrorCode, std::string_view>::first);
  if (irregular != kIrregular.end()) return std::string(irregular->second);
  std::string camel;
  bool begins = true;
  for (const char c : name(code)) {
    if (c != '_') {
      camel += begins ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    begins = c == '_';
  }
  return camel;
}

}  // namespace

std::string exception_name(ErrorCode code) {
  return std::string(kPackage) + class_of(code) + "Exception";
}

std::string error_text(ErrorCode code, const std::optional<std::string>& told) {
  return told.value_or(std::string(message(code)));
}

std::string exception_text(ErrorCode code, const std::optional<std::string>& told) {
  return exception_name(code) + ": " + error_text(code, told);
}

}  // namespace barnabas::tools
