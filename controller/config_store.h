// Writing configurations to ZooKeeper, and announcing them, on any broker.
//
// Owns        nothing.
// Does not    validate or apply them.
// Threading   the zk::Client's executor.
// Kafka       zk.KafkaZkClient (setOrCreateEntityConfigs, createConfigChangeNotification). Same
//             writes in the same order (apache-3.9/znodes.md).
#pragma once

#include <map>
#include <string>

#include "controller/admin_result.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::controller {

// Takes the place of what stands at `path` (zk::paths::topic_config and its siblings). Checked
// against the controller's node: a KRaft controller in a migration would not see the write.
env::Task<AdminResult<void>> write_config(zk::Client* client, std::string path,
                                          std::map<std::string, std::string> config);
// Tells every broker to read it again.
env::Task<AdminResult<void>> announce_config(zk::Client* client, std::string path);

}  // namespace barnabas::controller
