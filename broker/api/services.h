// What handlers may use of the broker.
//
// Owns        nothing: references into Broker, which outlives every request.
// Threading   everything here may be used from any loop, except zk, topics and controller's
//             coroutines: those run on `zk_executor` (env::run_on).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "broker/config/live_config.h"
#include "broker/follower/directory_mover.h"
#include "broker/follower/fetcher_manager.h"
#include "broker/quota/replication_quota.h"
#include "broker/replica/fetch_session.h"
#include "broker/replica/metadata_cache.h"
#include "broker/replica/producer_id_manager.h"
#include "broker/replica/replica_manager.h"
#include "broker/topic_configs.h"
#include "controller/controller.h"
#include "controller/topic_admin.h"
#include "env/clock.h"
#include "env/disk.h"
#include "env/random.h"
#include "env/spawn.h"
#include "zk/client.h"

namespace barnabas::broker::group {
class Coordinator;
}

namespace barnabas::broker::api {

struct Services {
  const config::LiveConfig& config;
  BrokerId broker_id;
  std::string cluster_id;
  replica::MetadataCache& metadata;
  replica::ReplicaManager& replicas;
  follower::FetcherManager& fetchers;
  follower::DirectoryMover& mover;
  replica::FetchSessionCache& fetch_sessions;
  quota::ReplicationQuotas& replication_quotas;
  replica::ProducerIdManager& producer_ids;
  group::Coordinator& groups;
  controller::Controller& controller;
  controller::TopicAdmin& topics;
  TopicConfigs& topic_configs;
  zk::Client& zk;
  env::Executor zk_executor;
  env::Clock& clock;
  env::Random& random;
  env::Gate& background;  // coroutines that no request waits for
  std::atomic<bool>& shutting_down;
  std::atomic<bool>& told_short_of_brokers;  // said once why there is no __consumer_offsets
  std::atomic<std::int64_t>& feature_epoch;  // dataVersion of /feature; -1 unknown
};

}  // namespace barnabas::broker::api
