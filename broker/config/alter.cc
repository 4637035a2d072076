#include "broker/config/alter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace barnabas::broker::config {
namespace {

std::unexpected<AlterRefusal> refuse(ErrorCode error, std::optional<std::string> text) {
  return std::unexpected(AlterRefusal{error, std::move(text)});
}

// Java's split: blanks stay, empty items at the end go.
std::vector<std::string> items_of(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  while (!items.empty() && items.back().empty()) items.pop_back();
  return items;
}

std::string appended(std::vector<std::string> items, const std::vector<std::string>& more) {
  const auto present = items;
  for (const auto& item : more) {
    if (!has(present, item)) items.push_back(item);
  }
  return fmt::format("{}", fmt::join(items, ","));
}

// Each item takes one of its like with it.
std::string subtracted(std::vector<std::string> items, const std::vector<std::string>& less) {
  for (const auto& item : less) {
    const auto at = std::ranges::find(items, item);
    if (at != items.end()) items.erase(at);
  }
  return fmt::format("{}", fmt::join(items, ","));
}

std::expected<void, AlterRefusal> alter_list(Properties& stored, const Alteration& change,
                                             FindKey find_key) {
  const bool grows = change.operation == AlterOperation::kAppend;
  const KeySpec* spec = find_key(change.name);
  if (spec == nullptr) return refuse(ErrorCode::kUnknownServerError, std::nullopt);
  if (spec->type != ConfigType::kList) {
    return refuse(ErrorCode::kInvalidConfig,
                  fmt::format("Config value {} is not allowed for config key: {}",
                              grows ? "append" : "subtract", change.name));
  }
  const auto set = stored.find(change.name);
  const char* otherwise = spec->default_text == nullptr ? "" : spec->default_text;
  auto items = items_of(set == stored.end() ? std::string_view(otherwise) : set->second);
  const auto named = items_of(change.value.value_or(""));
  stored[change.name] =
      grows ? appended(std::move(items), named) : subtracted(std::move(items), named);
  return {};
}

}  // namespace

std::expected<void, AlterRefusal> check_alterations(std::span<const Alteration> changes) {
  std::set<std::string_view> names;
  std::vector<std::string_view> nulls;
  for (const auto& change : changes) {
    if (!names.insert(change.name).second) {
      return refuse(ErrorCode::kInvalidRequest, "Error due to duplicate config keys");
    }
    const bool deletes = change.operation == AlterOperation::kDelete;
    if (!change.value && !deletes) nulls.push_back(change.name);
  }
  if (nulls.empty()) return {};
  return refuse(ErrorCode::kInvalidRequest,
                fmt::format("Null value not supported for : {}", fmt::join(nulls, ", ")));
}

std::expected<Properties, AlterRefusal> alter(Properties stored,
                                              std::span<const Alteration> changes,
                                              FindKey find_key) {
  for (const auto& change : changes) {
    switch (change.operation) {
      case AlterOperation::kSet: stored[change.name] = change.value.value_or(""); continue;
      case AlterOperation::kDelete: stored.erase(change.name); continue;
      case AlterOperation::kAppend:
      case AlterOperation::kSubtract: {
        auto done = alter_list(stored, change, find_key);
        if (!done) return std::unexpected(std::move(done.error()));
        continue;
      }
    }
    return refuse(ErrorCode::kUnknownServerError, std::nullopt);  // a number from elsewhere
  }
  return stored;
}

}  // namespace barnabas::broker::config
