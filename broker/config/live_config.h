// The configuration in force now, which may be another one a moment later.
//
// Owns        the current Config.
// Does not    validate (dynamic.h), read ZooKeeper, or tell anybody of a change (DynamicConfig).
// Threading   any thread; who needs several keys that belong together takes one get().
// Kafka       KafkaConfig.currentConfig of server/DynamicBrokerConfig.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "broker/config/config.h"

namespace barnabas::broker::config {

class LiveConfig {
 public:
  explicit LiveConfig(Config config)
      : current_(std::make_shared<const Config>(std::move(config))) {}

  std::shared_ptr<const Config> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void set(Config config) {
    auto next = std::make_shared<const Config>(std::move(config));
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
  }

  // A copy of the value: the Config it comes from may be replaced meanwhile.
  template <class T>
  T operator[](BrokerKey<T> key) const {
    return (*get())[key];
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> current_;
};

}  // namespace barnabas::broker::config
