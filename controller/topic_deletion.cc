#include "controller/topic_deletion.h"

#include <algorithm>
#include <iterator>

namespace barnabas::controller {
namespace {

void append_ineligible(const Context& context, const std::string& topic,
                       std::vector<Replica>& out) {
  std::ranges::copy_if(context.replicas_of(topic), std::back_inserter(out),
                       [&](const Replica& replica) {
                         return context.replica_state(replica) == ReplicaState::kDeletionIneligible;
                       });
}

}  // namespace

DeletionPlan plan_deletion(const Context& context) {
  DeletionPlan plan;
  for (const std::string& topic : context.to_be_deleted) {
    if (context.all_replicas_in(topic, ReplicaState::kDeletionSuccessful)) {
      plan.complete.push_back(topic);
    } else if (!context.any_replica_in(topic, ReplicaState::kDeletionStarted)) {
      append_ineligible(context, topic, plan.retry);
    }
  }
  return plan;
}

std::vector<std::string> topics_to_delete(const Context& context) {
  std::vector<std::string> topics;
  std::ranges::copy_if(context.to_be_deleted, std::back_inserter(topics),
                       [&](const std::string& topic) {
                         return !context.ineligible_for_deletion.contains(topic) &&
                                !context.any_replica_in(topic, ReplicaState::kDeletionStarted);
                       });
  return topics;
}

DeletionStep step_deletion(const Context& context, std::span<const std::string> topics) {
  DeletionStep step;
  for (const std::string& topic : topics) {
    for (const Replica& replica : context.replicas_of(topic)) {
      if (!context.is_replica_online(replica.broker, replica.partition)) {
        step.dead.push_back(replica);
        step.halted.insert(topic);
      } else if (context.replica_state(replica) != ReplicaState::kDeletionSuccessful) {
        step.alive.push_back(replica);
      }
    }
  }
  return step;
}

void halt_deletion(Context& context, const std::set<std::string>& topics) {
  for (const std::string& topic : topics) {
    if (context.being_deleted(topic)) context.ineligible_for_deletion.insert(topic);
  }
}

bool resume_deletion(Context& context, const std::set<std::string>& topics) {
  bool any = false;
  for (const std::string& topic : topics) {
    if (!context.being_deleted(topic)) continue;
    context.ineligible_for_deletion.erase(topic);
    any = true;
  }
  return any;
}

}  // namespace barnabas::controller
