#include "env/waiters.h"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>
#include <utility>

namespace barnabas::env {

boost::asio::execution_context::id Waiters::id;

Waiters& Waiters::of(const Executor& executor) {
  boost::asio::execution_context& context =
      boost::asio::query(executor, boost::asio::execution::context);
  return boost::asio::use_service<Waiters>(context);
}

void Waiters::join(Waiter* waiter, std::shared_ptr<void> owner,
                   std::move_only_function<void()> resume) {
  std::lock_guard lock(mutex_);
  waiter->owner = std::move(owner);
  waiter->resume = std::move(resume);
  waiter->previous = nullptr;
  waiter->next = first_;
  if (first_ != nullptr) first_->previous = waiter;
  first_ = waiter;
  waiter->listed = true;
}

std::move_only_function<void()> Waiters::take(Waiter* waiter) {
  std::shared_ptr<void> owner;  // let go outside the lock
  std::lock_guard lock(mutex_);
  if (!waiter->listed) return nullptr;
  return unlink(waiter, &owner);
}

std::move_only_function<void()> Waiters::unlink(Waiter* waiter, std::shared_ptr<void>* owner) {
  (waiter->previous != nullptr ? waiter->previous->next : first_) = waiter->next;
  if (waiter->next != nullptr) waiter->next->previous = waiter->previous;
  waiter->listed = false;
  *owner = std::move(waiter->owner);
  return std::exchange(waiter->resume, nullptr);
}

void Waiters::shutdown() {
  while (true) {
    std::shared_ptr<void> owner;
    std::move_only_function<void()> unwound;
    {
      std::lock_guard lock(mutex_);
      if (first_ == nullptr) return;
      unwound = unlink(first_, &owner);
    }
    // Destroyed here, unlocked: the coroutine that unwinds may set other signals.
  }
}

}  // namespace barnabas::env
