#include "broker/api/config_alteration.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "broker/api/broker_loggers.h"
#include "broker/config/dynamic.h"
#include "broker/config/topic_config.h"
#include "broker/read_config.h"
#include "controller/config_store.h"
#include "env/log.h"
#include "env/run_on.h"
#include "zk/paths.h"

namespace barnabas::broker::api {
namespace {

using config::AlterRefusal;
using config::DynamicLevel;
using config::Properties;
using Checked = std::expected<void, AlterRefusal>;

constexpr auto kLogger = "kafka.server.ZkAdminManager";

std::unexpected<AlterRefusal> refuse(ErrorCode error, std::optional<std::string> text) {
  return std::unexpected(AlterRefusal{error, std::move(text)});
}

std::unexpected<AlterRefusal> refuse(const controller::AdminError& error) {
  return refuse(error.code, error.message);
}

std::expected<std::int32_t, AlterRefusal> node_id(const std::string& name) {
  std::int32_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error == std::errc{} && end == name.data() + name.size()) return id;
  return refuse(ErrorCode::kInvalidRequest,
                fmt::format("Node id must be an integer, but it is: {}", name));
}

Checked check_broker(const std::string& name, BrokerId self) {
  if (name.empty()) return {};  // the default of all brokers
  const auto id = node_id(name);
  if (!id) return std::unexpected(id.error());
  if (*id == self.value) return {};
  return refuse(
      ErrorCode::kInvalidRequest,
      fmt::format("Unexpected broker id, expected {}, but received {}", self.value, name));
}

// Kafka's sentence names our own id twice.
Checked check_node(const std::string& name, BrokerId self) {
  const auto id = node_id(name);
  if (!id) return std::unexpected(id.error());
  if (*id == self.value) return {};
  return refuse(ErrorCode::kInvalidRequest,
                fmt::format("Unexpected node id. Expected {0}, but received {0}", self.value));
}

Checked unknown_type(ConfigResource type) {
  return refuse(ErrorCode::kInvalidRequest,
                fmt::format("Unknown resource type {}", static_cast<int>(type)));
}

Checked alter_loggers(const ConfigAlteration& asked, BrokerId self) {
  if (asked.replaces) return unknown_type(asked.type);
  if (auto ours = check_node(asked.name, self); !ours) return ours;
  if (auto checked = check_log_levels(asked.changes); !checked) return checked;
  if (!asked.validate_only) set_log_levels(asked.changes);
  return {};
}

// What will stand in ZooKeeper if all goes well.
std::expected<Properties, AlterRefusal> outcome(const ConfigAlteration& asked, Properties stored,
                                                config::FindKey find_key) {
  if (asked.replaces) stored.clear();
  return config::alter(std::move(stored), asked.changes, find_key);
}

std::string invalid_value_of(std::string_view type, const std::string& name,
                             const std::string& why) {
  return fmt::format("Invalid config value for resource ConfigResource(type={}, name='{}'): {}",
                     type, name, why);
}

Checked check_topic(Services& services, const std::string& topic, const Properties& wanted) {
  if (!services.metadata.snapshot()->topic(topic)) {
    return refuse(ErrorCode::kUnknownTopicOrPartition,
                  fmt::format("The topic '{}' does not exist.", topic));
  }
  const auto valid = config::validate_topic(wanted, *services.config.get());
  if (valid) return {};
  using Kind = config::ConfigError::Kind;
  const std::string& text = valid.error().text;
  return refuse(ErrorCode::kInvalidConfig, valid.error().kind == Kind::kInvalidConfiguration
                                               ? text
                                               : invalid_value_of("TOPIC", topic, text));
}

// A password must be stored encrypted, which is not done here.
Checked check_passwords(Services& services, const std::string& broker, const Properties& wanted) {
  auto rest = wanted;
  if (config::drop_unusable(rest, DynamicLevel::kThisBroker).empty()) return {};
  const auto config = services.config.get();
  const bool secret = config->find(config::key::password_encoder_secret).has_value();
  return refuse(ErrorCode::kInvalidConfig,
                invalid_value_of("BROKER", broker,
                                 secret ? "Passwords cannot be stored by this broker"
                                        : "Password encoder secret not configured"));
}

Checked check_broker_config(Services& services, const std::string& name, const Properties& wanted) {
  const auto config = services.config.get();
  const auto level = name.empty() ? DynamicLevel::kClusterWide : DynamicLevel::kThisBroker;
  const auto valid = config::validate_dynamic(*config, wanted, level);
  if (!valid) return refuse(ErrorCode::kInvalidRequest, valid.error().text);
  return {};
}

env::Task<Checked> write(zk::Client* client, std::string path, Properties wanted) {
  std::map<std::string, std::string> texts(wanted.begin(), wanted.end());
  const auto written = co_await controller::write_config(client, path, std::move(texts));
  if (!written) co_return refuse(written.error());
  const auto announced = co_await controller::announce_config(client, path);
  if (!announced) co_return refuse(announced.error());
  co_return Checked{};
}

env::Task<Checked> alter_topic(Services* services, ConfigAlteration asked) {
  if (asked.name.empty()) {
    co_return refuse(ErrorCode::kInvalidRequest, "Default topic resources are not allowed.");
  }
  const std::string path = zk::paths::topic_config(asked.name);
  auto stored = co_await read_config(&services->zk, path);
  if (!stored) co_return refuse(stored.error(), std::nullopt);
  auto wanted = outcome(asked, *std::move(stored), config::find_topic_key);
  if (!wanted) co_return std::unexpected(wanted.error());
  auto checked = check_topic(*services, asked.name, *wanted);
  if (!checked || asked.validate_only) co_return checked;
  env::log_info(kLogger, "Updating topic {} with new configuration", asked.name);
  co_return co_await write(&services->zk, path, *std::move(wanted));
}

env::Task<Checked> alter_broker(Services* services, ConfigAlteration asked) {
  auto checked = check_broker(asked.name, services->broker_id);
  if (!checked) co_return checked;
  const std::string path = asked.name.empty() ? zk::paths::default_broker_config()
                                              : zk::paths::broker_config(services->broker_id);
  auto stored = co_await read_config(&services->zk, path);
  if (!stored) co_return refuse(stored.error(), std::nullopt);
  config::drop_unusable(
      *stored, asked.name.empty() ? DynamicLevel::kClusterWide : DynamicLevel::kThisBroker);
  auto wanted = outcome(asked, *std::move(stored), config::find_broker_key);
  if (!wanted) co_return std::unexpected(wanted.error());
  checked = check_broker_config(*services, asked.name, *wanted);
  if (!checked || asked.validate_only) co_return checked;
  checked = check_passwords(*services, asked.name, *wanted);
  if (!checked) co_return checked;
  env::log_info(kLogger, "Updating {} with new configuration",
                asked.name.empty() ? "brokers" : "broker " + asked.name);
  co_return co_await write(&services->zk, path, *std::move(wanted));
}

}  // namespace

env::Task<Checked> alter_config(Services* services, ConfigAlteration asked) {
  auto checked = config::check_alterations(asked.changes);
  if (!checked) co_return checked;
  env::Task<Checked> altering;
  switch (asked.type) {
    case ConfigResource::kTopic: altering = alter_topic(services, std::move(asked)); break;
    case ConfigResource::kBroker: altering = alter_broker(services, std::move(asked)); break;
    case ConfigResource::kBrokerLogger: co_return alter_loggers(asked, services->broker_id);
    case ConfigResource::kClientMetrics:
      co_return refuse(ErrorCode::kInvalidRequest,
                       "AlterConfigs is only supported for topics and brokers, but resource type "
                       "is CLIENT_METRICS");
    default: co_return unknown_type(asked.type);
  }
  co_return co_await env::run_on<Checked>(services->zk_executor, std::move(altering));
}

}  // namespace barnabas::broker::api
