// The effective configuration of topics, as logs need it.
//
// Owns        what was read of /config/topics/T, merged with the broker's defaults.
// Does not    watch for changes (config change notifications come with the dynamic configuration).
// Threading   get() from any thread; fetch_missing() from any loop, ZooKeeper on the client's
//             executor.
// Kafka       server/ZkConfigRepository, LogManager.fetchLogConfig.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/config/topic_config.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::broker {

class TopicConfigs {
 public:
  TopicConfigs(const config::Config* broker, zk::Client* client, env::Executor executor);

  // What is known of the topic; the broker's defaults if nothing is.
  std::shared_ptr<const log::LogConfig> get(const std::string& topic) const;
  // Reads, pipelined, what is not known yet. A topic without a node, or with one that does not
  // parse (logged), has the defaults.
  env::Task<void> fetch_missing(std::vector<std::string> topics);
  void forget(const std::string& topic);

 private:
  std::vector<std::string> missing(std::vector<std::string> topics) const;
  void store(const std::string& topic, const zk::Outcome& outcome);

  const config::Config* broker_;
  zk::Client* client_;
  env::Executor executor_;
  std::shared_ptr<const log::LogConfig> defaults_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const log::LogConfig>> known_;
};

}  // namespace barnabas::broker
