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

std::size_t size_of(const zk::MultiOp& op) {
  if (const auto* create = std::get_if<zk::Create>(&op))
    return create->path.size() + create->data.value_or("").size();
  if (const auto* set = std::get_if<zk::SetData>(&op))
    return set->path.size() + set->data.value_or("").size();
  return std::visit([](const auto& other) { return other.path.size(); }, op);
}

// [begin, end) of the operations that are written together.
struct Group {
  std::size_t begin;
  std::size_t end;
  std::size_t size() const { return end - begin; }
};

std::vector<Group> groups_of(const std::vector<zk::MultiOp>& ops) {
  std::vector<Group> groups;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    bytes += size_of(ops[i]);
    const bool full =
        groups.empty() || groups.back().size() == Store::kMaxOps || bytes > Store::kMaxBytes;
    if (full) {
      groups.push_back({i, i});
      bytes = size_of(ops[i]);
    }
    ++groups.back().end;
  }
  return groups;
}

std::vector<Group> one_by_one(const std::vector<Group>& groups) {
  std::vector<Group> single;
  for (const Group& group : groups) {
    for (std::size_t i = group.begin; i < group.end; ++i) single.push_back({i, i + 1});
  }
  return single;
}

// Ends the role for what no caller can deal with.
zk::Error refusal(const zk::Failure& failure) {
  if (failure.failed_op == 0) {
    throw RoleLost{RoleLost::Why::kFenced, "the controller epoch in ZooKeeper is not ours"};
  }
  if (!is_answer(failure.error)) fail(failure.error, "writing");
  return failure.error;
}

void note(const Group& group, const zk::Outcome& outcome, std::vector<WriteResult>& results) {
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const std::size_t behind_the_check = i - group.begin + 1;
    if (!outcome) {
      results[i] = std::unexpected(refusal(outcome.error()));
    } else if (behind_the_check < outcome->multi.size()) {
      results[i] = outcome->multi[behind_the_check].stat;
    }
  }
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

// Of a group that was refused nothing was written: its operations are tried each for itself, and
// with them those that may have been refused because of that.
env::Task<std::vector<WriteResult>> Store::write(std::vector<zk::MultiOp> ops) {
  const int fence = env::is_planted(env::Plant::kUnfencedWrite) ? zk::kAnyVersion : fence_;
  std::vector<WriteResult> results(ops.size());
  auto groups = groups_of(ops);
  while (!groups.empty()) {
    std::vector<zk::Request> requests;
    requests.reserve(groups.size());
    for (const Group& group : groups) {
      zk::Multi multi;
      multi.ops.push_back(zk::Check{zk::paths::kControllerEpoch, fence});
      multi.ops.insert(multi.ops.end(), ops.begin() + static_cast<std::ptrdiff_t>(group.begin),
                       ops.begin() + static_cast<std::ptrdiff_t>(group.end));
      requests.push_back(std::move(multi));
    }
    const auto outcomes = co_await client_.submit(std::move(requests));
    std::vector<Group> refused;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      note(groups[i], outcomes[i], results);
      if (!outcomes[i]) refused.push_back(groups[i]);
    }
    const bool were_single =
        std::ranges::all_of(refused, [](const Group& group) { return group.size() == 1; });
    groups = were_single ? std::vector<Group>{} : one_by_one(refused);
  }
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
