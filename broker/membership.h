// This broker in ZooKeeper: the cluster's id, its own id, its registration.
//
// Owns        nothing lasting; remembers the session it registered in.
// Does not    elect a controller, read configs, or decide when a new session begins.
// Threading   the zk::Client's executor.
// Kafka       zk/KafkaZkClient (createTopLevelPaths, createOrGetClusterId, registerBroker),
//             server/KafkaServer.getOrGenerateBrokerId. Differs: a registration that an older
//             session of ours still holds is replaced even when we never learned that we made it
//             (KAFKA-14845).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/random.h"
#include "env/spawn.h"
#include "env/task.h"
#include "zk/client.h"
#include "zk/values.h"

namespace barnabas::broker {

template <class T>
using Startup = std::expected<T, std::string>;  // the error is the sentence that ends the start

class Membership {
 public:
  Membership(zk::Client* client, env::Clock* clock, env::Random* random)
      : client_(client), clock_(clock), random_(random) {}

  env::Task<Startup<void>> create_top_level_paths();
  env::Task<Startup<std::string>> get_or_create_cluster_id();
  // The dataVersion of /brokers/seqid after writing it, above reserved.broker.max.id.
  env::Task<Startup<BrokerId>> generate_broker_id(std::int32_t reserved_max);
  // A KRaft controller owns the cluster, or a migration runs: not a place for us (facts 5.10).
  env::Task<Startup<void>> refuse_migration();
  // No other broker may advertise an address of ours.
  env::Task<Startup<void>> check_addresses(BrokerId self, zk::BrokerRegistration registration);
  // Creates /brokers/ids/N; its czxid. Waits (bounded by `patience`) for the node of an older
  // session to go.
  env::Task<Startup<BrokerEpoch>> register_broker(BrokerId self,
                                                  zk::BrokerRegistration registration,
                                                  env::Duration patience);
  // Tells the controller that a log directory of ours has failed: it will ask which replicas.
  // Nobody needs to say so again in a new session: every registration is asked.
  env::Task<void> announce_failed_directory(BrokerId self);
  // Whoever waits in register_broker, or comes to it later, fails at once.
  void stop() { stopping_.set(); }

 private:
  env::Task<zk::Result<zk::Reply>> read(std::string path);
  env::Task<zk::Result<BrokerEpoch>> try_register(std::string path, std::string payload);
  env::Task<std::optional<BrokerEpoch>> take_over(std::string path, std::string payload);

  zk::Client* client_;
  env::Clock* clock_;
  env::Random* random_;
  env::Signal stopping_;
  std::vector<std::int64_t> our_sessions_;  // every session in which we tried to register
};

}  // namespace barnabas::broker
