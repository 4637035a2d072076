#include "zk/model/server.h"

#include <utility>

namespace barnabas::zk::model {
namespace {

constexpr SessionId kOperator = -1;  // the session behind operate(); has no client and never ends

}  // namespace

ModelServer::ModelServer(env::Executor executor, env::Clock& clock, env::Random& random)
    : executor_(std::move(executor)), clock_(clock), random_(random) {
  tree_.open_session(kOperator);
}

std::map<std::string, DumpedNode> ModelServer::dump() const {
  std::map<std::string, DumpedNode> all;
  for (const auto& [path, node] : tree_.nodes()) {
    const Stat stat = node.stat();
    all[path] = {node.data, stat.version, stat.cversion, stat.ephemeral_owner};
  }
  return all;
}

Outcome ModelServer::operate(const Request& request) { return perform(kOperator, request); }

std::vector<SessionId> ModelServer::sessions() const {
  std::vector<SessionId> ids;
  for (const auto& [id, session] : sessions_) ids.push_back(id);
  return ids;
}

void ModelServer::disconnect(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end() || !session->second.connected) return;
  if (const auto peer = session->second.peer.lock()) peer->connection_broke();
}

void ModelServer::cut(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  session->second.cut = true;
  disconnect(id);
}

void ModelServer::heal(SessionId id) {
  const auto session = sessions_.find(id);
  if (session != sessions_.end()) session->second.cut = false;
}

void ModelServer::expire(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  const auto peer = session->second.connected ? session->second.peer.lock() : nullptr;
  end(id);
  if (peer) peer->connection_broke();
}

void ModelServer::set_available(bool available) {
  available_ = available;
  for (const SessionId id : sessions()) {
    if (!available) disconnect(id);
    const auto session = sessions_.find(id);
    if (session == sessions_.end() || session->second.connected) continue;
    session->second.expiry.reset();
    if (available)
      start_expiry(id, session->second);  // a new leader gives everybody a whole timeout
  }
}

Result<SessionId> ModelServer::connect(SessionId id, env::Duration timeout,
                                       std::weak_ptr<Peer> peer) {
  if (!available_) return std::unexpected(Error::kConnectionLoss);
  if (id == 0) {
    id = static_cast<SessionId>(random_.next() >> 1 | 1);
    tree_.open_session(id);
    sessions_[id].timeout = timeout;
  }
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return std::unexpected(Error::kSessionExpired);
  SessionState& session = found->second;
  if (session.cut) return std::unexpected(Error::kConnectionLoss);
  session.peer = std::move(peer);
  session.connected = true;
  session.expiry.reset();
  const std::vector<WatchEvent> waiting = std::exchange(session.undelivered, {});
  if (const auto client = session.peer.lock()) {
    for (const WatchEvent& event : waiting) client->watch_fired(event);
  }
  return id;
}

Fate ModelServer::draw_fate(SessionId id, const Request& request) {
  if (fate_) return fate_(id, request);
  if (one_in(faults_.expire_one_in)) {
    end(id);
    return Fate::kLoseRequest;
  }
  if (one_in(faults_.lose_request_one_in)) return Fate::kLoseRequest;
  if (one_in(faults_.lose_reply_one_in)) return Fate::kLoseReply;
  return Fate::kDeliver;
}

Outcome ModelServer::perform(SessionId id, const Request& request) {
  Outcome outcome = tree_.apply(id, request, clock_.wall().count());
  dispatch_events();
  return outcome;
}

void ModelServer::detach(SessionId id, std::vector<WatchEvent> undelivered) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  SessionState& session = found->second;
  session.connected = false;
  session.peer.reset();
  session.undelivered.insert(session.undelivered.begin(), undelivered.begin(), undelivered.end());
  if (available_) start_expiry(id, session);
}

void ModelServer::close(SessionId id) { end(id); }

env::Duration ModelServer::draw_delay() {
  const auto span = faults_.max_delay - faults_.min_delay;
  if (span <= env::Duration::zero()) return faults_.min_delay;
  const auto extra = random_.below(static_cast<std::uint64_t>(span.count()) + 1);
  return faults_.min_delay + env::Duration(static_cast<env::Duration::rep>(extra));
}

void ModelServer::dispatch_events() {
  for (Delivery& delivery : tree_.take_events()) {
    const auto found = sessions_.find(delivery.session);
    if (found == sessions_.end()) continue;
    const auto peer = found->second.connected ? found->second.peer.lock() : nullptr;
    if (peer) {
      peer->watch_fired(std::move(delivery.event));
    } else {
      found->second.undelivered.push_back(std::move(delivery.event));
    }
  }
}

void ModelServer::start_expiry(SessionId id, SessionState& session) {
  session.expiry = clock_.after(executor_, session.timeout, [this, id] { end(id); });
}

void ModelServer::end(SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  const SessionState gone = std::move(found->second);  // its timer may be what calls us
  sessions_.erase(found);
  tree_.close_session(id);
  dispatch_events();
}

}  // namespace barnabas::zk::model
