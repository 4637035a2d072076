#include <algorithm>
#include <deque>
#include <utility>

#include "env/posix/connection.h"
#include "env/posix/posix_network.h"
#include "env/spawn.h"

namespace barnabas::env {

namespace {

struct Queued {
  Signal woken;
  bool placed = false;
};

// What outlives the Channel while calls are still on their way out of it.
struct ChannelState {
  Clock& clock;
  Address address;
  Executor executor;
  std::shared_ptr<Connection> connection;
  std::deque<std::shared_ptr<Queued>> queue;  // callers beyond kMaxInflight, oldest first
  std::size_t inflight = 0;
  bool closed = false;

  // The place goes straight to the oldest caller, so that calls leave in the order they came.
  void leave() {
    if (queue.empty()) {
      --inflight;
      return;
    }
    std::shared_ptr<Queued> next = std::move(queue.front());
    queue.pop_front();
    next->placed = true;
    next->woken.set();
  }

  std::shared_ptr<Connection> connected() {
    if (!connection || connection->failed()) connection = Connection::open(executor, address);
    return connection;
  }
};

// A place among the kMaxInflight; given on when it goes.
class Place {
 public:
  explicit Place(std::shared_ptr<ChannelState> state) : state_(std::move(state)) {}
  ~Place() { state_->leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<ChannelState> state_;
};

std::unexpected<std::error_code> failure(std::errc code) {
  return std::unexpected(std::make_error_code(code));
}

// True when the caller has a place; false when the deadline or close() came first.
Task<bool> wait_for_place(std::shared_ptr<ChannelState> state, Instant deadline) {
  if (state->inflight < Channel::kMaxInflight) {
    ++state->inflight;
    co_return true;
  }
  std::shared_ptr<Queued> me = std::make_shared<Queued>();
  state->queue.push_back(me);
  bool woken = co_await me->woken.wait_until(state->clock, deadline);
  if (!woken) std::erase(state->queue, me);
  co_return me->placed;
}

Task<IoResult<Frame>> exchange(std::shared_ptr<ChannelState> state, Frame request,
                               Duration timeout) {
  Instant deadline = state->clock.now() + timeout;
  if (state->closed) co_return failure(std::errc::operation_canceled);
  bool placed = co_await wait_for_place(state, deadline);
  if (!placed) {
    co_return failure(state->closed ? std::errc::operation_canceled : std::errc::timed_out);
  }
  Place place(state);
  if (state->closed) co_return failure(std::errc::operation_canceled);
  std::shared_ptr<Exchange> mine = std::make_shared<Exchange>();
  mine->request = std::move(request);
  std::shared_ptr<Connection> connection = state->connected();
  connection->submit(mine);
  bool answered = co_await mine->done.wait_until(state->clock, deadline);
  if (!answered) connection->fail(std::make_error_code(std::errc::timed_out));
  co_return std::move(mine->response);
}

class PosixChannel : public Channel {
 public:
  explicit PosixChannel(std::shared_ptr<ChannelState> state) : state_(std::move(state)) {}
  ~PosixChannel() override { close(); }

  Task<IoResult<Frame>> call(Frame request, Duration timeout) override {
    return exchange(state_, std::move(request), timeout);
  }

  void close() override {
    state_->closed = true;
    if (state_->connection) {
      state_->connection->fail(std::make_error_code(std::errc::operation_canceled));
    }
    for (const std::shared_ptr<Queued>& caller : std::exchange(state_->queue, {})) {
      caller->woken.set();
    }
  }

 private:
  std::shared_ptr<ChannelState> state_;
};

}  // namespace

std::unique_ptr<Channel> PosixNetwork::connect(Address address, Executor executor) {
  std::shared_ptr<ChannelState> state = std::make_shared<ChannelState>(clock_);
  state->address = std::move(address);
  state->executor = std::move(executor);
  return std::make_unique<PosixChannel>(std::move(state));
}

}  // namespace barnabas::env
