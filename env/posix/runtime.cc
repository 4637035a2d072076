#include "env/posix/runtime.h"

#include <pthread.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "env/check.h"

namespace barnabas::env {

struct Runtime::Loop {
  // The hint of one: what a loop posts to itself takes no lock and wakes nobody.
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::thread thread;

  void run(const Threads& threads, std::size_t number) {
    const std::string name = threads.name + "-" + std::to_string(number);
    ::pthread_setname_np(::pthread_self(), name.c_str());
    // Linux: a thread has a priority of its own. It cannot fail, for it only gets lower.
    if (threads.nice > 0) ::setpriority(PRIO_PROCESS, 0, threads.nice);
    context.run();
  }
};

Runtime::Runtime(std::size_t loops, Threads threads) : threads_(std::move(threads)) {
  BB_CHECK(loops > 0);
  for (std::size_t i = 0; i < loops; ++i) loops_.push_back(std::make_unique<Loop>());
}

Runtime::~Runtime() { stop(); }

std::size_t Runtime::size() const { return loops_.size(); }

Executor Runtime::executor(std::size_t loop) const { return loops_[loop]->context.get_executor(); }

void Runtime::start() {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    Loop* loop = loops_[i].get();
    BB_CHECK(!loop->thread.joinable());
    loop->thread = std::thread([this, loop, i] { loop->run(threads_, i); });
  }
}

void Runtime::stop() {
  for (std::unique_ptr<Loop>& loop : loops_) loop->context.stop();
  for (std::unique_ptr<Loop>& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
  }
}

void Runtime::block_on(Task<void> task) {
  std::promise<void> ended;
  std::future<void> future = ended.get_future();
  boost::asio::co_spawn(loops_[0]->context, std::move(task), [&ended](std::exception_ptr error) {
    error ? ended.set_exception(error) : ended.set_value();
  });
  future.get();
}

struct SignalHandler::State : std::enable_shared_from_this<State> {
  State(Executor executor, std::function<void(int)> function)
      : set(std::in_place, executor), fn(std::move(function)) {}

  void wait() {
    set->async_wait([self = shared_from_this()](boost::system::error_code error, int number) {
      if (error || !self->set) return;
      self->fn(number);
      if (self->set) self->wait();
    });
  }

  std::optional<boost::asio::signal_set> set;
  std::function<void(int)> fn;
};

SignalHandler::SignalHandler(Executor executor, std::vector<int> signals,
                             std::function<void(int)> fn)
    : state_(std::make_shared<State>(std::move(executor), std::move(fn))) {
  for (int number : signals) state_->set->add(number);
  state_->wait();
}

SignalHandler::~SignalHandler() { state_->set->cancel(); }

void ignore_sigpipe() { std::signal(SIGPIPE, SIG_IGN); }

std::size_t raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace barnabas::env
