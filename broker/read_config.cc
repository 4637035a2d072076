#include "broker/read_config.h"

#include <utility>

#include "env/log.h"
#include "zk/values.h"

namespace barnabas::broker {

Result<config::Properties> config_from(const zk::Outcome& outcome) {
  if (!outcome && outcome.error().error == zk::Error::kNoNode) return config::Properties{};
  if (!outcome) return std::unexpected(ErrorCode::kUnknownServerError);
  const auto entity = zk::ConfigEntity::decode(outcome->data.value_or(""));
  if (!entity) {
    env::log_error("kafka.server.ZkConfigRepository", "A configuration is unreadable: {}",
                   entity.error());
    return std::unexpected(ErrorCode::kUnknownServerError);
  }
  return config::Properties(entity->config.begin(), entity->config.end());
}

env::Task<Result<config::Properties>> read_config(zk::Client* client, std::string path) {
  zk::Request request = zk::GetData{std::move(path)};
  const auto outcome = co_await client->submit_one(std::move(request));
  co_return config_from(outcome);
}

}  // namespace barnabas::broker
