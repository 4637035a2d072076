// The states of a transaction by their ids in __transaction_state.
//
// Kafka       coordinator/transaction/TransactionState.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace barnabas::tools {

inline std::optional<std::string_view> transaction_state(std::int8_t id) {
  static constexpr std::array<std::string_view, 8> kStates{
      "Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
      "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence"};
  const auto index = static_cast<std::size_t>(id);
  return index < kStates.size() ? std::optional(kStates[index]) : std::nullopt;
}

}  // namespace barnabas::tools
