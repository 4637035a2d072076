// Reassignments that an old tool asks for through /admin/reassign_partitions (facts 2.7). The node
// lists what is still under way: what is complete, refused or superseded by API is struck out, and
// the node goes with its last line. A tool may rewrite it meanwhile; Kafka would not notice.

#include <utility>

#include "controller/loggers.h"
#include "controller/role.h"
#include "env/log.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

// What cannot be read counts as an empty list.
zk::ReassignPartitions decode_list(const Node& node) {
  return zk::ReassignPartitions::decode(node.data.value_or("")).value_or(zk::ReassignPartitions{});
}

bool is_under_way(const Partition* partition, const std::vector<BrokerId>& target) {
  return partition != nullptr && partition->assignment.reassigning() &&
         target_replicas(partition->assignment) == target;
}

}  // namespace

env::Task<void> Role::handle(events::LegacyReassignmentsChanged) {
  co_await run_legacy_reassignments();
}

env::Task<std::set<TopicPartition>> Role::run_legacy_reassignments() {
  const std::string path = zk::paths::kReassignPartitions;
  std::vector<std::string> armed{path};
  co_await store_.watch_existence(std::move(armed));
  const auto node = co_await store_.get(path, false);
  std::set<TopicPartition> started;
  std::set<TopicPartition> failed;
  if (!node) co_return started;
  for (const auto& [tp, target] : decode_list(*node).partitions) {
    if (is_under_way(context_.partition(tp), target)) continue;
    auto wanted = build_legacy_reassignment(context_, tp, target);
    bool done = false;
    if (wanted) {
      done = co_await reassign(tp, *std::move(wanted));
    } else {
      env::log_warn(kControllerLog, "[Controller id={}] Not reassigned, partition {}: {}",
                    config_.broker_id.value, to_string(tp), wanted.error().message);
    }
    (done ? started : failed).insert(tp);
  }
  auto refused = [&](const TopicPartition& tp, const auto&) { return failed.contains(tp); };
  if (!failed.empty()) co_await strike_from_legacy_node(std::move(refused));
  co_return started;
}

env::Task<void> Role::strike_from_legacy_node(Struck struck) {
  const std::string path = zk::paths::kReassignPartitions;
  for (;;) {
    const auto node = co_await store_.get(path, false);
    if (!node) co_return;
    zk::ReassignPartitions list = decode_list(*node);
    const std::size_t gone = std::erase_if(
        list.partitions, [&](const auto& entry) { return struck(entry.first, entry.second); });
    if (gone == 0 && !list.partitions.empty()) co_return;
    const int version = node->stat.version;
    std::vector<zk::MultiOp> ops;
    if (list.partitions.empty()) {
      ops.push_back(zk::Delete{path, version});
    } else {
      ops.push_back(zk::SetData{path, list.encode(), version});
    }
    const auto results = co_await store_.write(std::move(ops));
    if (results.front() || results.front().error() == zk::Error::kNoNode) co_return;
  }
}

}  // namespace barnabas::controller
