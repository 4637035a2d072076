// One ZooKeeper session: pipelined requests, one-shot watches, expiry as an event.
//
// Owns        the session (its id, its ephemeral nodes) and the connection beneath it.
// Does not    resend after a lost connection (zk/client.h does), interpret data, or reopen after
//             expiry.
// Threading   submit() from the executor given at opening; replies, watch events and state changes
//             come back on that same executor, in the order ZooKeeper gave them: a watch event is
//             delivered before any reply that could show the change behind it.
// Bounds      kMaxInflight requests on the wire, further ones wait in order; replies up to
//             kMaxPacket.
// Two of them zk/native (the C client, on a thread that does nothing else) and zk/model (in
// memory).
//             One conformance suite (tests/zk) runs over both.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "env/clock.h"
#include "env/task.h"

namespace barnabas::zk {

// ZooKeeper's own codes (KeeperException.Code).
enum class Error {
  kRuntimeInconsistency = -2,
  kConnectionLoss = -4,  // the outcome is unknown
  kMarshallingError = -5,
  kUnimplemented = -6,
  kOperationTimeout = -7,
  kBadArguments = -8,
  kNoNode = -101,
  kNoAuth = -102,
  kBadVersion = -103,
  kNoChildrenForEphemerals = -108,
  kNodeExists = -110,
  kNotEmpty = -111,
  kSessionExpired = -112,
  kInvalidAcl = -114,
  kAuthFailed = -115,
  kClosing = -116,  // the session was closed by us
};
const char* name(Error error);

template <class T>
using Result = std::expected<T, Error>;

// Data of a node; nullopt is ZooKeeper's null (Kafka writes it on directory nodes).
using Data = std::optional<std::string>;
inline constexpr int kAnyVersion = -1;

struct Stat {
  std::int64_t czxid = 0;  // the broker epoch, for /brokers/ids/N
  std::int64_t mzxid = 0;
  std::int64_t ctime_ms = 0;
  std::int64_t mtime_ms = 0;
  int version = 0;  // dataVersion
  int cversion = 0;
  int aversion = 0;                  // aclVersion
  std::int64_t ephemeral_owner = 0;  // session id, 0 for persistent
  int data_length = 0;
  int num_children = 0;
  std::int64_t pzxid = 0;
  friend bool operator==(const Stat&, const Stat&) = default;
};

enum class CreateMode { kPersistent, kEphemeral, kPersistentSequential, kEphemeralSequential };

struct Create {
  std::string path;
  Data data;
  CreateMode mode = CreateMode::kPersistent;
};
struct Delete {
  std::string path;
  int version = kAnyVersion;
};
struct Exists {
  std::string path;
  bool watch = false;
};  // with watch: also of creation
struct GetData {
  std::string path;
  bool watch = false;
};  // the watch is set only if the node exists
struct SetData {
  std::string path;
  Data data;
  int version = kAnyVersion;
};
struct GetChildren {
  std::string path;
  bool watch = false;
};
struct GetAcl {
  std::string path;
};
struct Sync {
  std::string path;
};  // what others wrote before is seen by what is read after; the node need not be there
struct Check {
  std::string path;
  int version = kAnyVersion;
};
using MultiOp = std::variant<Create, Delete, SetData, Check>;
struct Multi {
  std::vector<MultiOp> ops;
};  // all or nothing
using Request =
    std::variant<Create, Delete, Exists, GetData, SetData, GetChildren, GetAcl, Sync, Multi>;

struct Acl {
  int permissions = 0;  // kRead to kAdmin
  std::string scheme;
  std::string id;
  static constexpr int kRead = 1, kWrite = 2, kCreate = 4, kDelete = 8, kAdmin = 16;
  static constexpr int kAll = 31;
  friend bool operator==(const Acl&, const Acl&) = default;
};

// One reply shape for all: what a request does not give stays empty.
struct Reply {
  std::string path;  // Create: the real one (sequence number included)
  Data data;         // GetData
  // Exists, GetData, SetData, GetChildren, GetAcl; Create where the server gives it
  Stat stat;
  std::vector<std::string> children;  // GetChildren: names without path, unsorted
  std::vector<Acl> acl;               // GetAcl
  std::vector<Reply> multi;           // Multi: one per op
};

// A failed Multi says more than one code: ops before the failing one have kNone, it has its own
// error, later ones kRuntimeInconsistency. `failed_op` is the index, -1 for a single request.
struct Failure {
  Error error;
  int failed_op = -1;
};
using Outcome = std::expected<Reply, Failure>;

enum class EventType { kCreated, kDeleted, kDataChanged, kChildrenChanged };
struct WatchEvent {
  EventType type;
  std::string path;
  friend bool operator==(const WatchEvent&, const WatchEvent&) = default;
};

enum class State { kConnecting, kConnected, kExpired, kAuthFailed, kClosed };

// What a session tells its owner, on the owner's executor. Nothing is called after close()
// returned.
struct SessionEvents {
  std::function<void(State)> on_state;
  std::function<void(WatchEvent)> on_watch;
};

class Session {
 public:
  static constexpr std::size_t kMaxPacket = 4u << 20;  // jute.maxbuffer as Kafka sets it

  virtual ~Session() = default;
  virtual State state() const = 0;
  virtual std::int64_t id() const = 0;        // 0 before the first connection
  virtual env::Duration timeout() const = 0;  // as negotiated
  // Waits for the first connection, and for the next one while there is none. When a connection is
  // lost, everything unanswered fails with kConnectionLoss, sent or not, after
  // on_state(kConnecting). Replies in request order. After expiry or close every outcome is
  // kSessionExpired or kClosing.
  virtual void submit(Request request, std::move_only_function<void(Outcome)> done) = 0;
  // Ends the session: its ephemeral nodes go at once. Everything in flight fails with kClosing.
  virtual env::Task<void> close() = 0;
};

struct SessionConfig {
  std::string connect;  // "h1:p,h2:p/chroot"
  env::Duration timeout{};
  std::size_t max_inflight = 10;  // zookeeper.max.in.flight.requests
};

// Opens sessions: the ZooKeeper port of the broker (real: zk/native/connector.h, model:
// zk/model/connector.h).
class Connector {
 public:
  virtual ~Connector() = default;
  // Returns at once, state kConnecting; on_state tells the rest.
  virtual std::unique_ptr<Session> open(SessionConfig config, env::Executor executor,
                                        SessionEvents events) = 0;
};

}  // namespace barnabas::zk
