#include "broker/topic_configs.h"

#include <utility>

#include "broker/read_config.h"
#include "env/run_on.h"
#include "zk/paths.h"

namespace barnabas::broker {

TopicConfigs::TopicConfigs(const config::LiveConfig* broker, zk::Client* client,
                           env::Executor executor, Told told)
    : broker_(broker),
      client_(client),
      executor_(std::move(executor)),
      told_(std::move(told)),
      defaults_(over_defaults({})) {}

TopicConfigs::LogConfigPtr TopicConfigs::over_defaults(const config::Properties& own) const {
  const auto broker = broker_->get();
  return std::make_shared<const log::LogConfig>(config::TopicConfig(own, *broker).log_config());
}

TopicConfigs::LogConfigPtr TopicConfigs::get(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(topic);
  return at == known_.end() ? defaults_ : at->second.effective;
}

std::vector<std::string> TopicConfigs::known() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> topics;
  for (const auto& [topic, config] : known_) topics.push_back(topic);
  return topics;
}

void TopicConfigs::rebase() {
  const std::lock_guard lock(mutex_);
  defaults_ = over_defaults({});
  for (auto& [topic, config] : known_) {
    config.effective = config.own.empty() ? defaults_ : over_defaults(config.own);
  }
}

void TopicConfigs::store(const std::string& topic, config::Properties own) {
  told_(topic, own);
  const std::lock_guard lock(mutex_);
  auto effective = own.empty() ? defaults_ : over_defaults(own);
  known_[topic] = Known{std::move(own), std::move(effective)};
}

env::Task<void> TopicConfigs::fetch_missing(std::vector<std::string> topics) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(topics, [&](const auto& topic) { return known_.contains(topic); });
  }
  co_await fetch(std::move(topics));
}

env::Task<void> TopicConfigs::fetch(std::vector<std::string> topics) {
  if (topics.empty()) co_return;
  auto reading = read(std::move(topics));
  co_await env::run_on(executor_, std::move(reading));
}

// What cannot be read stays as it is; of a topic that is not known, it is asked for again.
env::Task<void> TopicConfigs::read(std::vector<std::string> topics) {
  std::vector<zk::Request> requests;
  for (const auto& topic : topics) {
    requests.push_back(zk::GetData{zk::paths::topic_config(topic)});
  }
  const auto outcomes = co_await client_->submit(std::move(requests));
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (!outcomes[i] && outcomes[i].error().error != zk::Error::kNoNode) continue;
    store(topics[i], config_from(outcomes[i]).value_or(config::Properties{}));
  }
}

}  // namespace barnabas::broker
