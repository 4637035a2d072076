#include "zk/model/connector.h"

#include <deque>
#include <utility>
#include <variant>

#include "zk/chroot.h"
#include "zk/model/pipe.h"

namespace barnabas::zk::model {
namespace {

using Done = std::move_only_function<void(Outcome)>;
using Inbound = std::variant<WatchEvent, Outcome>;

// The client side of one session. Shared, so that a callback may destroy the Session it came from.
class Client : public Peer, public std::enable_shared_from_this<Client> {
 public:
  Client(ModelServer& server, env::Clock& clock, SessionConfig config, env::Executor executor,
         SessionEvents events)
      : server_(server),
        clock_(clock),
        config_(std::move(config)),
        chroot_(chroot_of(config_.connect)),
        executor_(executor),
        events_(std::move(events)),
        outbound_(clock, executor, [this](Request request) { arrive(request); }),
        inbound_(clock, executor, [this](Inbound message) { receive(std::move(message)); }) {}

  void connect(env::Duration delay) {
    connecting_ = clock_.after(executor_, delay, [this] { try_connect(); });
  }
  void submit(Request request, Done done);
  void close();
  void abandon();
  State state() const { return state_; }
  SessionId id() const { return id_; }
  env::Duration timeout() const { return config_.timeout; }

  void watch_fired(WatchEvent event) override {
    event.path = strip_chroot(chroot_, std::move(event.path));
    inbound_.push(std::move(event), server_.draw_delay());
  }
  void connection_broke() override;

 private:
  struct Waiting {
    Request request;
    Done done;
  };

  void try_connect();
  void pump();
  void arrive(const Request& request);
  void receive(Inbound message);
  Reply strip(Reply reply) const;
  void enter(State state);
  void fail_all(Error error);
  std::vector<WatchEvent> drop_connection();
  bool over() const { return state_ != State::kConnecting && state_ != State::kConnected; }

  ModelServer& server_;
  env::Clock& clock_;
  SessionConfig config_;
  std::string chroot_;
  env::Executor executor_;
  SessionEvents events_;
  Pipe<Request> outbound_;
  Pipe<Inbound> inbound_;
  std::unique_ptr<env::Timer> connecting_;
  State state_ = State::kConnecting;
  SessionId id_ = 0;
  std::deque<Waiting> waiting_;
  std::deque<Done> inflight_;
};

void Client::try_connect() {
  const auto self = shared_from_this();
  const auto connected = server_.connect(id_, config_.timeout, weak_from_this());
  if (connected) {
    id_ = *connected;
    enter(State::kConnected);
    return pump();
  }
  if (connected.error() == Error::kConnectionLoss) {
    return connect(ModelConnector::kReconnectDelay);
  }
  enter(State::kExpired);
  fail_all(Error::kSessionExpired);
}

void Client::submit(Request request, Done done) {
  if (over()) {
    const Error error = state_ == State::kClosed ? Error::kClosing : Error::kSessionExpired;
    return done(std::unexpected(Failure{error}));
  }
  waiting_.push_back({add_chroot(chroot_, std::move(request)), std::move(done)});
  pump();
}

void Client::pump() {
  while (state_ == State::kConnected && !waiting_.empty() &&
         inflight_.size() < config_.max_inflight) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    inflight_.push_back(std::move(next.done));
    outbound_.push(std::move(next.request), server_.draw_delay());
  }
}

// At the server.
void Client::arrive(const Request& request) {
  const auto self = shared_from_this();
  const Fate fate = server_.draw_fate(id_, request);
  if (fate == Fate::kLoseRequest) return connection_broke();
  Outcome outcome = server_.perform(id_, request);
  if (fate == Fate::kLoseReply) return connection_broke();
  inbound_.push(std::move(outcome), server_.draw_delay());
}

void Client::receive(Inbound message) {
  const auto self = shared_from_this();
  if (auto* event = std::get_if<WatchEvent>(&message)) {
    if (events_.on_watch) events_.on_watch(std::move(*event));
    return;
  }
  Outcome outcome = std::get<Outcome>(std::move(message));
  if (outcome) outcome = strip(std::move(*outcome));
  Done done = std::move(inflight_.front());
  inflight_.pop_front();
  done(std::move(outcome));
  pump();
}

Reply Client::strip(Reply reply) const {
  reply.path = strip_chroot(chroot_, std::move(reply.path));
  for (Reply& part : reply.multi) part.path = strip_chroot(chroot_, std::move(part.path));
  return reply;
}

void Client::connection_broke() {
  if (state_ != State::kConnected) return;
  const auto self = shared_from_this();
  server_.detach(id_, drop_connection());
  connect(ModelConnector::kReconnectDelay);
  enter(State::kConnecting);
  fail_all(Error::kConnectionLoss);
}

void Client::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  if (state_ == State::kConnected) server_.close(id_);
  connecting_.reset();
  drop_connection();
  state_ = State::kClosed;
  events_ = {};
  fail_all(Error::kClosing);
}

// The process is gone: no callback, no goodbye.
void Client::abandon() {
  if (state_ == State::kConnected) server_.detach(id_, drop_connection());
  connecting_.reset();
  state_ = State::kClosed;
  events_ = {};
  waiting_.clear();
  inflight_.clear();
}

void Client::enter(State state) {
  state_ = state;
  if (events_.on_state) events_.on_state(state);
}

void Client::fail_all(Error error) {
  std::deque<Done> failed = std::exchange(inflight_, {});
  for (Waiting& waiting : waiting_) failed.push_back(std::move(waiting.done));
  waiting_.clear();
  for (Done& done : failed) done(std::unexpected(Failure{error}));
}

// What is on the way is lost, except watch events: the server shows them again to a client that
// returns.
std::vector<WatchEvent> Client::drop_connection() {
  outbound_.clear();
  std::vector<WatchEvent> events;
  for (Inbound& message : inbound_.clear()) {
    if (auto* event = std::get_if<WatchEvent>(&message)) {
      event->path = add_chroot(chroot_, event->path);
      events.push_back(std::move(*event));
    }
  }
  return events;
}

class ModelSession : public Session {
 public:
  explicit ModelSession(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  ~ModelSession() override { client_->abandon(); }

  State state() const override { return client_->state(); }
  std::int64_t id() const override { return client_->id(); }
  env::Duration timeout() const override { return client_->timeout(); }
  void submit(Request request, std::move_only_function<void(Outcome)> done) override {
    client_->submit(std::move(request), std::move(done));
  }
  env::Task<void> close() override {
    client_->close();
    co_return;
  }

 private:
  std::shared_ptr<Client> client_;
};

}  // namespace

std::unique_ptr<Session> ModelConnector::open(SessionConfig config, env::Executor executor,
                                              SessionEvents events) {
  auto client = std::make_shared<Client>(server_, clock_, std::move(config), std::move(executor),
                                         std::move(events));
  client->connect(server_.draw_delay());
  return std::make_unique<ModelSession>(std::move(client));
}

}  // namespace barnabas::zk::model
