// Where slow work runs: cold reads, fsync, roll, recovery, cleaning, deleting.
//
// Owns        a few threads (env/posix) or a virtual timer (env/sim).
// Does not    know what it runs. At most `kMaxQueued` pieces wait; run() then holds the
//             caller's coroutine, never drops.
// Threading   run() from any executor; the coroutine resumes on its own executor.
#pragma once

#include <cstddef>
#include <functional>

#include "env/task.h"

namespace barnabas::env {

class Disk {
 public:
  static constexpr std::size_t kMaxQueued = 1024;

  virtual ~Disk() = default;
  // Runs `work` on a disk thread and resumes the caller when it is done.
  virtual Task<void> run(std::move_only_function<void()> work) = 0;
};

}  // namespace barnabas::env
