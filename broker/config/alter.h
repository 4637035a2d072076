// What an administrator's changes make of a configuration; without I/O.
//
// Does not    know which values are valid: validate_topic and validate_dynamic do.
// Kafka       server/ConfigAdminManager.prepareIncrementalConfigs.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/config/properties.h"
#include "broker/config/table.h"
#include "protocol/error_code.h"

namespace barnabas::broker::config {

// The numbers of the wire.
enum class AlterOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct Alteration {
  std::string name;
  AlterOperation operation = AlterOperation::kSet;  // as received: may be none of them
  std::optional<std::string> value;
};

struct AlterRefusal {
  ErrorCode error;
  std::optional<std::string> text;  // Kafka gives none with UNKNOWN_SERVER_ERROR
  friend bool operator==(const AlterRefusal&, const AlterRefusal&) = default;
};

// A key named twice, or no value where there must be one. INVALID_REQUEST.
std::expected<void, AlterRefusal> check_alterations(std::span<const Alteration> changes);

using FindKey = const KeySpec* (*)(std::string_view);
// `stored` with the changes made, one after the other. Lists grow and shrink by their items' texts;
// one that is not set begins with its default.
std::expected<Properties, AlterRefusal> alter(Properties stored,
                                              std::span<const Alteration> changes,
                                              FindKey find_key);

}  // namespace barnabas::broker::config
