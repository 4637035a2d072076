#include "broker/dynamic_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "broker/read_config.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::broker {
namespace {

constexpr auto kLogger = "kafka.server.DynamicBrokerConfig";
constexpr std::string_view kTopics = "topics/";

config::Properties usable(config::Properties stored, config::DynamicLevel level) {
  const auto dropped = config::drop_unusable(stored, level);
  if (!dropped.empty()) {
    env::log_error(kLogger, "Dynamic broker configs that are ignored: {}",
                   fmt::join(dropped, ", "));
  }
  return stored;
}

}  // namespace

env::Task<config::Config> with_stored_config(zk::Client* client, BrokerId self,
                                             config::Config from_file) {
  using enum config::DynamicLevel;
  const auto cluster_wide = co_await read_config(client, zk::paths::default_broker_config());
  const auto this_broker = co_await read_config(client, zk::paths::broker_config(self));
  // What cannot be read just now stays as it was.
  auto next = from_file.with_dynamic(
      cluster_wide ? usable(*cluster_wide, kClusterWide) : from_file.cluster_wide_texts(),
      this_broker ? usable(*this_broker, kThisBroker) : from_file.this_broker_texts());
  if (next) co_return *std::move(next);
  env::log_error(kLogger, "Dynamic broker configs could not be applied: {}", next.error().text);
  co_return from_file;
}

env::Task<void> DynamicConfig::apply(std::string entity_path) {
  const std::string path = std::string(zk::paths::kConfig) + '/' + entity_path;
  if (path == zk::paths::default_broker_config() || path == zk::paths::broker_config(parts_.self)) {
    co_await apply_broker();
  } else if (entity_path.starts_with(kTopics)) {
    co_await apply_topic(entity_path.substr(kTopics.size()));
  }
}

env::Task<void> DynamicConfig::apply_all() {
  co_await parts_.topics->fetch(parts_.topics->known());
  co_await apply_broker();
}

env::Task<void> DynamicConfig::apply_topic(std::string topic) {
  std::vector<std::string> topics{topic};
  co_await parts_.topics->fetch(std::move(topics));
  co_await tell_logs(topic);
  if (topic_changed_) topic_changed_(topic);
}

env::Task<void> DynamicConfig::apply_broker() {
  const auto before = parts_.live->get();
  auto next = co_await with_stored_config(parts_.client, parts_.self, *before);
  parts_.live->set(std::move(next));
  parts_.topics->rebase();
  co_await tell_logs(std::nullopt);
  if (broker_changed_) broker_changed_(*parts_.live->get());
}

// A log that is being made takes its configuration from TopicConfigs, which has the new one.
env::Task<void> DynamicConfig::tell_logs(std::optional<std::string> topic) {
  std::move_only_function<void()> work = [this, topic = std::move(topic)] {
    for (const auto& log : parts_.logs->all()) {
      const std::string& its = log->topic_partition().topic;
      if (!topic || *topic == its) log->update_config(parts_.topics->get(its));
    }
  };
  co_await parts_.disk->run(std::move(work));
}

}  // namespace barnabas::broker
