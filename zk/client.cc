#include "zk/client.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "zk/paths.h"

namespace barnabas::zk {
namespace {

// The requests of one submit() and those of their outcomes that are known.
struct Batch {
  std::vector<Outcome> outcomes;
  std::size_t missing = 0;
  env::Signal complete;
};

// One request without an answer yet.
struct Pending {
  Request request;
  std::shared_ptr<Batch> batch;
  std::size_t index = 0;
  bool sent = false;  // to the present connection
};

Outcome failed(Error error) { return std::unexpected(Failure{error}); }

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Client::Impl> {
 public:
  Impl(Connector& connector, SessionConfig config, env::Clock& clock, env::Executor executor)
      : connector_(connector), config_(std::move(config)), clock_(clock), executor_(executor) {}

  env::Task<Result<void>> start(env::Duration timeout);
  env::Task<void> stop();
  env::Task<std::vector<Outcome>> submit(std::vector<Request> requests);

  std::int64_t session_id() const { return session_ ? session_->id() : 0; }
  State state() const { return state_; }

  std::function<env::Task<void>()> on_expired;
  std::function<env::Task<void>()> on_opened;
  std::map<std::string, PathHandler> handlers;

 private:
  void open();
  void state_changed(State state);
  void watch_fired(const WatchEvent& event);
  env::Task<void> replace_sessions();
  env::Task<void> replace_session();
  void send(const std::shared_ptr<Pending>& pending);
  void resend();
  void answered(const std::shared_ptr<Pending>& pending, Outcome outcome);
  void complete(Pending& pending, Outcome outcome);
  void fail_all(Error error);
  // What a request gets that cannot even wait; nullopt if it may be queued.
  std::optional<Error> refusal() const;

  Connector& connector_;
  SessionConfig config_;
  env::Clock& clock_;
  env::Executor executor_;
  std::unique_ptr<Session> session_;
  State state_ = State::kConnecting;
  bool stopped_ = false;
  bool replacing_ = false;
  env::Signal settled_;  // of the present session: connected, expired, refused or closed
  env::Gate gate_;
  std::deque<std::shared_ptr<Pending>> unanswered_;  // in the order submitted
};

void Client::Impl::open() {
  state_ = State::kConnecting;
  settled_ = env::Signal();
  // Weak, because the session belongs to us; and it is silent once closed or destroyed.
  std::weak_ptr<Impl> weak = weak_from_this();
  SessionEvents events;
  events.on_state = [weak](State state) {
    if (const auto self = weak.lock()) self->state_changed(state);
  };
  events.on_watch = [weak](const WatchEvent& event) {
    if (const auto self = weak.lock()) self->watch_fired(event);
  };
  session_ = connector_.open(config_, executor_, std::move(events));
}

env::Task<Result<void>> Client::Impl::start(env::Duration timeout) {
  const auto self = shared_from_this();
  if (stopped_) co_return std::unexpected(Error::kClosing);
  open();
  const env::Instant deadline = clock_.now() + timeout;
  const env::Signal settled = settled_;
  const bool in_time = co_await settled.wait_until(clock_, deadline);
  if (in_time && state_ == State::kConnected) co_return Result<void>();
  co_return std::unexpected(state_ == State::kAuthFailed ? Error::kAuthFailed
                                                         : Error::kConnectionLoss);
}

env::Task<void> Client::Impl::stop() {
  const auto self = shared_from_this();
  if (stopped_) co_return;
  stopped_ = true;
  state_ = State::kClosed;
  settled_.set();
  fail_all(Error::kClosing);
  gate_.close();
  co_await gate_.wait();
  if (session_) co_await session_->close();
  session_.reset();
}

void Client::Impl::state_changed(State state) {
  if (stopped_) return;
  state_ = state;
  if (state != State::kConnecting) settled_.set();
  switch (state) {
    case State::kConnected: return resend();
    case State::kAuthFailed: return fail_all(Error::kAuthFailed);
    case State::kExpired: {
      fail_all(Error::kSessionExpired);
      if (!std::exchange(replacing_, true)) gate_.spawn(executor_, replace_sessions());
      return;
    }
    case State::kConnecting:
    case State::kClosed: return;
  }
}

// One session after the other, also when a new one expires before its `opened` has ended.
env::Task<void> Client::Impl::replace_sessions() {
  const auto self = shared_from_this();
  while (!stopped_ && state_ == State::kExpired) co_await replace_session();
  replacing_ = false;
}

env::Task<void> Client::Impl::replace_session() {
  if (on_expired) co_await on_expired();
  if (stopped_) co_return;
  session_.reset();
  open();
  const env::Signal settled = settled_;
  co_await settled.wait();
  if (!stopped_ && state_ == State::kConnected && on_opened) co_await on_opened();
}

void Client::Impl::watch_fired(const WatchEvent& event) {
  const auto handler = handlers.find(event.path);
  if (stopped_ || handler == handlers.end()) return;
  const auto on_event = handler->second.on_event;  // a copy: it may replace itself
  if (on_event) on_event(event);
}

std::optional<Error> Client::Impl::refusal() const {
  if (stopped_) return Error::kClosing;
  if (state_ == State::kExpired) return Error::kSessionExpired;
  if (state_ == State::kAuthFailed) return Error::kAuthFailed;
  return std::nullopt;
}

env::Task<std::vector<Outcome>> Client::Impl::submit(std::vector<Request> requests) {
  const auto self = shared_from_this();
  const auto refused = refusal();
  const auto batch = std::make_shared<Batch>();
  batch->outcomes.assign(requests.size(), failed(refused.value_or(Error::kConnectionLoss)));
  if (refused || requests.empty()) co_return std::move(batch->outcomes);
  batch->missing = requests.size();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto pending =
        std::make_shared<Pending>(Pending{std::move(requests[i]), batch, i, false});
    unanswered_.push_back(pending);
    if (state_ == State::kConnected) send(pending);
  }
  const env::Signal complete = batch->complete;
  co_await complete.wait();
  co_return std::move(batch->outcomes);
}

// Everything unsent, oldest first. A copy: a session may answer at once.
void Client::Impl::resend() {
  const auto pending = unanswered_;
  for (const auto& one : pending) {
    if (!one->sent && state_ == State::kConnected) send(one);
  }
}

void Client::Impl::send(const std::shared_ptr<Pending>& pending) {
  pending->sent = true;
  std::weak_ptr<Impl> weak = weak_from_this();
  session_->submit(pending->request, [weak, pending](Outcome outcome) {
    if (const auto self = weak.lock()) self->answered(pending, std::move(outcome));
  });
}

void Client::Impl::answered(const std::shared_ptr<Pending>& pending, Outcome outcome) {
  if (!outcome && outcome.error().error == Error::kConnectionLoss) {
    pending->sent = false;  // goes out again when connected
    return;
  }
  const auto place = std::ranges::find(unanswered_, pending);
  if (place == unanswered_.end()) return;  // its batch has ended already, by expiry or stop
  unanswered_.erase(place);
  complete(*pending, std::move(outcome));
}

void Client::Impl::complete(Pending& pending, Outcome outcome) {
  Batch& batch = *pending.batch;
  batch.outcomes[pending.index] = std::move(outcome);
  if (--batch.missing == 0) batch.complete.set();
}

void Client::Impl::fail_all(Error error) {
  for (const auto& pending : std::exchange(unanswered_, {})) complete(*pending, failed(error));
}

Client::Client(Connector& connector, SessionConfig config, env::Clock& clock,
               env::Executor executor)
    : impl_(std::make_shared<Impl>(connector, std::move(config), clock, std::move(executor))) {}

Client::~Client() = default;

env::Task<Result<void>> Client::start(env::Duration timeout) { return impl_->start(timeout); }
env::Task<void> Client::stop() { return impl_->stop(); }
std::int64_t Client::session_id() const { return impl_->session_id(); }
State Client::state() const { return impl_->state(); }

void Client::on_session(std::function<env::Task<void>()> expired,
                        std::function<env::Task<void>()> opened) {
  impl_->on_expired = std::move(expired);
  impl_->on_opened = std::move(opened);
}

void Client::watch_path(const std::string& path, PathHandler handler) {
  impl_->handlers[path] = std::move(handler);
}

void Client::unwatch_path(const std::string& path) { impl_->handlers.erase(path); }

env::Task<std::vector<Outcome>> Client::submit(std::vector<Request> requests) {
  return impl_->submit(std::move(requests));
}

env::Task<Outcome> Client::submit_one(Request request) {
  const auto impl = impl_;
  std::vector<Request> one;
  one.push_back(std::move(request));
  std::vector<Outcome> outcomes = co_await impl->submit(std::move(one));
  co_return std::move(outcomes.front());
}

env::Task<Result<void>> Client::create_recursive(std::string path, Data data) {
  Request leaf = Create{path, std::move(data)};
  Outcome made = co_await submit_one(leaf);
  const std::string parent(paths::parent(path));
  if (!made && made.error().error == Error::kNoNode && parent.size() > 1) {
    const Result<void> above = co_await create_recursive(parent, std::nullopt);
    if (!above && above.error() != Error::kNodeExists) co_return above;
    made = co_await submit_one(leaf);
  }
  if (!made) co_return std::unexpected(made.error().error);
  co_return Result<void>();
}

env::Task<Result<void>> Client::delete_recursive(std::string path) {
  // Level by level downwards to find them, then all deletes at once, deepest first.
  std::vector<std::string> found{path};
  std::size_t level_begin = 0;
  while (level_begin < found.size()) {
    std::vector<Request> listings;
    const std::size_t level_end = found.size();
    for (std::size_t i = level_begin; i < level_end; ++i) {
      listings.push_back(GetChildren{found[i]});
    }
    const std::vector<Outcome> lists = co_await submit(std::move(listings));
    for (std::size_t i = 0; i < lists.size(); ++i) {
      if (!lists[i] && lists[i].error().error == Error::kNoNode) continue;
      if (!lists[i]) co_return std::unexpected(lists[i].error().error);
      const std::string directory = found[level_begin + i];
      for (const std::string& child : lists[i]->children) found.push_back(directory + '/' + child);
    }
    level_begin = level_end;
  }
  std::vector<Request> deletes;
  for (auto one = found.rbegin(); one != found.rend(); ++one) deletes.push_back(Delete{*one});
  const std::vector<Outcome> outcomes = co_await submit(std::move(deletes));
  for (const Outcome& outcome : outcomes) {
    if (outcome || outcome.error().error == Error::kNoNode) continue;
    co_return std::unexpected(outcome.error().error);
  }
  co_return Result<void>();
}

}  // namespace barnabas::zk
