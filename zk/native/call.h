// One request on its way through the C client: from our types to its calls, and from its callbacks
// back.
//
// Threading   start() on the session's executor; the callback comes on the C client's completion
//             thread, where `done` is called, once. It is not called if start() returned an error.
#pragma once

#include <zookeeper/zookeeper.h>

#include <functional>
#include <memory>

#include "zk/session.h"

namespace barnabas::zk::native {

using Completed = std::move_only_function<void(Outcome)>;

struct Started {
  int code;  // ZOK, or why the C client would not even queue it
  // What the C client points into: to be kept until `done` was called, or the handle is closed
  // (which drops what is in flight without a callback).
  std::shared_ptr<void> call;
};
Started start_call(zhandle_t* handle, const Request& request, Completed done);

Error to_error(int code);
Stat to_stat(const ::Stat& stat);

}  // namespace barnabas::zk::native
