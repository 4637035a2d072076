// The preferred election an old tool asks for through /admin/preferred_replica_election (facts
// 2.7).

#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {

env::Task<void> Role::handle(events::PreferredElectionRequested) {
  std::vector<std::string> legacy{zk::paths::kPreferredReplicaElection};
  co_await store_.watch_existence(std::move(legacy));
  co_await run_preferred_election();
}

// Partitions led by their preferred replica already are left alone. The node is deleted even if
// there is none: so does Kafka, at each failover.
env::Task<void> Role::run_preferred_election() {
  const auto node = co_await store_.get(zk::paths::kPreferredReplicaElection, false);
  std::vector<TopicPartition> wanted;
  if (node && node->data) {
    auto list = zk::PreferredReplicaElection::decode(*node->data);
    if (list) wanted = std::move(list->partitions);
  }
  std::erase_if(wanted, [&](const TopicPartition& tp) {
    const Partition* partition = context_.partition(tp);
    if (partition == nullptr || context_.being_deleted(tp.topic)) return true;
    const auto& replicas = partition->assignment.replicas;
    return !partition->leadership || replicas.empty() ||
           partition->leadership->state.leader == replicas.front();
  });
  co_await changes_.partitions(std::move(wanted), PartitionState::kOnline, Strategy::kPreferred);
  std::vector<std::string> done{zk::paths::kPreferredReplicaElection};
  co_await store_.delete_all(std::move(done));
}

}  // namespace barnabas::controller
