// A session that lasts: resends after a lost connection, opens a new session after expiry.
//
// Owns        the current Session; the handlers registered for paths.
// Does not    guard resends against having already succeeded: a guarded write may meet its
//             own effect, a sequential create leave two nodes. Who minds re-reads.
// Threading   one executor for everything. Any number of coroutines may wait at the same time.
// Invariants  requests of one call are sent in order and pipelined; a request is resent only to
//             the session it was first sent to: after expiry all of them end with kSessionExpired.
// Kafka       kafka.zookeeper.ZooKeeperClient. Differs: the whole of /cluster/id is checked on
//             each new session by the broker, through `on_session`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/spawn.h"
#include "zk/session.h"

namespace barnabas::zk {

// What a path's owner wants to hear. Registering does not read: arm by a read with watch = true.
struct PathHandler {
  std::function<void(const WatchEvent&)> on_event;  // called for every event of exactly this path
};

class Client {
 public:
  Client(Connector& connector, SessionConfig config, env::Clock& clock, env::Executor executor);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Connected within `timeout`, else kConnectionLoss (or kAuthFailed; kClosing after stop()).
  env::Task<Result<void>> start(env::Duration timeout);
  env::Task<void> stop();

  std::int64_t session_id() const;
  State state() const;
  // Called when the old session has expired and before the new one is opened, then when the new
  // one is connected. Both on the client's executor; `expired` may take its time (the controller
  // resigns in it).
  void on_session(std::function<env::Task<void>()> expired,
                  std::function<env::Task<void>()> opened);
  void watch_path(const std::string& path, PathHandler handler);  // replaces an earlier one
  void unwatch_path(const std::string& path);

  // Pipelined; outcomes in request order. Waits through disconnections, ends on expiry.
  env::Task<std::vector<Outcome>> submit(std::vector<Request> requests);
  env::Task<Outcome> submit_one(Request request);

  // Parents are made with null data; an existing node is not touched (kNodeExists for the leaf).
  env::Task<Result<void>> create_recursive(std::string path, Data data);
  // Children first. A node that is gone already is no error.
  env::Task<Result<void>> delete_recursive(std::string path);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace barnabas::zk
