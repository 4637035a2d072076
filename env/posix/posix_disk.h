// A few threads that may block on a device, so that no event loop does.
//
// Owns        the threads and the queue. The destructor runs what is queued, then joins.
// Threading   run() from any executor.
// Bounds      kMaxQueued waiting pieces; a caller beyond that waits for room.
#pragma once

#include <cstddef>
#include <memory>

#include "env/disk.h"

namespace barnabas::env {

class PosixDisk : public Disk {
 public:
  explicit PosixDisk(std::size_t threads, std::size_t max_queued = kMaxQueued);
  ~PosixDisk() override;
  Task<void> run(std::move_only_function<void()> work) override;

 private:
  struct Queue;
  struct Threads;
  std::shared_ptr<Queue> queue_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace barnabas::env
