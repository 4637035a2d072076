// ZooKeeper's data tree in memory: what a server would answer, as a pure state machine.
//
// Owns        nodes, their versions and zxids, one-shot watches, sessions with their ephemeral
//             nodes.
// Does not    know time, delay, connections or chroots: session ids and the wall clock are
//             arguments. (zk/model/server.h puts connections and faults around it.)
// Threading   one thread.
// Invariants  every node but the root has a parent; a failed request changes nothing but the zxid;
//             an ephemeral node's session is open.
// Kafka       ZooKeeper 3.8, server/DataTree and PrepRequestProcessor. Differs: no ACLs, quotas,
//             containers, TTLs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zk/session.h"

namespace barnabas::zk::model {

using SessionId = std::int64_t;

struct Node {
  Data data;
  std::int64_t czxid = 0;
  std::int64_t mzxid = 0;
  std::int64_t pzxid = 0;
  std::int64_t ctime_ms = 0;
  std::int64_t mtime_ms = 0;
  int version = 0;
  int created_children = 0;  // ever; gives cversion and the sequence numbers
  SessionId ephemeral_owner = 0;
  std::set<std::string> children;

  Stat stat() const;
};

// A watch that went off.
struct Delivery {
  SessionId session = 0;
  WatchEvent event;
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

class Tree {
 public:
  Tree();

  void open_session(SessionId id);
  // Deletes its ephemeral nodes, in one transaction, and drops its watches. Unknown ids are no
  // error.
  void close_session(SessionId id);
  bool has_session(SessionId id) const { return sessions_.contains(id); }

  // One request of an open session; kSessionExpired for any other.
  Outcome apply(SessionId session, const Request& request, std::int64_t wall_ms);
  // Watches that went off since the last call, in order.
  std::vector<Delivery> take_events() { return std::exchange(events_, {}); }

  const std::map<std::string, Node, std::less<>>& nodes() const { return nodes_; }
  const Node* find(std::string_view path) const;
  std::int64_t last_zxid() const { return zxid_; }

 private:
  using Watches = std::map<std::string, std::set<SessionId>, std::less<>>;
  struct Transaction;

  Outcome dispatch(const Request& request, SessionId session, std::int64_t wall_ms);
  Outcome read(const Exists& request, SessionId session);
  Outcome read(const GetData& request, SessionId session);
  Outcome read(const GetChildren& request, SessionId session);
  Outcome read(const GetAcl& request, SessionId session);
  Outcome read(const Sync& request, SessionId session);
  Outcome write(const MultiOp& op, SessionId session, std::int64_t wall_ms);
  Outcome write_all(const Multi& request, SessionId session, std::int64_t wall_ms);

  Result<Reply> perform(const Create& op, Transaction& transaction);
  Result<Reply> perform(const Delete& op, Transaction& transaction);
  Result<Reply> perform(const SetData& op, Transaction& transaction);
  Result<Reply> perform(const Check& op, Transaction& transaction);
  void commit(const Transaction& transaction);

  Node* find_mutable(std::string_view path);
  void fire(Watches& watches, std::string_view path, EventType type, std::set<SessionId>& told);
  void node_created(const std::string& path);
  void node_deleted(const std::string& path);
  void node_changed(const std::string& path);

  std::map<std::string, Node, std::less<>> nodes_;
  std::map<SessionId, std::set<std::string>> sessions_;  // with their ephemeral nodes
  Watches data_watches_;                                 // of getData and exists
  Watches child_watches_;
  std::vector<Delivery> events_;
  std::int64_t zxid_ = 0;
};

// ZooKeeper's PathUtils: absolute, no empty, "." or ".." component, no trailing slash, no control
// characters.
bool is_valid_path(std::string_view path);

}  // namespace barnabas::zk::model
