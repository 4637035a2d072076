// What brokers announce through sequential nodes: ISRs they wrote themselves (before IBP 2.7) and
// log directories that failed; and what their answers to LeaderAndIsr say of directories.

#include <algorithm>
#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {

// All nodes of the directory, oldest first; arms its watch again.
env::Task<Role::Notifications> Role::read_notifications(std::string directory) {
  Notifications found;
  const auto names = co_await store_.children(directory, true);
  for (const std::string& name : names) found.paths.push_back(directory + '/' + name);
  const auto nodes = co_await store_.get_all(found.paths, false);
  for (const auto& node : nodes) found.contents.push_back(node ? node->data.value_or("") : "");
  co_return found;
}

env::Task<void> Role::handle(events::IsrChangesAnnounced) {
  auto announced = co_await read_notifications(zk::paths::kIsrChanges);
  std::vector<TopicPartition> partitions;
  for (const std::string& content : announced.contents) {
    auto change = zk::IsrChange::decode(content);
    if (change) std::ranges::move(change->partitions, std::back_inserter(partitions));
  }
  std::erase_if(partitions, [&](const auto& tp) { return context_.partition(tp) == nullptr; });
  if (!partitions.empty()) {
    auto states = co_await store_.states(partitions);
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      if (states[i]) context_.partition(partitions[i])->leadership = *std::move(states[i]);
    }
    changes_.update_metadata(context_.broker_ids(), partitions);
    co_await maybe_complete_reassignments(std::move(partitions));
  }
  co_await store_.delete_all(std::move(announced.paths));
}

// The broker says itself which of its replicas are gone: in its answer to a LeaderAndIsr of all of
// them.
env::Task<void> Role::handle(events::LogDirsFailed) {
  auto announced = co_await read_notifications(zk::paths::kLogDirEvents);
  std::set<BrokerId> brokers;
  for (const std::string& content : announced.contents) {
    const auto event = zk::LogDirEvent::decode(content);
    if (event) brokers.insert(event->broker);
  }
  std::erase_if(brokers, [&](BrokerId id) { return context_.broker(id) == nullptr; });
  for (const BrokerId id : brokers) {
    env::log_info(kControllerLog, "[Controller id={}] Handling log directory failure for broker {}",
                  config_.broker_id.value, id.value);
  }
  auto replicas = context_.replicas_on(brokers);
  co_await changes_.replicas(std::move(replicas), ReplicaState::kOnline);
  co_await store_.delete_all(std::move(announced.paths));
}

env::Task<void> Role::handle(events::ReplicasOffline event) {
  if (!is_current(event.from)) co_return;
  const BrokerId broker = event.from.broker;
  auto failed = context_.set_offline_replicas(broker, std::move(event.replicas));
  if (failed.empty()) co_return;
  env::log_info(kStateChangeLog,
                "[Controller id={} epoch={}] Mark {} replicas on broker {} as offline",
                config_.broker_id.value, term_.epoch.value, failed.size(), broker.value);
  co_await replicas_went_offline(std::move(failed));
}

}  // namespace barnabas::controller
