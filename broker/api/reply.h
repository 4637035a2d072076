// What a handler gives back for one request.
//
// Owns        the encoded answer, or the coroutine that will end with it.
// Does not    know sockets: net/ sends it, the simulator hands it over.
// Order       answers leave in request order. The ordered stage of a handler is the plain call that
//             returns the Reply: for Produce it ends when the records are in the log. Overlapping
//             lets the connection go on to its next request meanwhile; Later holds it, as Kafka
//             does.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "env/task.h"
#include "protocol/writer.h"

namespace barnabas::broker::api {

using Encoded = protocol::Encoded;
// nullopt: there is nothing fit to send (our bug, logged); the connection is closed.
using Answer = std::optional<Encoded>;

struct NoAnswer {};  // acks=0
struct CloseConnection {
  std::string reason;
};  // nothing is sent; one log line if not empty
struct Later {
  env::Task<Answer> answer;
};  // the connection waits for it
struct Overlapping {
  env::Task<Answer> answer;
};  // Produce with acks=all

using Reply = std::variant<Encoded, NoAnswer, CloseConnection, Later, Overlapping>;

}  // namespace barnabas::broker::api
