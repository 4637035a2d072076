// One direction of a connection in the model: messages arrive late, but in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "env/clock.h"

namespace barnabas::zk::model {

// Owns        what is on the way, with its timers.
// Does not    deliver anything after clear() or its own end; deliver inside push().
template <class Message>
class Pipe {
 public:
  Pipe(env::Clock& clock, env::Executor executor, std::function<void(Message)> arrived)
      : clock_(clock), executor_(std::move(executor)), arrived_(std::move(arrived)) {}
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void push(Message message, env::Duration delay) {
    const env::Instant now = clock_.now();
    last_due_ = std::max(last_due_, now + delay);
    messages_.push_back(std::move(message));
    const std::uint64_t key = next_timer_++;
    timers_[key] = clock_.after(executor_, last_due_ - now, [this, key] { deliver(key); });
  }

  std::deque<Message> clear() {
    timers_.clear();
    return std::exchange(messages_, {});
  }

 private:
  // Whichever of two timers due at the same time fires first, the older message goes first.
  void deliver(std::uint64_t key) {
    const auto timer = timers_.extract(key);
    Message message = std::move(messages_.front());
    messages_.pop_front();
    arrived_(std::move(message));
  }

  env::Clock& clock_;
  env::Executor executor_;
  std::function<void(Message)> arrived_;
  std::deque<Message> messages_;
  std::map<std::uint64_t, std::unique_ptr<env::Timer>> timers_;
  std::uint64_t next_timer_ = 0;
  env::Instant last_due_{};
};

}  // namespace barnabas::zk::model
