#include "tools/admin_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "tools/client/client_config.h"
#include "tools/client/client_keys.h"

namespace barnabas::tools {
namespace {

constexpr std::string_view kRequestTimeout = "request.timeout.ms";
constexpr std::string_view kCallTimeout = "default.api.timeout.ms";
constexpr std::string_view kNoClient = "Failed to create new KafkaAdminClient";

bool is_for_admins(const ClientKey& key) {
  return !key.only || key.name == kCallTimeout || key.name == "retries" ||
         key.name == "retry.backoff.ms";
}

bool is_plain_text(std::string_view protocol) {
  constexpr std::string_view kPlainText = "PLAINTEXT";
  return std::ranges::equal(protocol, kPlainText,
                            [](unsigned char c, char upper) { return std::toupper(c) == upper; });
}

}  // namespace

std::expected<AdminConfig, std::string> admin_config(const log::Properties& given) {
  for (const ClientKey& key : client_keys()) {
    const auto it = given.find(key.name);
    if (it == given.end() || !is_for_admins(key)) continue;
    if (auto refused = refusal(key, it->second)) return std::unexpected(*std::move(refused));
  }
  AdminConfig config;
  using std::chrono::milliseconds;
  const auto in_ms = [](env::Duration duration) {
    return std::chrono::duration_cast<milliseconds>(duration).count();
  };
  config.request_timeout =
      milliseconds(number_of(given, kRequestTimeout, in_ms(config.request_timeout)));
  config.call_timeout = milliseconds(number_of(given, kCallTimeout, in_ms(config.call_timeout)));
  if (config.call_timeout < config.request_timeout) {
    if (given.contains(kCallTimeout)) return std::unexpected(std::string(kNoClient));
    config.call_timeout = config.request_timeout;
  }
  const auto protocol = given.find("security.protocol");
  if (protocol != given.end() && !is_plain_text(protocol->second)) {
    return std::unexpected(
        fmt::format("{}\nThis tool speaks PLAINTEXT only, not {}", kNoClient, protocol->second));
  }
  const auto client_id = given.find("client.id");
  if (client_id != given.end() && !client_id->second.empty()) config.client_id = client_id->second;
  return config;
}

std::expected<AdminConfig, std::string> admin_config_of(const Arguments& arguments,
                                                        std::string_view option) {
  if (auto file = missing_file(arguments, option)) return std::unexpected(*std::move(file));
  const auto given = properties_file(arguments.text(option));
  if (!given) return std::unexpected(given.error());
  return admin_config(*given);
}

}  // namespace barnabas::tools
