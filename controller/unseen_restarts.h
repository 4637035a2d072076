// In-sync replicas that may have lost records while nobody was controller, pure.
//
// A broker that has registered after its partition's state was last written has restarted, or lost
// its session, without a controller seeing it go: after a power failure its log may end before what
// the ISR promises. It is treated as one that failed and came back: out of the ISR, until it has
// caught up again.
//
// That takes a witness: another of the ISR that has stayed. Its registration alone proves nothing,
// since it outlives its broker by a session: taken for a witness the one broker that has lost power
// would drive those out that have everything.
// Kafka       nothing: 3.9 leaves it in the ISR and may make it leader, which loses acknowledged
//             records (what KIP-966 is about). Where nobody else is in sync it stays here, too.
#pragma once

#include <set>
#include <vector>

#include "controller/context.h"

namespace barnabas::controller {

// Whose word is needed: registered for so long that they may have stayed, beside one who has not.
std::set<BrokerId> wanted_witnesses(const Context& context);
// Given those of them that are alive.
std::vector<Replica> restarted_unseen(const Context& context, const std::set<BrokerId>& witnesses);

}  // namespace barnabas::controller
