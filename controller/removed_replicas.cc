#include "controller/removed_replicas.h"

namespace barnabas::controller {

std::vector<Replica> removed_but_in_sync(const Context& context) {
  std::vector<Replica> removed;
  for (const TopicPartition& tp : context.partitions()) {
    const Partition& partition = *context.partition(tp);
    if (!partition.leadership) continue;
    for (const BrokerId id : partition.leadership->state.isr) {
      if (!contains(partition.assignment.replicas, id)) removed.push_back({tp, id});
    }
  }
  return removed;
}

}  // namespace barnabas::controller
