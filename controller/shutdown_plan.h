// What has to move before a broker may stop without anybody noticing; pure.
//
// Only partitions that have another replica, and none of a topic that is being deleted.
// Kafka       controller.KafkaController.doControlledShutdown (facts 2.7).
#pragma once

#include <vector>

#include "controller/context.h"

namespace barnabas::controller {

struct ShutdownPlan {
  std::vector<TopicPartition> led;  // need another leader
  std::vector<Replica> followed;    // its replicas: stopped, and out of the ISR
};
ShutdownPlan plan_shutdown(const Context& context, BrokerId broker);

}  // namespace barnabas::controller
