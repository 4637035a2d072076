#include "zk/native/connector.h"

#include <zookeeper/zookeeper.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include "zk/chroot.h"
#include "zk/native/call.h"
#include "zk/native/client_log.h"

namespace barnabas::zk::native {
namespace {

using Done = std::move_only_function<void(Outcome)>;

constexpr auto kRetryUnresolved = std::chrono::seconds(1);
constexpr int kResolveAgainMs = 1000;  // a moved server is found by its name within a second

// One session and the C client's handle for it. Everything runs on the executor, but for the C
// client's two callbacks, which only post to it; the completion thread is one, so the order is
// ZooKeeper's.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(SessionConfig config, env::Executor executor, SessionEvents events, Credentials existing)
      : config_(std::move(config)),
        chroot_(chroot_of(config_.connect)),
        executor_(std::move(executor)),
        events_(std::move(events)),
        credentials_(existing),
        retry_(executor_) {}
  ~Core() { close_handle(); }

  void open();
  void submit(Request request, Done done);
  void close();
  State state() const { return state_; }
  env::Duration timeout() const { return timeout_; }
  std::int64_t id() const { return credentials_.id; }
  const Credentials& credentials() const { return credentials_; }

 private:
  struct Waiting {
    Request request;
    Done done;
  };
  struct Inflight {
    std::uint64_t number;
    Done done;
    std::optional<Outcome> outcome;  // known, but an older one is not
    std::shared_ptr<void> call;      // what the C client points into
  };

  static void watcher(zhandle_t* handle, int type, int state, const char* path, void* context);
  void session_event(int state);
  void watch_event(int type, std::string path);
  void connected();
  void over(State state, Error error);
  void enter(State state);
  void pump();
  void send(Waiting waiting);
  void completed(std::uint64_t number, Outcome outcome);
  void deliver();
  void fail_waiting(Error error);
  Outcome strip(Outcome outcome) const;
  void close_handle();
  bool is_over() const { return state_ != State::kConnecting && state_ != State::kConnected; }

  SessionConfig config_;
  std::string chroot_;
  env::Executor executor_;
  SessionEvents events_;
  Credentials credentials_;
  env::Duration timeout_{};
  State state_ = State::kConnecting;
  Error end_ = Error::kClosing;  // what a request gets once the session is over
  zhandle_t* handle_ = nullptr;
  boost::asio::steady_timer retry_;
  std::deque<Waiting> waiting_;
  std::deque<Inflight> inflight_;
  std::vector<std::shared_ptr<void>> orphans_;  // ended by us, unknown to the C client
  std::uint64_t next_number_ = 0;
};

void Core::open() {
  follow_log_level();
  clientid_t client{credentials_.id, {}};
  static_assert(sizeof client.passwd == sizeof credentials_.password);
  std::memcpy(client.passwd, credentials_.password.data(), sizeof client.passwd);
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config_.timeout);
  handle_ =
      zookeeper_init2(hosts_of(config_.connect).c_str(), watcher, static_cast<int>(timeout.count()),
                      credentials_.id != 0 ? &client : nullptr, this, 0, log_from_client);
  if (handle_ != nullptr) {
    zoo_set_servers_resolution_delay(handle_, kResolveAgainMs);
    return;
  }
  // No host name of the list resolves: that may pass.
  retry_.expires_after(kRetryUnresolved);
  retry_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = error ? nullptr : weak.lock();
    if (self && !self->is_over()) self->open();
  });
}

// On the completion thread (or, for the last events, inside zookeeper_close).
void Core::watcher(zhandle_t*, int type, int state, const char* path, void* context) {
  auto* core = static_cast<Core*>(context);
  boost::asio::post(core->executor_, [weak = core->weak_from_this(), type, state,
                                      where = std::string(path != nullptr ? path : "")] {
    const auto self = weak.lock();
    if (!self || self->is_over()) return;
    if (type == ZOO_SESSION_EVENT) return self->session_event(state);
    self->watch_event(type, where);
  });
}

void Core::session_event(int state) {
  if (state == ZOO_CONNECTED_STATE) return connected();
  if (state == ZOO_EXPIRED_SESSION_STATE) return over(State::kExpired, Error::kSessionExpired);
  if (state == ZOO_AUTH_FAILED_STATE) return over(State::kAuthFailed, Error::kAuthFailed);
  if (state_ != State::kConnected) return;
  enter(State::kConnecting);
  fail_waiting(Error::kConnectionLoss);
}

void Core::connected() {
  const clientid_t* client = zoo_client_id(handle_);
  credentials_.id = client->client_id;
  std::memcpy(credentials_.password.data(), client->passwd, sizeof client->passwd);
  timeout_ = std::chrono::milliseconds(zoo_recv_timeout(handle_));
  enter(State::kConnected);
  pump();
}

// The handle stays until close(): closing it waits for its threads, which an event has no time for.
void Core::over(State state, Error error) {
  end_ = error;
  for (Inflight& call : inflight_) {
    if (!call.outcome) call.outcome = std::unexpected(Failure{error});
    orphans_.push_back(std::move(call.call));
  }
  enter(state);
  fail_waiting(error);
}

void Core::enter(State state) {
  state_ = state;
  const auto on_state = events_.on_state;
  if (on_state) on_state(state);
}

void Core::watch_event(int type, std::string path) {
  WatchEvent event{EventType::kCreated, strip_chroot(chroot_, std::move(path))};
  if (type == ZOO_DELETED_EVENT) {
    event.type = EventType::kDeleted;
  } else if (type == ZOO_CHANGED_EVENT) {
    event.type = EventType::kDataChanged;
  } else if (type == ZOO_CHILD_EVENT) {
    event.type = EventType::kChildrenChanged;
  } else if (type != ZOO_CREATED_EVENT) {
    return;
  }
  const auto on_watch = events_.on_watch;
  if (on_watch) on_watch(std::move(event));
}

void Core::submit(Request request, Done done) {
  if (is_over()) return done(std::unexpected(Failure{end_}));
  waiting_.push_back({add_chroot(chroot_, std::move(request)), std::move(done)});
  pump();
}

void Core::pump() {
  while (state_ == State::kConnected && !waiting_.empty() &&
         inflight_.size() < config_.max_inflight) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(next));
  }
}

void Core::send(Waiting waiting) {
  const std::uint64_t number = next_number_++;
  inflight_.push_back({number, std::move(waiting.done), std::nullopt, nullptr});
  const auto weak = weak_from_this();
  const auto executor = executor_;
  Started started =
      start_call(handle_, waiting.request, [weak, executor, number](Outcome outcome) mutable {
        boost::asio::post(executor, [weak, number, outcome = std::move(outcome)]() mutable {
          if (const auto self = weak.lock()) self->completed(number, std::move(outcome));
        });
      });
  const int code = started.code;
  inflight_.back().call = std::move(started.call);
  if (code == ZOK) return;
  // Posted: submit() has not returned yet, and older requests come first.
  boost::asio::post(executor_, [weak, number, error = to_error(code)] {
    const auto self = weak.lock();
    if (self) self->completed(number, std::unexpected(Failure{error}));
  });
}

void Core::completed(std::uint64_t number, Outcome outcome) {
  for (Inflight& call : inflight_) {
    if (call.number != number) continue;
    if (!call.outcome) call.outcome = strip(std::move(outcome));
    break;
  }
  deliver();
  pump();
}

// In request order; a callback may submit, close or destroy the session.
void Core::deliver() {
  const auto self = shared_from_this();
  while (!inflight_.empty() && inflight_.front().outcome) {
    Inflight call = std::move(inflight_.front());
    inflight_.pop_front();
    call.done(std::move(*call.outcome));
  }
}

// What was not sent yet ends too, after what was: so the caller can resend everything in order.
void Core::fail_waiting(Error error) {
  for (Waiting& waiting : waiting_) {
    inflight_.push_back({next_number_++, std::move(waiting.done),
                         Outcome(std::unexpected(Failure{error})), nullptr});
  }
  waiting_.clear();
  deliver();
}

Outcome Core::strip(Outcome outcome) const {
  if (!outcome || chroot_.empty()) return outcome;
  outcome->path = strip_chroot(chroot_, std::move(outcome->path));
  for (Reply& part : outcome->multi) part.path = strip_chroot(chroot_, std::move(part.path));
  return outcome;
}

void Core::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  events_ = {};
  end_ = Error::kClosing;
  retry_.cancel();
  close_handle();
  for (Inflight& call : inflight_) {
    if (!call.outcome) call.outcome = std::unexpected(Failure{Error::kClosing});
  }
  fail_waiting(Error::kClosing);
}

// Joins the C client's threads; sends the end of the session if connected, for 3 s at most.
void Core::close_handle() {
  if (zhandle_t* handle = std::exchange(handle_, nullptr)) zookeeper_close(handle);
  orphans_.clear();
}

class SessionImpl : public NativeSession {
 public:
  explicit SessionImpl(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~SessionImpl() override { core_->close(); }

  State state() const override { return core_->state(); }
  std::int64_t id() const override { return core_->id(); }
  env::Duration timeout() const override { return core_->timeout(); }
  Credentials credentials() const override { return core_->credentials(); }
  void submit(Request request, std::move_only_function<void(Outcome)> done) override {
    core_->submit(std::move(request), std::move(done));
  }
  env::Task<void> close() override {
    core_->close();
    co_return;
  }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

NativeConnector::NativeConnector() {
  zoo_deterministic_conn_order(0);  // brokers spread over the ensemble
}

std::unique_ptr<Session> NativeConnector::open(SessionConfig config, env::Executor executor,
                                               SessionEvents events) {
  return open_native(std::move(config), std::move(executor), std::move(events));
}

std::unique_ptr<NativeSession> NativeConnector::open_native(SessionConfig config,
                                                            env::Executor executor,
                                                            SessionEvents events,
                                                            Credentials existing) {
  auto core =
      std::make_shared<Core>(std::move(config), std::move(executor), std::move(events), existing);
  core->open();
  return std::make_unique<SessionImpl>(std::move(core));
}

}  // namespace barnabas::zk::native
