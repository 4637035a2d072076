// A ZooKeeper server in memory: the tree, who is connected to it, and what goes wrong on the way.
//
// Owns        the tree, session expiry, undelivered watch events, the faults.
// Does not    own the sessions' client side (zk/model/connector.h), which it must outlive.
// Threading   one thread for the server and all its clients.
// Invariants  a connected session never expires unless told to; a disconnected one does after its
//             timeout (so a broker that crashed loses its ephemeral nodes); a watch event that did
//             not reach its client is delivered on the next connection, before any reply.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "env/clock.h"
#include "env/random.h"
#include "zk/model/tree.h"
#include "zk/session.h"

namespace barnabas::zk::model {

// What becomes of one request on its way.
enum class Fate {
  kDeliver,
  kLoseRequest,  // the connection breaks before the server has it
  kLoseReply,    // the server does it, then the connection breaks
};

// Chances are "one in N", 0 is never. A delay is drawn for each message, in each direction.
struct Faults {
  env::Duration min_delay{};
  env::Duration max_delay{};
  std::uint64_t lose_request_one_in = 0;
  std::uint64_t lose_reply_one_in = 0;
  std::uint64_t expire_one_in = 0;  // instead of doing a request, its session is expired
};

struct DumpedNode {
  Data data;
  int version = 0;
  int cversion = 0;
  SessionId ephemeral_owner = 0;
  friend bool operator==(const DumpedNode&, const DumpedNode&) = default;
};

// A connected client, as the server sees it.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void watch_fired(WatchEvent event) = 0;
  virtual void connection_broke() = 0;  // everything on the way is lost; it may connect again
};

class ModelServer {
 public:
  ModelServer(env::Executor executor, env::Clock& clock, env::Random& random);
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;

  // For tests and simulations.
  const Tree& tree() const { return tree_; }
  std::map<std::string, DumpedNode> dump() const;
  Outcome operate(const Request& request);  // at once, as an operator's own session would
  void set_faults(Faults faults) { faults_ = faults; }
  void set_fate(std::function<Fate(SessionId, const Request&)> fate) { fate_ = std::move(fate); }
  void disconnect(SessionId id);  // the client reconnects by itself
  void cut(SessionId id);         // disconnected until heal(); expires when that takes too long
  void heal(SessionId id);
  void expire(SessionId id);           // now, even while connected
  void set_available(bool available);  // false: nobody is connected, no session expires (no quorum)
  std::vector<SessionId> sessions() const;

  // For zk/model/connector.cc. `id` 0 opens a session. kConnectionLoss: not now. kSessionExpired:
  // never again.
  Result<SessionId> connect(SessionId id, env::Duration timeout, std::weak_ptr<Peer> peer);
  Fate draw_fate(SessionId id, const Request& request);
  Outcome perform(SessionId id, const Request& request);
  // The client is gone without a word, or its connection is; `undelivered` events wait for its
  // return.
  void detach(SessionId id, std::vector<WatchEvent> undelivered);
  void close(SessionId id);
  env::Duration draw_delay();

 private:
  struct SessionState {
    env::Duration timeout{};
    std::weak_ptr<Peer> peer;
    bool connected = false;
    bool cut = false;
    std::vector<WatchEvent> undelivered;
    std::unique_ptr<env::Timer> expiry;
  };

  void dispatch_events();
  void start_expiry(SessionId id, SessionState& session);
  void end(SessionId id);
  bool one_in(std::uint64_t chance) { return chance != 0 && random_.below(chance) == 0; }

  env::Executor executor_;
  env::Clock& clock_;
  env::Random& random_;
  Tree tree_;
  Faults faults_;
  std::function<Fate(SessionId, const Request&)> fate_;
  std::map<SessionId, SessionState> sessions_;
  bool available_ = true;
};

}  // namespace barnabas::zk::model
