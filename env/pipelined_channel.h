// What every Channel does above its connection: the bound, the order, the timeouts.
//
// Owns        the present Pipeline, opened with the first call and again after it has failed.
// Does not    know sockets: env/posix puts TCP below it, env/sim the simulated wire.
// Threading   one executor.
// Invariants  at most kMaxInflight exchanges in a Pipeline; calls leave in the order they came.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "env/network.h"
#include "env/spawn.h"

namespace barnabas::env {

struct Exchange {
  Frame request;
  IoResult<Frame> response = std::unexpected(std::make_error_code(std::errc::operation_canceled));
  Signal done;
};

// One connection. Every submitted Exchange is done exactly once: answered in order, or by fail().
class Pipeline {
 public:
  virtual ~Pipeline() = default;
  virtual void submit(std::shared_ptr<Exchange> exchange) = 0;
  virtual void fail(std::error_code error) = 0;  // for good; more than once is fine
  virtual bool failed() const = 0;
};

class PipelinedChannel : public Channel {
 public:
  using Open = std::function<std::shared_ptr<Pipeline>()>;

  PipelinedChannel(Clock& clock, Open open);
  ~PipelinedChannel() override;
  PipelinedChannel(const PipelinedChannel&) = delete;
  PipelinedChannel& operator=(const PipelinedChannel&) = delete;

  Task<IoResult<Frame>> call(Frame request, Duration timeout) override;
  void close() override;

 private:
  struct State;
  struct Queued;
  class Place;
  static Task<bool> wait_for_place(std::shared_ptr<State> state, Instant deadline);
  static Task<IoResult<Frame>> exchange(std::shared_ptr<State> state, Frame request,
                                        Duration timeout);
  std::shared_ptr<State> state_;
};

}  // namespace barnabas::env
