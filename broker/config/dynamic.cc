#include "broker/config/dynamic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "broker/config/table.h"

namespace barnabas::broker::config {
namespace {

// Keystores change for one listener at a time, never for all of them at once.
constexpr auto kOnlyPerListener = std::to_array<std::string_view>(
    {"ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key",
     "ssl.keystore.location", "ssl.keystore.password", "ssl.keystore.type",
     "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password",
     "ssl.truststore.type"});

template <class Refused>
std::vector<std::string> names_that(const Properties& changed, Refused refused) {
  std::vector<std::string> names;
  for (const auto& [name, text] : changed) {
    if (refused(name)) names.push_back(name);
  }
  return names;
}

std::expected<void, ConfigError> refuse_if_any(const std::vector<std::string>& names,
                                               std::string_view sentence, std::string_view set) {
  if (names.empty()) return {};
  return std::unexpected(config_error(
      names.front(), fmt::format("{}: {}({})", sentence, set, fmt::join(names, ", "))));
}

bool is_read_only(const std::string& name) {
  const KeySpec* spec = find_broker_key(name);
  return spec != nullptr && !spec->dynamic();
}

// A listener's own key belongs to one broker, and so do the per-broker keys.
bool needs_a_broker(const std::string& name) {
  const KeySpec* spec = find_broker_key(name);
  if (spec == nullptr) return !listener_base_key(name).empty();
  return spec->mode == UpdateMode::kPerBroker;
}

}  // namespace

std::expected<void, ConfigError> validate_dynamic(const Config& config, const Properties& changed,
                                                  DynamicLevel level) {
  auto checked = refuse_if_any(names_that(changed, is_read_only),
                               "Cannot update these configs dynamically", "Set");
  if (!checked) return checked;
  const auto without_listener = [](const std::string& name) { return has(kOnlyPerListener, name); };
  checked = refuse_if_any(names_that(changed, without_listener),
                          "These security configs can be dynamically updated only per-listener "
                          "using the listener prefix",
                          "HashSet");
  if (!checked) return checked;
  if (level == DynamicLevel::kClusterWide) {
    checked = refuse_if_any(names_that(changed, needs_a_broker),
                            "Cannot update these configs at default cluster level, broker id must "
                            "be specified",
                            "Set");
    if (!checked) return checked;
  }
  const auto updated = level == DynamicLevel::kClusterWide
                           ? config.with_dynamic(changed, config.this_broker_texts())
                           : config.with_dynamic(config.cluster_wide_texts(), changed);
  if (!updated) return std::unexpected(updated.error());
  return {};
}

}  // namespace barnabas::broker::config
