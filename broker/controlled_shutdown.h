// Asking the controller to move what we lead elsewhere before we stop.
//
// Owns        nothing; one call, one attempt with its retries.
// Does not    stop anything: whether it worked or not, the caller goes on to stop.
// Threading   the channel's executor.
// Kafka       server/KafkaServer.controlledShutdown.
#pragma once

#include <functional>

#include "broker/controller_channel.h"
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
                               env::Clock* clock);

}  // namespace barnabas::broker
