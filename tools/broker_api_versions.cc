#include "tools/broker_api_versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "protocol/header.h"
#include "tools/admin_config.h"
#include "tools/client/client_config.h"
#include "tools/cluster_access.h"
#include "tools/options.h"

namespace barnabas::tools {
namespace {

struct KnownApi {
  std::int16_t key;
  std::string_view name;
  std::int16_t max;  // the newest version of Kafka 3.9's own client
};

// What a Kafka 3.9 client can ask for and a broker in ZooKeeper mode does not offer. The requests
// that only
// controllers send each other (52 to 54, 59, 62, 63, 70 and above of that kind) are not in this
// list, as in Kafka's.
constexpr auto kNeverOffered = std::to_array<KnownApi>({
    {55, "DescribeQuorum", 2},
    {64, "UnregisterBroker", 0},
    {71, "GetTelemetrySubscriptions", 0},
    {72, "PushTelemetry", 0},
    {74, "ListClientMetricsResources", 0},
    {75, "DescribeTopicPartitions", 0},
    {76, "ShareGroupHeartbeat", 0},
    {77, "ShareGroupDescribe", 0},
    {78, "ShareFetch", 0},
    {79, "ShareAcknowledge", 0},
    {80, "AddRaftVoter", 0},
    {81, "RemoveRaftVoter", 0},
    {83, "InitializeShareGroupState", 0},
    {84, "ReadShareGroupState", 0},
    {85, "WriteShareGroupState", 0},
    {86, "DeleteShareGroupState", 0},
    {87, "ReadShareGroupStateSummary", 0},
});

std::string show_range(std::int16_t min, std::int16_t max) {
  return min == max ? fmt::format("{}", min) : fmt::format("{} to {}", min, max);
}

std::map<std::int16_t, KnownApi> known_apis() {
  std::map<std::int16_t, KnownApi> known;
  for (const auto& api : kNeverOffered) known[api.key] = api;
  for (std::int16_t key = 0; key < 100; ++key) {
    if (const auto* info = protocol::api_info(static_cast<ApiKey>(key))) {
      known[key] = {key, info->name, info->max_version};
    }
  }
  return known;
}

Options options() {
  Options options("This tool helps to retrieve broker version information.");
  options.help_and_version()
      .value("bootstrap-server", "String: server(s) to use for bootstrapping",
             "REQUIRED: One or more brokers, with commas.")
      .value("command-config", "String: command config property file", "Settings of the client.");
  return options;
}

}  // namespace

std::string show_api_versions(const protocol::ApiVersionsResponse& versions) {
  auto known = known_apis();
  std::map<std::int16_t, std::string> lines;
  for (const auto& [key, api] : known) {
    lines[key] = fmt::format("{}({}): UNSUPPORTED", api.name, key);
  }
  for (const auto& offered : versions.api_keys) {
    const auto range = show_range(offered.min_version, offered.max_version);
    const auto it = known.find(offered.api_key);
    if (it == known.end()) {
      lines[offered.api_key] = fmt::format("UNKNOWN({}): {}", offered.api_key, range);
      continue;
    }
    const auto usable = std::min(it->second.max, offered.max_version);
    lines[offered.api_key] =
        fmt::format("{}({}): {} [usable: {}]", it->second.name, offered.api_key, range, usable);
  }
  std::vector<std::string> ordered;
  for (auto& [key, line] : lines) ordered.push_back(std::move(line));
  return fmt::format("(\n\t{}\n)", fmt::join(ordered, ",\n\t"));
}

env::Task<int> print_api_versions(AdminClient* client, Console console) {
  auto cluster = co_await client->cluster("listNodes");
  if (!cluster) {
    console.err << cluster.error().text << '\n';
    co_return kFailed;
  }
  std::ranges::sort(cluster->brokers, {},
                    &protocol::MetadataResponse::MetadataResponseBroker::node_id);
  for (const auto& broker : cluster->brokers) {
    const auto who = fmt::format("{}:{} (id: {} rack: {})", broker.host, broker.port,
                                 broker.node_id.value, broker.rack.value_or("null"));
    const auto versions = co_await client->api_versions(broker.node_id);
    if (versions) {
      console.out << who << " -> " << show_api_versions(*versions) << '\n';
    } else {
      console.out << who << " -> ERROR: " << versions.error().text << '\n';
    }
  }
  co_return kOk;
}

namespace {

std::expected<AdminConfig, std::string> config_of(const Arguments& arguments) {
  const auto given = properties_file(arguments.text("command-config"));
  if (!given) return std::unexpected(given.error());
  auto config = admin_config(*given);
  if (!config) return std::unexpected(config_exception(config.error()));
  return config;
}

}  // namespace

int run_broker_api_versions(std::span<const std::string> words, Console console) {
  const auto described = options();
  const auto arguments = begin_tool(described, words, {"bootstrap-server"}, console);
  if (!arguments) return arguments.error();
  const auto config = config_of(*arguments);
  if (!config) return fail("Exception in thread \"main\" " + config.error(), console);
  const auto ran =
      with_admin_client(*arguments->text("bootstrap-server"), [&](AdminClient* client) {
        client->obey(*config);
        return print_api_versions(client, console);
      });
  return ran ? *ran : fail(ran.error(), console);
}

}  // namespace barnabas::tools
