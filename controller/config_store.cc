#include "controller/config_store.h"

#include <utility>
#include <vector>

#include "zk/paths.h"
#include "zk/values.h"

namespace barnabas::controller {

env::Task<AdminResult<void>> write_config(zk::Client* client, std::string path,
                                          std::map<std::string, std::string> config) {
  const std::string data = zk::ConfigEntity{std::move(config)}.encode();
  for (;;) {
    const auto read = co_await client->submit_one(zk::GetData{zk::paths::kController, false});
    if (!read && read.error().error == zk::Error::kNoNode) co_return no_controller();
    if (!read) co_return zookeeper_failed(read.error().error);
    const auto controller = zk::ControllerNode::decode(read->data.value_or(""));
    if (!controller || controller->kraft_controller_epoch > 0) co_return no_controller();
    zk::Multi multi;
    multi.ops.push_back(zk::Check{zk::paths::kController, read->stat.version});
    multi.ops.push_back(zk::SetData{path, data, zk::kAnyVersion});
    const auto set = co_await client->submit_one(std::move(multi));
    if (set) co_return AdminResult<void>{};
    if (set.error().failed_op == 0) continue;  // the controller changed under us: look again
    if (set.error().error != zk::Error::kNoNode) co_return zookeeper_failed(set.error().error);
    const auto made = co_await client->create_recursive(path, data);
    if (made) co_return AdminResult<void>{};
    if (made.error() != zk::Error::kNodeExists) co_return zookeeper_failed(made.error());
  }
}

env::Task<AdminResult<void>> announce_config(zk::Client* client, std::string path) {
  const auto parent = co_await client->create_recursive(zk::paths::kConfigChanges, std::nullopt);
  if (!parent && parent.error() != zk::Error::kNodeExists) {
    co_return zookeeper_failed(parent.error());
  }
  const zk::ConfigChange change{zk::paths::config_entity_path(path)};
  zk::Create node{zk::paths::kConfigChangePrefix, change.encode(),
                  zk::CreateMode::kPersistentSequential};
  const auto made = co_await client->submit_one(std::move(node));
  if (!made) co_return zookeeper_failed(made.error().error);
  co_return AdminResult<void>{};
}

}  // namespace barnabas::controller
