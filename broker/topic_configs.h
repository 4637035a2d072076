// The effective configuration of topics, as logs need it.
//
// Owns        what was read of /config/topics/T, merged with the broker's defaults.
// Does not    watch for changes (ConfigChanges does), or change logs that are there already.
// Threading   get(), rebase() from any thread; fetch() and fetch_missing() from any loop, what they
//             read is taken over on the client's executor, so that the later read wins.
// Kafka       server/ZkConfigRepository, LogManager.fetchLogConfig.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/live_config.h"
#include "broker/config/topic_config.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::broker {

class TopicConfigs {
 public:
  // Told of each topic that was read: its own settings. On the client's executor.
  using Told = std::function<void(const std::string& topic, const config::Properties& own)>;

  TopicConfigs(const config::LiveConfig* broker, zk::Client* client, env::Executor executor,
               Told told);

  // What is known of the topic; the broker's defaults if nothing is.
  std::shared_ptr<const log::LogConfig> get(const std::string& topic) const;
  // Reads, pipelined. A topic without a node, or with one that does not parse, has the defaults.
  env::Task<void> fetch(std::vector<std::string> topics);
  env::Task<void> fetch_missing(std::vector<std::string> topics);  // what is not known yet
  // The broker's defaults are others now.
  void rebase();
  std::vector<std::string> known() const;

 private:
  using LogConfigPtr = std::shared_ptr<const log::LogConfig>;
  struct Known {
    config::Properties own;
    LogConfigPtr effective;
  };

  LogConfigPtr over_defaults(const config::Properties& own) const;
  env::Task<void> read(std::vector<std::string> topics);
  void store(const std::string& topic, config::Properties own);

  const config::LiveConfig* const broker_;
  zk::Client* const client_;
  const env::Executor executor_;
  const Told told_;
  mutable std::mutex mutex_;
  LogConfigPtr defaults_;
  std::map<std::string, Known> known_;
};

}  // namespace barnabas::broker
