// ZooKeeper as the controller uses it: batches of reads, and writes fenced by the controller epoch.
//
// Owns        the fence: the dataVersion of /controller_epoch that our election wrote.
// Does not    decide what to write. Does not retry: the zk::Client resends.
// Threading   the controller's executor.
// Invariants  every write is multi[check /controller_epoch, op...], pipelined in order; an
//             operation that is refused takes no other with it.
// Errors      RoleLost is thrown when the fence is refused, the session is gone, or ZooKeeper says
//             what it never should; it unwinds one event and is caught by the event loop alone
//             (controller.cc). Anything a caller can deal with (no node, node exists, bad version)
//             is a value.
// Kafka       the controller's share of zk.KafkaZkClient. Differs: there each operation is a
//             transaction of its own, which a quorum agrees on at about one a millisecond.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "controller/state.h"
#include "env/task.h"
#include "zk/client.h"

namespace barnabas::controller {

struct RoleLost {
  enum class Why { kFenced, kSession, kFailed } why;
  std::string what;
};

struct Node {
  zk::Data data;
  zk::Stat stat;
};

using WriteResult = std::expected<zk::Stat, zk::Error>;

class Store {
 public:
  // Of one transaction.
  static constexpr std::size_t kMaxOps = 64;
  static constexpr std::size_t kMaxBytes = 128 << 10;

  Store(zk::Client& client, int fence) : client_(client), fence_(fence) {}

  // Reads: nothing where there is no node. With watch, armed as ZooKeeper does (get: only if it
  // exists).
  env::Task<std::optional<Node>> get(std::string path, bool watch);
  env::Task<std::vector<std::optional<Node>>> get_all(std::vector<std::string> paths, bool watch);
  env::Task<void> watch_existence(std::vector<std::string> paths);
  env::Task<std::vector<std::string>> children(std::string path, bool watch);  // sorted

  // Fenced writes, one result per operation, in order.
  env::Task<std::vector<WriteResult>> write(std::vector<zk::MultiOp> ops);
  // Bottom up; what is gone already is no error.
  env::Task<void> delete_recursive(std::string path);
  env::Task<void> delete_all(std::vector<std::string> paths);

  // Partition states; nothing where there is no node or no sense in it.
  env::Task<std::vector<std::optional<LeaderAndIsr>>> states(
      std::vector<TopicPartition> partitions);

 private:
  env::Task<std::vector<std::string>> subtree(std::string path);  // children before their parents

  zk::Client& client_;
  int fence_;
};

// The error of a single request, or RoleLost if the session is to blame.
[[noreturn]] void fail(zk::Error error, const std::string& doing);

}  // namespace barnabas::controller
