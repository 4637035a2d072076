// The loggers whose levels an administrator may see and set: resources of type BROKER_LOGGER.
//
// Kafka       server/RuntimeLoggerManager, utils/Log4jController. Differs: what exists is what this
//             broker writes to, under Kafka's names.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/alter.h"

namespace barnabas::broker::api {

std::vector<std::string> broker_loggers();  // sorted; "root" among them

// All or nothing.
std::expected<void, config::AlterRefusal> check_log_levels(
    std::span<const config::Alteration> changes);
void set_log_levels(std::span<const config::Alteration> changes);

}  // namespace barnabas::broker::api
