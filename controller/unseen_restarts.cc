#include "controller/unseen_restarts.h"

#include <algorithm>

namespace barnabas::controller {
namespace {

// The live brokers of an ISR.
struct InSync {
  std::vector<BrokerId> anew;  // registered since it was written
  std::vector<BrokerId> stayed;
};

InSync in_sync(const Context& context, const LeaderAndIsr& known) {
  InSync found;
  for (const BrokerId id : known.state.isr) {
    const LiveBroker* broker = context.broker(id);
    if (broker == nullptr) continue;
    (broker->epoch.value > known.written ? found.anew : found.stayed).push_back(id);
  }
  return found;
}

}  // namespace

std::set<BrokerId> wanted_witnesses(const Context& context) {
  std::set<BrokerId> wanted;
  for (const TopicPartition& tp : context.partitions_with_leaders()) {
    const InSync found = in_sync(context, *context.partition(tp)->leadership);
    if (!found.anew.empty()) wanted.insert(found.stayed.begin(), found.stayed.end());
  }
  return wanted;
}

std::vector<Replica> restarted_unseen(const Context& context, const std::set<BrokerId>& witnesses) {
  std::vector<Replica> restarted;
  for (const TopicPartition& tp : context.partitions_with_leaders()) {
    const InSync found = in_sync(context, *context.partition(tp)->leadership);
    const bool seen =
        std::ranges::any_of(found.stayed, [&](BrokerId id) { return witnesses.contains(id); });
    if (!seen) continue;
    for (const BrokerId id : found.anew) restarted.push_back({tp, id});
  }
  return restarted;
}

}  // namespace barnabas::controller
