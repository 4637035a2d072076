// Running a coroutine on another executor, and coming back.
#pragma once

#include <optional>
#include <utility>

#include "env/task.h"

namespace barnabas::env {

// Runs `task` on `executor`; the caller resumes on its own. The same executor: still a turn of the
// loop.
Task<void> run_on(Executor executor, Task<void> task);

namespace detail {
template <class T>
Task<void> store(Task<T> task, std::optional<T>* into) {
  T value = co_await std::move(task);
  into->emplace(std::move(value));
}
}  // namespace detail

template <class T>
Task<T> run_on(Executor executor, Task<T> task) {
  std::optional<T> result;
  auto stored = detail::store<T>(std::move(task), &result);
  co_await run_on(std::move(executor), std::move(stored));
  co_return std::move(*result);
}

}  // namespace barnabas::env
