// A broker's listeners on the simulated network.
//
// Owns        a ConnectionContext for each connection that has asked something.
// Does not    overlap the requests of one connection: the next one waits for the answer before it.
// Threading   the simulator's one thread.
// Differs     from broker/net: no batches of frames, and file slices are read into the answer.
#pragma once

#include <memory>

#include "broker/frontend.h"
#include "env/sim/node.h"

namespace barnabas::broker::api {
class Dispatcher;
}

namespace barnabas::simtest {

std::unique_ptr<broker::Frontend> make_sim_frontend(env::sim::Node& node, std::uint16_t port,
                                                    broker::api::Dispatcher& dispatcher);

}  // namespace barnabas::simtest
