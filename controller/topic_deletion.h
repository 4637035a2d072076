// Which topics may be deleted now, and what the next step of each is; pure.
//
// A topic is deleted when all its replicas are; a dead broker halts it until that ends.
// Kafka       controller.TopicDeletionManager. Differs: a reassignment under way is given up; Kafka
//             waits for its end, which a topic to be deleted may never see.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "controller/context.h"

namespace barnabas::controller {

// The next steps over all topics marked, in this order.
struct DeletionPlan {
  std::vector<std::string> complete;  // every replica is gone: remove the topic from ZooKeeper
  std::vector<Replica> retry;         // failed before: back to Offline
};
DeletionPlan plan_deletion(const Context& context);

// Marked, not halted, and no replica of it is being deleted right now. Ask after the plan's two
// steps.
std::vector<std::string> topics_to_delete(const Context& context);

// Of a topic whose deletion goes on: replicas to delete now, and those whose broker is dead.
struct DeletionStep {
  std::vector<Replica> alive;
  std::vector<Replica> dead;
  std::set<std::string> halted;  // topics with a dead replica
};
DeletionStep step_deletion(const Context& context, std::span<const std::string> topics);

// Halts those of `topics` that are marked.
void halt_deletion(Context& context, const std::set<std::string>& topics);
// True if any of `topics` was halted or is marked, so that deletion should be tried again.
bool resume_deletion(Context& context, const std::set<std::string>& topics);

}  // namespace barnabas::controller
