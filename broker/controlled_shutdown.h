// Asking the controller to move what we lead elsewhere before we stop.
//
// Owns        nothing; one call, one attempt with its retries.
// Does not    stop anything: whether it worked or not, the caller goes on to stop. A second SIGTERM
//             cuts nothing short, as in Kafka: clients would pay for it.
// Threading   the channel's executor.
// Invariants  it ends: after `tries` requests and the back-offs between them, each at the latest
//             when a request that a new controller was sent inside it has ended.
// Kafka       server/KafkaServer.controlledShutdown. Differs: a back-off is not slept through. A
//             controller that comes up in it is asked at once, besides the tries, none of which is
//             earlier or fewer for that; so is one that learns of our new broker epoch.
#pragma once

#include <functional>

#include "broker/controller_channel.h"
#include "broker/replica/metadata_cache.h"
#include "env/clock.h"

namespace barnabas::broker {

struct ControlledShutdownConfig {
  BrokerId self;
  std::function<BrokerEpoch()> broker_epoch;         // a new session brings a new one
  int tries = 3;                                     // controlled.shutdown.max.retries
  env::Duration back_off = std::chrono::seconds(5);  // controlled.shutdown.retry.backoff.ms
  std::int16_t version = 3;                          // by inter.broker.protocol.version
};

// True if nothing with another replica is led by us any more.
env::Task<bool> leave_in_order(ControlledShutdownConfig config, ControllerChannel* channel,
                               replica::MetadataCache* metadata, env::Clock* clock);

}  // namespace barnabas::broker
