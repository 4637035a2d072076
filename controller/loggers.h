// Kafka's names for what the controller logs, so that its level settings and filters work on ours.
#pragma once

#include <string_view>

namespace barnabas::controller {

inline constexpr std::string_view kControllerLog = "kafka.controller.KafkaController";
inline constexpr std::string_view kStateChangeLog = "state.change.logger";
inline constexpr std::string_view kSenderLog = "kafka.controller.RequestSendThread";
inline constexpr std::string_view kDeletionLog = "kafka.controller.TopicDeletionManager";

}  // namespace barnabas::controller
