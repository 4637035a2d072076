#include "controller/unseen_restarts.h"

#include <algorithm>

namespace barnabas::controller {

std::vector<Replica> restarted_unseen(const Context& context) {
  std::vector<Replica> restarted;
  for (const TopicPartition& tp : context.partitions_with_leaders()) {
    const LeaderAndIsr& known = *context.partition(tp)->leadership;
    std::vector<BrokerId> anew;
    bool some_stayed = false;
    for (const BrokerId id : known.state.isr) {
      const LiveBroker* broker = context.broker(id);
      if (broker == nullptr) continue;
      const bool is_new = broker->epoch.value > known.written;
      if (is_new) anew.push_back(id);
      some_stayed |= !is_new;
    }
    if (!some_stayed) continue;
    for (const BrokerId id : anew) restarted.push_back({tp, id});
  }
  return restarted;
}

}  // namespace barnabas::controller
