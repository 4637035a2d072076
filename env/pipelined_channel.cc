#include "env/pipelined_channel.h"

#include <algorithm>
#include <utility>

namespace barnabas::env {

namespace {

std::unexpected<std::error_code> failure(std::errc code) {
  return std::unexpected(std::make_error_code(code));
}

}  // namespace

struct PipelinedChannel::Queued {
  Signal woken;
  bool placed = false;
};

// Outlives the Channel while calls are still on their way out of it.
struct PipelinedChannel::State {
  Clock& clock;
  Open open;
  std::shared_ptr<Pipeline> pipeline;
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

  std::shared_ptr<Pipeline> connected() {
    if (!pipeline || pipeline->failed()) pipeline = open();
    return pipeline;
  }
};

// A place among the kMaxInflight; given on when it goes.
class PipelinedChannel::Place {
 public:
  explicit Place(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~Place() { state_->leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<State> state_;
};

PipelinedChannel::PipelinedChannel(Clock& clock, Open open)
    : state_(std::make_shared<State>(clock, std::move(open))) {}

PipelinedChannel::~PipelinedChannel() { close(); }

Task<IoResult<Frame>> PipelinedChannel::call(Frame request, Duration timeout) {
  return exchange(state_, std::move(request), timeout);
}

void PipelinedChannel::close() {
  state_->closed = true;
  if (state_->pipeline) state_->pipeline->fail(std::make_error_code(std::errc::operation_canceled));
  for (const std::shared_ptr<Queued>& caller : std::exchange(state_->queue, {})) {
    caller->woken.set();
  }
}

// True when the caller has a place; false when the deadline or close() came first.
Task<bool> PipelinedChannel::wait_for_place(std::shared_ptr<State> state, Instant deadline) {
  if (state->inflight < kMaxInflight) {
    ++state->inflight;
    co_return true;
  }
  std::shared_ptr<Queued> me = std::make_shared<Queued>();
  state->queue.push_back(me);
  bool woken = co_await me->woken.wait_until(state->clock, deadline);
  if (!woken) std::erase(state->queue, me);
  co_return me->placed;
}

Task<IoResult<Frame>> PipelinedChannel::exchange(std::shared_ptr<State> state, Frame request,
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
  std::shared_ptr<Pipeline> pipeline = state->connected();
  pipeline->submit(mine);
  bool answered = co_await mine->done.wait_until(state->clock, deadline);
  if (!answered) pipeline->fail(std::make_error_code(std::errc::timed_out));
  co_return std::move(mine->response);
}

}  // namespace barnabas::env
