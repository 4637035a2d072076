// Applies what /config says to the running broker.
//
// Owns        nothing but what it was given.
// Does not    hear of changes (ConfigChanges does) or write them (api/alter_configs).
// Threading   the zk::Client's executor; logs are told on a disk thread.
// Kafka       server/ConfigHandler (TopicConfigHandler, BrokerConfigHandler),
//             server/DynamicBrokerConfig. Differs: quotas of clients, users and addresses are not
//             looked at.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "broker/config/dynamic.h"
#include "broker/config/live_config.h"
#include "broker/topic_configs.h"
#include "env/disk.h"
#include "env/task.h"
#include "log/log_manager.h"
#include "zk/client.h"

namespace barnabas::broker {

struct DynamicConfigParts {
  BrokerId self;
  zk::Client* client;
  config::LiveConfig* live;
  TopicConfigs* topics;
  log::LogManager* logs;
  env::Disk* disk;
};

// The static file under what ZooKeeper says; what may not stand there, or makes no valid
// configuration, is left out with a log line, as Kafka does.
env::Task<config::Config> with_stored_config(zk::Client* client, BrokerId self,
                                             config::Config from_file);

class DynamicConfig {
 public:
  explicit DynamicConfig(DynamicConfigParts parts) : parts_(parts) {}

  using Changed = std::function<void(const config::Config& now)>;

  // Told once a change is in force.
  void on_broker_changed(Changed told) { broker_changed_ = std::move(told); }
  void on_topic_changed(std::function<void(const std::string& topic)> told) {
    topic_changed_ = std::move(told);
  }

  // An announcement of /config/changes: the path below /config.
  env::Task<void> apply(std::string entity_path);
  // Everything that is known anew: announcements may have been missed.
  env::Task<void> apply_all();

 private:
  env::Task<void> apply_broker();
  env::Task<void> apply_topic(std::string topic);
  env::Task<void> tell_logs(std::optional<std::string> topic);  // else all

  const DynamicConfigParts parts_;
  Changed broker_changed_;
  std::function<void(const std::string&)> topic_changed_;
};

}  // namespace barnabas::broker
