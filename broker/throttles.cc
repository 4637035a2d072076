#include "broker/throttles.h"

#include <string_view>

#include "broker/config/dynamic.h"

namespace barnabas::broker {
namespace {

using quota::ReplicationQuota;
namespace key = config::key;

quota::RateWindow replication_window(const config::Config& config) {
  return {config[key::replication_quota_window_num],
          std::chrono::seconds(config[key::replication_quota_window_size_seconds])};
}

quota::RateWindow moves_window(const config::Config& config) {
  return {config[key::alter_log_dirs_replication_quota_window_num],
          std::chrono::seconds(config[key::alter_log_dirs_replication_quota_window_size_seconds])};
}

}  // namespace

Throttles::Throttles(const config::Config& config, BrokerId self, const env::Clock* clock)
    : quotas{.leader{replication_window(config), clock},
             .follower{replication_window(config), clock},
             .alter_log_dirs{moves_window(config), clock}},
      self_(self) {
  set_limits(config);
}

void Throttles::set_limits(const config::Config& now) {
  const auto limit = [&now](std::string_view name) {
    return config::throttle_rate(now, name).value_or(ReplicationQuota::kUnlimited);
  };
  quotas.leader.set_limit(limit(config::kLeaderThrottledRate));
  quotas.follower.set_limit(limit(config::kFollowerThrottledRate));
  quotas.alter_log_dirs.set_limit(limit(config::kAlterLogDirsRate));
}

void Throttles::set_topic(const std::string& topic, const config::Properties& own) {
  const auto set = [&](ReplicationQuota& quota, std::string_view name) {
    const auto at = own.find(name);
    if (at == own.end() || at->second.empty()) {
      quota.release(topic);
    } else {
      quota.throttle(topic, quota::throttled_partitions(at->second, self_));
    }
  };
  set(quotas.leader, "leader.replication.throttled.replicas");
  set(quotas.follower, "follower.replication.throttled.replicas");
}

}  // namespace barnabas::broker
