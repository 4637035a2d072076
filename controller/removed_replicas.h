// Members of an ISR that are replicas of the partition no more, pure.
//
// A controller that moves a partition first takes a replica off the assignment, then out of the
// ISR. One that dies in between leaves a member that nobody can take out: its leader's changes
// name it, and are refused for that. The next controller does what the first had still to do.
// Kafka       nothing: KafkaController.updateCurrentReassignment can be cut short like that, too.
#pragma once

#include <vector>

#include "controller/context.h"

namespace barnabas::controller {

std::vector<Replica> removed_but_in_sync(const Context& context);

}  // namespace barnabas::controller
