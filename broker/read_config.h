// One configuration as it stands in ZooKeeper.
//
// Kafka       server/ZkConfigRepository.
#pragma once

#include <string>

#include "broker/config/properties.h"
#include "env/task.h"
#include "protocol/error_code.h"
#include "zk/client.h"

namespace barnabas::broker {

// `path`: zk::paths::topic_config and its siblings; no node: nothing is set.
// kUnknownServerError if it cannot be read or makes no sense. On the zk::Client's executor.
env::Task<Result<config::Properties>> read_config(zk::Client* client, std::string path);
Result<config::Properties> config_from(const zk::Outcome& outcome);

}  // namespace barnabas::broker
