// The event loops: N io_contexts, each run by one thread of its own.
//
// Owns        the io_contexts and their threads. The destructor stops them and unwinds every
//             coroutine that still waits on them.
// Does not    know what runs on them. What the coroutines refer to must outlive the Runtime.
// Threading   start and stop from the thread that owns it; executor(i) from any.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/task.h"

namespace barnabas::env {

class Runtime {
 public:
  struct Threads {
    std::string name = "barnabas";  // and the loop's number; 15 characters in all
    int nice = 0;                   // as setpriority has it: 19 yields to everybody
  };

  explicit Runtime(std::size_t loops) : Runtime(loops, Threads()) {}
  Runtime(std::size_t loops, Threads threads);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  std::size_t size() const;
  Executor executor(std::size_t loop) const;

  void start();
  // Ends the loops and joins their threads; coroutines stay asleep until the destructor.
  void stop();
  // Runs `task` on loop 0 and blocks the calling thread (none of ours) until it has ended.
  void block_on(Task<void> task);

 private:
  struct Loop;
  const Threads threads_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

// Calls `fn` on `executor` each time one of the signals arrives, while it lives.
class SignalHandler {
 public:
  SignalHandler(Executor executor, std::vector<int> signals, std::function<void(int)> fn);
  ~SignalHandler();
  SignalHandler(const SignalHandler&) = delete;
  SignalHandler& operator=(const SignalHandler&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Writing to a socket whose peer has gone is an error code, not a signal.
void ignore_sigpipe();

// Raises the soft limit of open files to the hard one; returns the limit in force.
std::size_t raise_open_file_limit();

}  // namespace barnabas::env
