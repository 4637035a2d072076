#include "controller/election_plan.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "controller/elections.h"

namespace barnabas::controller {
namespace {

BrokerId leader_of(const Partition& partition) {
  return partition.leadership ? partition.leadership->state.leader : kNoBroker;
}

bool is_needed(const Context& context, ElectionType type, const Partition& partition) {
  switch (type) {
    case ElectionType::kPreferred:
      return !partition.assignment.replicas.empty() &&
             leader_of(partition) != partition.assignment.replicas.front();
    case ElectionType::kUnclean: return !context.is_live(leader_of(partition));
  }
  return false;
}

bool can_preferred_lead(const Context& context, const TopicPartition& tp,
                        const Partition& partition) {
  const std::vector<BrokerId>& assigned = partition.assignment.replicas;
  const Candidates among{assigned, context.online_of(assigned, tp)};
  return elect_preferred(*partition.leadership, among).has_value();
}

// The partitions of which one broker is the preferred leader.
struct Share {
  std::size_t all = 0;
  std::vector<TopicPartition> strayed;  // led by another
};

std::map<BrokerId, Share> shares(const Context& context) {
  std::map<BrokerId, Share> by_broker;
  for (const auto& [topic, entry] : context.topics()) {
    if (context.being_deleted(topic)) continue;
    for (const auto& [index, partition] : entry.partitions) {
      if (partition.assignment.replicas.empty()) continue;
      const BrokerId preferred = partition.assignment.replicas.front();
      Share& share = by_broker[preferred];
      ++share.all;
      if (partition.leadership && leader_of(partition) != preferred) {
        share.strayed.push_back({topic, index});
      }
    }
  }
  return by_broker;
}

}  // namespace

ElectionPlan plan_election(const Context& context, const ElectionRequest& request) {
  ElectionPlan plan;
  for (const TopicPartition& tp : request.partitions) {
    const Partition* partition = context.partition(tp);
    if (partition == nullptr) {
      plan.refused.emplace(
          tp, refuse(ErrorCode::kUnknownTopicOrPartition, "The partition does not exist."));
    } else if (context.being_deleted(tp.topic)) {
      plan.refused.emplace(tp,
                           refuse(ErrorCode::kInvalidTopicException, "The topic is being deleted"));
    } else if (is_needed(context, request.type, *partition)) {
      plan.electable.push_back(tp);
    } else {
      plan.refused.emplace(tp, refuse(ErrorCode::kElectionNotNeeded,
                                      std::string(message(ErrorCode::kElectionNotNeeded))));
    }
  }
  return plan;
}

std::vector<TopicPartition> partitions_to_rebalance(const Context& context, int percentage) {
  if (context.any_reassigning()) return {};
  std::vector<TopicPartition> wanted;
  for (auto& [broker, share] : shares(context)) {
    const double ratio = static_cast<double>(share.strayed.size()) / static_cast<double>(share.all);
    if (ratio <= percentage / 100.0) continue;
    std::ranges::copy_if(share.strayed, std::back_inserter(wanted), [&](const TopicPartition& tp) {
      return can_preferred_lead(context, tp, *context.partition(tp));
    });
  }
  return wanted;
}

}  // namespace barnabas::controller
