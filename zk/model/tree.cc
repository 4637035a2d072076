#include "zk/model/tree.h"

#include <cstdio>
#include <type_traits>

#include "zk/paths.h"

namespace barnabas::zk::model {
namespace {

std::unexpected<Failure> failure(Error error, int op = -1) {
  return std::unexpected(Failure{error, op});
}

bool is_ephemeral(CreateMode mode) {
  return mode == CreateMode::kEphemeral || mode == CreateMode::kEphemeralSequential;
}

bool is_sequential(CreateMode mode) {
  return mode == CreateMode::kPersistentSequential || mode == CreateMode::kEphemeralSequential;
}

// Ten digits of a signed int, as Java's %010d.
std::string sequence_suffix(int number) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%010d", number);
  return digits;
}

bool version_fits(int wanted, int actual) { return wanted == kAnyVersion || wanted == actual; }

}  // namespace

bool is_valid_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  if (path.size() == 1) return true;
  std::string_view rest = path.substr(1);
  while (true) {
    const auto slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    for (const unsigned char c : component) {
      if (c < 0x20 || c == 0x7f) return false;
    }
    if (slash == std::string_view::npos) return true;
    rest = rest.substr(slash + 1);
  }
}

Stat Node::stat() const {
  const int count = static_cast<int>(children.size());
  Stat stat;
  stat.czxid = czxid;
  stat.mzxid = mzxid;
  stat.pzxid = pzxid;
  stat.ctime_ms = ctime_ms;
  stat.mtime_ms = mtime_ms;
  stat.version = version;
  stat.cversion = created_children * 2 - count;  // creations and deletions
  stat.ephemeral_owner = ephemeral_owner;
  stat.data_length = data ? static_cast<int>(data->size()) : 0;
  stat.num_children = count;
  return stat;
}

// What one write or one multi does: how to take it back, and what it will tell the watchers.
struct Tree::Transaction {
  std::int64_t zxid = 0;
  std::int64_t wall_ms = 0;
  SessionId session = 0;
  std::vector<std::pair<EventType, std::string>> changes;
  std::vector<std::move_only_function<void()>> undo;

  void roll_back() {
    while (!undo.empty()) {
      undo.back()();
      undo.pop_back();
    }
  }
};

Tree::Tree() { nodes_["/"]; }

const Node* Tree::find(std::string_view path) const {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

Node* Tree::find_mutable(std::string_view path) {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

void Tree::open_session(SessionId id) {
  ++zxid_;
  sessions_[id];
}

void Tree::close_session(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  Transaction transaction{.zxid = ++zxid_, .session = id};
  const std::set<std::string> ephemerals = session->second;
  for (const std::string& path : ephemerals) perform(Delete{path, kAnyVersion}, transaction);
  sessions_.erase(id);
  for (Watches* watches : {&data_watches_, &child_watches_}) {
    for (auto watch = watches->begin(); watch != watches->end();) {
      watch->second.erase(id);
      watch = watch->second.empty() ? watches->erase(watch) : std::next(watch);
    }
  }
  commit(transaction);
}

Outcome Tree::apply(SessionId session, const Request& request, std::int64_t wall_ms) {
  if (!has_session(session)) return failure(Error::kSessionExpired);
  return dispatch(request, session, wall_ms);
}

Outcome Tree::dispatch(const Request& request, SessionId session, std::int64_t wall_ms) {
  return std::visit(
      [&](const auto& r) -> Outcome {
        using R = std::decay_t<decltype(r)>;
        if constexpr (std::is_same_v<R, Multi>) {
          return write_all(r, session, wall_ms);
        } else if constexpr (std::is_constructible_v<MultiOp, R>) {
          return write(MultiOp(r), session, wall_ms);
        } else {
          if (!is_valid_path(r.path)) return failure(Error::kBadArguments);
          return read(r, session);
        }
      },
      request);
}

Outcome Tree::read(const Exists& request, SessionId session) {
  if (request.watch) data_watches_[request.path].insert(session);
  const Node* node = find(request.path);
  if (node == nullptr) return failure(Error::kNoNode);
  return Reply{.stat = node->stat()};
}

Outcome Tree::read(const GetData& request, SessionId session) {
  const Node* node = find(request.path);
  if (node == nullptr) return failure(Error::kNoNode);
  if (request.watch) data_watches_[request.path].insert(session);
  return Reply{.data = node->data, .stat = node->stat()};
}

Outcome Tree::read(const GetChildren& request, SessionId session) {
  const Node* node = find(request.path);
  if (node == nullptr) return failure(Error::kNoNode);
  if (request.watch) child_watches_[request.path].insert(session);
  Reply reply{.stat = node->stat()};
  reply.children.assign(node->children.begin(), node->children.end());
  return reply;
}

// The model knows no other ACL.
Outcome Tree::read(const GetAcl& request, SessionId) {
  const Node* node = find(request.path);
  if (node == nullptr) return failure(Error::kNoNode);
  return Reply{.stat = node->stat(), .acl = {{Acl::kAll, "world", "anyone"}}};
}

Outcome Tree::read(const Sync&, SessionId) { return Reply{}; }

Outcome Tree::write(const MultiOp& op, SessionId session, std::int64_t wall_ms) {
  Transaction transaction{.zxid = ++zxid_, .wall_ms = wall_ms, .session = session};
  auto done = std::visit([&](const auto& o) { return perform(o, transaction); }, op);
  if (!done) return failure(done.error());
  commit(transaction);
  return std::move(*done);
}

Outcome Tree::write_all(const Multi& request, SessionId session, std::int64_t wall_ms) {
  Transaction transaction{.zxid = ++zxid_, .wall_ms = wall_ms, .session = session};
  Reply reply;
  for (std::size_t i = 0; i < request.ops.size(); ++i) {
    auto done = std::visit([&](const auto& o) { return perform(o, transaction); }, request.ops[i]);
    if (!done) {
      transaction.roll_back();
      return failure(done.error(), static_cast<int>(i));
    }
    if (std::holds_alternative<Create>(request.ops[i]))
      done->stat = {};  // a multi's create has none
    reply.multi.push_back(std::move(*done));
  }
  commit(transaction);
  return reply;
}

Result<Reply> Tree::perform(const Create& op, Transaction& transaction) {
  const bool sequential = is_sequential(op.mode);
  if (!is_valid_path(sequential ? op.path + '1' : op.path)) {
    return std::unexpected(Error::kBadArguments);
  }
  const std::string parent_path(paths::parent(op.path));
  Node* parent = find_mutable(parent_path);
  if (op.path == "/") return std::unexpected(Error::kNodeExists);
  if (parent == nullptr) return std::unexpected(Error::kNoNode);
  const std::string path =
      sequential ? op.path + sequence_suffix(parent->created_children) : op.path;
  if (nodes_.contains(path)) return std::unexpected(Error::kNodeExists);
  if (parent->ephemeral_owner != 0) return std::unexpected(Error::kNoChildrenForEphemerals);

  Node node{.data = op.data};
  node.czxid = node.mzxid = node.pzxid = transaction.zxid;
  node.ctime_ms = node.mtime_ms = transaction.wall_ms;
  if (is_ephemeral(op.mode)) node.ephemeral_owner = transaction.session;
  const bool owned = node.ephemeral_owner != 0;
  const std::string name(paths::leaf(path));
  transaction.undo.emplace_back(
      [this, path, parent, name, owned, old = parent->pzxid, session = transaction.session] {
        nodes_.erase(path);
        parent->children.erase(name);
        --parent->created_children;
        parent->pzxid = old;
        if (owned) sessions_[session].erase(path);
      });
  if (owned) sessions_[transaction.session].insert(path);
  parent->children.insert(name);
  ++parent->created_children;
  parent->pzxid = transaction.zxid;
  transaction.changes.emplace_back(EventType::kCreated, path);
  const Node& made = nodes_.emplace(path, std::move(node)).first->second;
  return Reply{.path = path, .stat = made.stat()};
}

Result<Reply> Tree::perform(const Delete& op, Transaction& transaction) {
  if (!is_valid_path(op.path) || op.path == "/") return std::unexpected(Error::kBadArguments);
  Node* node = find_mutable(op.path);
  if (node == nullptr) return std::unexpected(Error::kNoNode);
  if (!version_fits(op.version, node->version)) return std::unexpected(Error::kBadVersion);
  if (!node->children.empty()) return std::unexpected(Error::kNotEmpty);

  Node* parent = find_mutable(paths::parent(op.path));
  const std::string name(paths::leaf(op.path));
  const SessionId owner = node->ephemeral_owner;
  auto gone = nodes_.extract(op.path);
  transaction.undo.emplace_back(
      [this, parent, name, owner, old = parent->pzxid, gone = std::move(gone)]() mutable {
        if (owner != 0) sessions_[owner].insert(gone.key());
        nodes_.insert(std::move(gone));
        parent->children.insert(name);
        parent->pzxid = old;
      });
  if (owner != 0) sessions_[owner].erase(op.path);
  parent->children.erase(name);
  parent->pzxid = transaction.zxid;
  transaction.changes.emplace_back(EventType::kDeleted, op.path);
  return Reply{};
}

Result<Reply> Tree::perform(const SetData& op, Transaction& transaction) {
  if (!is_valid_path(op.path)) return std::unexpected(Error::kBadArguments);
  Node* node = find_mutable(op.path);
  if (node == nullptr) return std::unexpected(Error::kNoNode);
  if (!version_fits(op.version, node->version)) return std::unexpected(Error::kBadVersion);
  transaction.undo.emplace_back(
      [node, data = node->data, mzxid = node->mzxid, mtime = node->mtime_ms]() mutable {
        node->data = std::move(data);
        node->mzxid = mzxid;
        node->mtime_ms = mtime;
        --node->version;
      });
  node->data = op.data;
  node->mzxid = transaction.zxid;
  node->mtime_ms = transaction.wall_ms;
  ++node->version;
  transaction.changes.emplace_back(EventType::kDataChanged, op.path);
  return Reply{.stat = node->stat()};
}

Result<Reply> Tree::perform(const Check& op, Transaction&) {
  if (!is_valid_path(op.path)) return std::unexpected(Error::kBadArguments);
  const Node* node = find(op.path);
  if (node == nullptr) return std::unexpected(Error::kNoNode);
  if (!version_fits(op.version, node->version)) return std::unexpected(Error::kBadVersion);
  return Reply{};
}

void Tree::commit(const Transaction& transaction) {
  for (const auto& [type, path] : transaction.changes) {
    switch (type) {
      case EventType::kCreated: node_created(path); break;
      case EventType::kDeleted: node_deleted(path); break;
      case EventType::kDataChanged: node_changed(path); break;
      case EventType::kChildrenChanged: break;
    }
  }
}

// Each session hears of one change of a path once, whichever of its watches it meets.
void Tree::fire(Watches& watches, std::string_view path, EventType type,
                std::set<SessionId>& told) {
  const auto found = watches.find(path);
  if (found == watches.end()) return;
  const std::set<SessionId> sessions = std::move(found->second);
  watches.erase(found);
  for (const SessionId session : sessions) {
    if (told.insert(session).second) events_.push_back({session, {type, std::string(path)}});
  }
}

void Tree::node_created(const std::string& path) {
  std::set<SessionId> told;
  std::set<SessionId> parent_told;
  fire(data_watches_, path, EventType::kCreated, told);
  fire(child_watches_, paths::parent(path), EventType::kChildrenChanged, parent_told);
}

void Tree::node_deleted(const std::string& path) {
  std::set<SessionId> told;
  std::set<SessionId> parent_told;
  fire(data_watches_, path, EventType::kDeleted, told);
  fire(child_watches_, path, EventType::kDeleted, told);
  fire(child_watches_, paths::parent(path), EventType::kChildrenChanged, parent_told);
}

void Tree::node_changed(const std::string& path) {
  std::set<SessionId> told;
  fire(data_watches_, path, EventType::kDataChanged, told);
}

}  // namespace barnabas::zk::model
