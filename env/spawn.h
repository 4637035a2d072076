// Starting coroutines that somebody owns, and waking those that wait.
#pragma once

#include <functional>
#include <memory>

#include "env/clock.h"
#include "env/task.h"

namespace barnabas::env {

// Counts the coroutines of one owner, so that shutdown can wait for all of them.
//
// Threading   enter/leave from any thread.
// Invariants  after close() no coroutine starts; wait() returns when the last one has ended.
class Gate {
 public:
  Gate();
  ~Gate();  // asserts that nothing is inside
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Runs `task` on `executor`; false (and the task destroyed unrun) after close().
  // An exception that escapes the task ends the process: it is a bug of ours.
  bool spawn(Executor executor, Task<void> task);
  void close();
  Task<void> wait();  // close() first
  std::size_t inside() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// One coroutine waits, anybody wakes it, once. Copies share the state.
//
// Threading   set() from any thread; wait() once, by one coroutine.
class Signal {
 public:
  Signal();
  void set() const;
  bool is_set() const;
  Task<void> wait() const;
  // True if set, false when `deadline` passed first.
  Task<bool> wait_until(Clock& clock, Instant deadline) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace barnabas::env
