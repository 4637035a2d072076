#include "controller/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/loggers.h"
#include "env/log.h"
#include "env/planted.h"
#include "zk/paths.h"

namespace barnabas::controller {
namespace {

// A read's reply; nothing without a node.
std::optional<zk::Reply> found(zk::Outcome outcome, const std::string& path) {
  if (outcome) return *std::move(outcome);
  if (outcome.error().error == zk::Error::kNoNode) return std::nullopt;
  fail(outcome.error().error, "reading " + path);
}

// Callers deal with these; everything else ends the role.
bool is_answer(zk::Error error) {
  return error == zk::Error::kNoNode || error == zk::Error::kNodeExists ||
         error == zk::Error::kBadVersion || error == zk::Error::kNotEmpty;
}

WriteResult written(const zk::Outcome& outcome) {
  constexpr std::size_t kOp = 1;  // behind the check
  if (outcome) return outcome->multi.size() > kOp ? outcome->multi[kOp].stat : zk::Stat{};
  const zk::Failure failure = outcome.error();
  if (failure.failed_op == 0) {
    throw RoleLost{RoleLost::Why::kFenced, "the controller epoch in ZooKeeper is not ours"};
  }
  if (!is_answer(failure.error)) fail(failure.error, "writing");
  return std::unexpected(failure.error);
}

std::optional<LeaderAndIsr> decode_state(const TopicPartition& tp,
                                         const std::optional<Node>& node) {
  if (!node || !node->data) return std::nullopt;
  auto state = zk::PartitionState::decode(*node->data);
  if (!state) {
    env::log_error(kControllerLog, "The state of partition {} cannot be read: {}", to_string(tp),
                   state.error());
    return std::nullopt;
  }
  return LeaderAndIsr{*std::move(state), PartitionEpoch{node->stat.version}, node->stat.mzxid};
}

}  // namespace

void fail(zk::Error error, const std::string& doing) {
  const bool session = error == zk::Error::kSessionExpired || error == zk::Error::kClosing;
  throw RoleLost{session ? RoleLost::Why::kSession : RoleLost::Why::kFailed,
                 fmt::format("{}: {}", doing, zk::name(error))};
}

env::Task<std::optional<Node>> Store::get(std::string path, bool watch) {
  std::vector<std::string> paths{std::move(path)};
  auto nodes = co_await get_all(std::move(paths), watch);
  co_return std::move(nodes.front());
}

env::Task<std::vector<std::optional<Node>>> Store::get_all(std::vector<std::string> paths,
                                                           bool watch) {
  std::vector<zk::Request> requests;
  for (const std::string& path : paths) requests.push_back(zk::GetData{path, watch});
  auto outcomes = co_await client_.submit(std::move(requests));
  std::vector<std::optional<Node>> nodes;
  nodes.reserve(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto reply = found(std::move(outcomes[i]), paths[i]);
    nodes.push_back(reply ? std::optional(Node{std::move(reply->data), reply->stat})
                          : std::nullopt);
  }
  co_return nodes;
}

env::Task<void> Store::watch_existence(std::vector<std::string> paths) {
  std::vector<zk::Request> requests;
  for (const std::string& path : paths) requests.push_back(zk::Exists{path, true});
  auto outcomes = co_await client_.submit(std::move(requests));
  for (std::size_t i = 0; i < outcomes.size(); ++i) found(std::move(outcomes[i]), paths[i]);
}

env::Task<std::vector<std::string>> Store::children(std::string path, bool watch) {
  auto outcome = co_await client_.submit_one(zk::GetChildren{path, watch});
  auto reply = found(std::move(outcome), path);
  if (!reply) co_return std::vector<std::string>{};
  std::ranges::sort(reply->children);
  co_return std::move(reply->children);
}

env::Task<std::vector<WriteResult>> Store::write(std::vector<zk::MultiOp> ops) {
  const int fence = env::is_planted(env::Plant::kUnfencedWrite) ? zk::kAnyVersion : fence_;
  std::vector<zk::Request> requests;
  requests.reserve(ops.size());
  for (zk::MultiOp& op : ops) {
    zk::Multi multi;
    multi.ops.push_back(zk::Check{zk::paths::kControllerEpoch, fence});
    multi.ops.push_back(std::move(op));
    requests.push_back(std::move(multi));
  }
  auto outcomes = co_await client_.submit(std::move(requests));
  std::vector<WriteResult> results;
  results.reserve(outcomes.size());
  for (const zk::Outcome& outcome : outcomes) results.push_back(written(outcome));
  co_return results;
}

env::Task<void> Store::delete_all(std::vector<std::string> paths) {
  std::vector<zk::MultiOp> ops;
  for (std::string& path : paths) ops.push_back(zk::Delete{std::move(path), zk::kAnyVersion});
  auto results = co_await write(std::move(ops));
  for (const WriteResult& result : results) {
    if (!result && result.error() != zk::Error::kNoNode) fail(result.error(), "deleting");
  }
}

env::Task<void> Store::delete_recursive(std::string path) {
  auto paths = co_await subtree(std::move(path));
  co_await delete_all(std::move(paths));
}

// Level by level, so that a topic of n partitions costs two round trips of pipelined reads, not n.
env::Task<std::vector<std::string>> Store::subtree(std::string path) {
  struct Entry {
    std::string path;
    std::vector<std::size_t> children;
    bool exists = false;
  };
  std::vector<Entry> all(1);
  all.front().path = std::move(path);
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = all.size();
    std::vector<zk::Request> requests;
    for (std::size_t i = begin; i < end; ++i)
      requests.push_back(zk::GetChildren{all[i].path, false});
    auto outcomes = co_await client_.submit(std::move(requests));
    for (std::size_t i = begin; i < end; ++i) {
      auto reply = found(std::move(outcomes[i - begin]), all[i].path);
      if (!reply) continue;
      all[i].exists = true;
      std::ranges::sort(reply->children);
      for (const std::string& child : reply->children) {
        all[i].children.push_back(all.size());
        all.push_back({all[i].path + '/' + child, {}, false});
      }
    }
    begin = end;
  }
  std::vector<std::string> ordered;
  const auto visit = [&](const auto& self, std::size_t i) -> void {
    for (const std::size_t child : all[i].children) self(self, child);
    if (all[i].exists) ordered.push_back(std::move(all[i].path));
  };
  visit(visit, 0);
  co_return ordered;
}

env::Task<std::vector<std::optional<LeaderAndIsr>>> Store::states(
    std::vector<TopicPartition> partitions) {
  std::vector<std::string> paths;
  for (const TopicPartition& tp : partitions) paths.push_back(zk::paths::partition_state(tp));
  auto nodes = co_await get_all(std::move(paths), false);
  std::vector<std::optional<LeaderAndIsr>> states;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    states.push_back(decode_state(partitions[i], nodes[i]));
  co_return states;
}

}  // namespace barnabas::controller
