// The three limits on copying replicas, as ZooKeeper has them: how fast, and which replicas.
//
// Owns        the quotas of the leader, of the follower and of moves between log directories.
// Does not    hold anything back: ReplicaManager, ReplicaFetcher and DirectoryMover ask.
// Threading   any thread.
// Kafka       server/QuotaFactory, the throttle part of server/ConfigHandler.
#pragma once

#include <string>

#include "broker/config/config.h"
#include "broker/quota/replication_quota.h"
#include "env/clock.h"

namespace barnabas::broker {

class Throttles {
 public:
  Throttles(const config::Config& config, BrokerId self, const env::Clock* clock);

  // The rates of this broker.
  void set_limits(const config::Config& now);
  // Which of the topic's replicas on this broker they are for; `own`: the topic's settings.
  void set_topic(const std::string& topic, const config::Properties& own);

  quota::ReplicationQuotas quotas;

 private:
  const BrokerId self_;
};

}  // namespace barnabas::broker
