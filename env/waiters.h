// The coroutines that wait in a Signal, by the io_context they wait on.
//
// Owns        every waiting coroutine: an io_context that is destroyed (shutdown, or a crash in the
//             simulator) unwinds them as it unwinds those that wait for a timer or a socket.
//             Without this a Signal would own the coroutine that owns the Signal, and neither would
//             ever go.
// Does not    decide who is woken.
// Threading   join and take from any thread; shutdown when no thread runs the io_context any more.
#pragma once

#include <atomic>
#include <boost/asio/execution_context.hpp>
#include <functional>
#include <memory>
#include <mutex>

#include "env/task.h"

namespace barnabas::env {

// One coroutine asleep; a member of what `owner` keeps alive while it is listed.
struct Waiter {
  std::atomic<bool> listed = false;
  std::move_only_function<void()> resume;
  std::shared_ptr<void> owner;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
};

class Waiters : public boost::asio::execution_context::service {
 public:
  using key_type = Waiters;
  static boost::asio::execution_context::id id;

  explicit Waiters(boost::asio::execution_context& context) : service(context) {}
  static Waiters& of(const Executor& executor);

  void join(Waiter* waiter, std::shared_ptr<void> owner, std::move_only_function<void()> resume);
  // What resumes the coroutine, once; empty when it was taken or unwound before.
  std::move_only_function<void()> take(Waiter* waiter);

 private:
  void shutdown() override;
  std::move_only_function<void()> unlink(Waiter* waiter, std::shared_ptr<void>* owner);

  std::mutex mutex_;
  Waiter* first_ = nullptr;
};

}  // namespace barnabas::env
