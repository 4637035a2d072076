// Running for controller: the three steps of facts 2.2, the lost reply included.
//
// Owns        nothing; one call, one attempt.
// Does not    read /controller first (the caller does), take up the role, or try again.
// Threading   the zk::Client's executor.
// Errors      RoleLost (store.h) if the session is gone or ZooKeeper fails.
// Kafka       zk.KafkaZkClient.registerControllerAndIncrementControllerEpoch. Differs: /controller
//             must also belong to our present session when the reply was lost.
#pragma once

#include <optional>

#include "controller/role.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::controller {

struct ControllerSeen {
  BrokerId broker = kNoBroker;  // kNoBroker: there is no controller
  std::int64_t owner = 0;       // session that holds the node
};
// Arms the watch of /controller by exists, then reads it.
env::Task<ControllerSeen> see_controller(zk::Client* client);

// The term won; nothing: another broker was faster.
env::Task<std::optional<Term>> run_for_controller(zk::Client* client, BrokerId self, Timestamp now);

}  // namespace barnabas::controller
