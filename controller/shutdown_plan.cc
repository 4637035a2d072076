#include "controller/shutdown_plan.h"

#include <utility>

namespace barnabas::controller {

ShutdownPlan plan_shutdown(const Context& context, BrokerId broker) {
  ShutdownPlan plan;
  for (Replica& replica : context.replicas_on({broker})) {
    const Partition* partition = context.partition(replica.partition);
    const bool alone = partition->assignment.replicas.size() < 2;
    if (alone || !partition->leadership || context.being_deleted(replica.partition.topic)) continue;
    if (partition->leadership->state.leader == broker) {
      plan.led.push_back(std::move(replica.partition));
    } else {
      plan.followed.push_back(std::move(replica));
    }
  }
  return plan;
}

}  // namespace barnabas::controller
