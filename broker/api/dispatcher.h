// From request frames to replies: header, version check, handler.
//
// Owns        nothing; Services outlives it.
// Does not    touch sockets or wait. Frames are decoded in place: `records` of a Produce stay
//             views.
// Threading   any loop; the frames of one connection come in order, one batch at a time.
// Invariant   one reply per frame, in frame order; after CloseConnection or Later the rest of the
//             batch is left alone (`Batch::taken` tells how many frames were used).
// Performance all Produce requests that stand together in a batch are appended with one lock and
// one write
//             per partition (performance study 2c).
#pragma once

#include <span>
#include <vector>

#include "broker/api/context.h"
#include "broker/api/reply.h"
#include "env/files.h"

namespace barnabas::broker::api {

struct Services;

struct Batch {
  std::vector<Reply> replies;
  std::size_t taken = 0;  // frames used; replies.size() == taken
};

class Dispatcher {
 public:
  explicit Dispatcher(Services& services) : services_(services) {}

  // `frames`: without their 4-byte lengths; readable and writable until the call returns.
  Batch dispatch(std::shared_ptr<ConnectionContext> connection,
                 std::span<const env::MutableBytes> frames);

 private:
  Services& services_;
};

}  // namespace barnabas::broker::api
