// The answer to a request that waits in the controller's queue, and who waits for it.
//
// Owns        one slot, shared by the Reply (which fills it) and the Answer (which waits for it).
// Does not    run the waiting coroutine: answering wakes it on its own executor.
// Threading   answer() and wait() from any thread; each object belongs to one coroutine.
// Invariants  answered exactly once: a Reply that is destroyed unanswered gives the answer it was
//             made with, so a dropped event never leaves anybody waiting.
// Kafka       the callbacks of controller.KafkaController's events, and their preempt().
#pragma once

#include <memory>
#include <utility>

#include "env/check.h"
#include "env/spawn.h"

namespace barnabas::controller {

template <class T>
class Answer;

template <class T>
class Reply {
 public:
  explicit Reply(T if_dropped) : slot_(std::make_shared<Slot>(Slot{std::move(if_dropped), {}})) {}
  ~Reply() {
    if (slot_) slot_->done.set();
  }
  Reply(Reply&&) = default;
  Reply& operator=(Reply&&) = delete;

  void answer(T value) {
    BB_CHECK(slot_);
    slot_->value = std::move(value);
    std::exchange(slot_, nullptr)->done.set();
  }

 private:
  friend class Answer<T>;
  struct Slot {
    T value;
    env::Signal done;
  };
  std::shared_ptr<Slot> slot_;
};

template <class T>
class Answer {
 public:
  explicit Answer(const Reply<T>& reply) : slot_(reply.slot_) {}
  env::Task<T> wait() const {  // once
    co_await slot_->done.wait();
    co_return std::move(slot_->value);
  }

 private:
  std::shared_ptr<typename Reply<T>::Slot> slot_;
};

}  // namespace barnabas::controller
