#include "broker/api/broker_loggers.h"

#include <fmt/format.h>

#include <array>

#include "env/log.h"

namespace barnabas::broker::api {
namespace {

using config::Alteration;
using config::AlterOperation;
using config::AlterRefusal;

constexpr auto kLoggers = std::to_array<std::string_view>({
    "kafka.Kafka",
    "kafka.cluster.Partition",
    "kafka.common.ZkNodeChangeNotificationListener",
    "kafka.controller.KafkaController",
    "kafka.controller.RequestSendThread",
    "kafka.controller.TopicDeletionManager",
    "kafka.coordinator.transaction.RPCProducerIdManager",
    "kafka.log.LogLoader",
    "kafka.log.LogManager",
    "kafka.log.UnifiedLog",
    "kafka.network.DataPlaneAcceptor",
    "kafka.network.SocketServer",
    "kafka.server.DefaultAlterPartitionManager",
    "kafka.server.DefaultAutoTopicCreationManager",
    "kafka.server.DynamicBrokerConfig",
    "kafka.server.KafkaApis",
    "kafka.server.KafkaConfig",
    "kafka.server.KafkaServer",
    "kafka.server.RemoteLeaderEndpoint",
    "kafka.server.ReplicaAlterLogDirsThread",
    "kafka.server.ReplicaFetcherThread",
    "kafka.server.ReplicaManager",
    "kafka.server.ZkAdminManager",
    "kafka.server.ZkConfigManager",
    "kafka.server.ZkConfigRepository",
    "kafka.zk.KafkaZkClient",
    "kafka.zookeeper.ZooKeeperClient",
    "root",
    "state.change.logger",
});
constexpr auto kLevels = "DEBUG, ERROR, FATAL, INFO, TRACE, WARN";

std::unexpected<AlterRefusal> refuse(ErrorCode error, std::string text) {
  return std::unexpected(AlterRefusal{error, std::move(text)});
}

std::expected<void, AlterRefusal> check_exists(const std::string& logger) {
  if (config::has(kLoggers, logger)) return {};
  return refuse(ErrorCode::kInvalidConfig, fmt::format("Logger {} does not exist!", logger));
}

std::expected<void, AlterRefusal> check_set(const Alteration& change) {
  if (auto exists = check_exists(change.name); !exists) return exists;
  const auto level = env::log_level_from(*change.value);
  if (level && *level != env::LogLevel::kOff && env::to_string(*level) == *change.value) return {};
  return refuse(ErrorCode::kInvalidConfig,
                fmt::format("Cannot set the log level of {} to {} as it is not a supported log "
                            "level. Valid log levels are {}",
                            change.name, *change.value, kLevels));
}

std::expected<void, AlterRefusal> check_delete(const Alteration& change) {
  if (auto exists = check_exists(change.name); !exists) return exists;
  if (change.name != "root") return {};
  return refuse(ErrorCode::kInvalidRequest,
                "Removing the log level of the root logger is not allowed");
}

}  // namespace

std::vector<std::string> broker_loggers() { return {kLoggers.begin(), kLoggers.end()}; }

std::expected<void, AlterRefusal> check_log_levels(std::span<const Alteration> changes) {
  const auto check = [](const Alteration& change) -> std::expected<void, AlterRefusal> {
    switch (change.operation) {
      case AlterOperation::kSet: return check_set(change);
      case AlterOperation::kDelete: return check_delete(change);
      case AlterOperation::kAppend:
        return refuse(ErrorCode::kInvalidRequest,
                      "APPEND operation is not allowed for the BROKER_LOGGER resource");
      case AlterOperation::kSubtract:
        return refuse(ErrorCode::kInvalidRequest,
                      "SUBTRACT operation is not allowed for the BROKER_LOGGER resource");
    }
    return std::unexpected(AlterRefusal{ErrorCode::kUnknownServerError, std::nullopt});
  };
  for (const auto& change : changes) {
    if (auto checked = check(change); !checked) return checked;
  }
  return {};
}

void set_log_levels(std::span<const Alteration> changes) {
  for (const auto& change : changes) {
    if (change.operation == AlterOperation::kDelete) {
      env::clear_log_level(change.name);
    } else {
      env::set_log_level(change.name, *env::log_level_from(*change.value));
    }
  }
}

}  // namespace barnabas::broker::api
