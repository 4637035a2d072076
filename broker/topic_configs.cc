#include "broker/topic_configs.h"

#include <algorithm>

#include "env/log.h"
#include "env/run_on.h"
#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::broker {

TopicConfigs::TopicConfigs(const config::Config* broker, zk::Client* client, env::Executor executor)
    : broker_(broker),
      client_(client),
      executor_(std::move(executor)),
      defaults_(
          std::make_shared<const log::LogConfig>(config::TopicConfig({}, *broker).log_config())) {}

std::shared_ptr<const log::LogConfig> TopicConfigs::get(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(topic);
  return at == known_.end() ? defaults_ : at->second;
}

void TopicConfigs::forget(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  known_.erase(topic);
}

std::vector<std::string> TopicConfigs::missing(std::vector<std::string> topics) const {
  const std::lock_guard lock(mutex_);
  std::erase_if(topics, [&](const auto& topic) { return known_.contains(topic); });
  return topics;
}

void TopicConfigs::store(const std::string& topic, const zk::Outcome& outcome) {
  auto config = defaults_;
  if (outcome) {
    const auto entity = zk::ConfigEntity::decode(outcome->data.value_or(""));
    if (!entity) {
      env::log_error("kafka.server.ZkConfigRepository", "Config of topic {} is unreadable: {}",
                     topic, entity.error());
    } else if (!entity->config.empty()) {
      const config::Properties overrides(entity->config.begin(), entity->config.end());
      config = std::make_shared<const log::LogConfig>(
          config::TopicConfig(overrides, *broker_).log_config());
    }
  } else if (outcome.error().error != zk::Error::kNoNode) {
    return;  // unknown; asked again next time
  }
  const std::lock_guard lock(mutex_);
  known_[topic] = std::move(config);
}

env::Task<void> TopicConfigs::fetch_missing(std::vector<std::string> topics) {
  const auto wanted = missing(std::move(topics));
  if (wanted.empty()) co_return;
  std::vector<zk::Request> requests;
  for (const auto& topic : wanted) {
    requests.push_back(zk::GetData{zk::paths::topic_config(topic)});
  }
  auto reading = client_->submit(std::move(requests));
  const auto outcomes =
      co_await env::run_on<std::vector<zk::Outcome>>(executor_, std::move(reading));
  for (std::size_t i = 0; i < wanted.size(); ++i) store(wanted[i], outcomes[i]);
}

}  // namespace barnabas::broker
