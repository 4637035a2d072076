// What all logs of a broker share: the file system, the bounded set of open files, the index cache.
#pragma once

#include <atomic>
#include <memory>

#include "env/clock.h"
#include "env/files.h"
#include "env/random.h"
#include "log/index_cache.h"
#include "log/open_files.h"
#include "protocol/types.h"

namespace barnabas::log {

// Kept by every log and segment: one that somebody still holds may outlive its manager.
struct LogContext : std::enable_shared_from_this<LogContext> {
  LogContext(env::Files& f, env::Clock& c, env::Random& r, std::size_t max_open_files,
             std::int64_t producer_expiration)
      : files(f),
        clock(c),
        random(r),
        open_files(f, max_open_files),
        producer_expiration_ms(producer_expiration) {}

  env::Files& files;
  env::Clock& clock;
  env::Random& random;
  OpenFiles open_files;
  IndexCache index_cache;
  std::atomic<std::int64_t> producer_expiration_ms;

  Timestamp now() const { return Timestamp(clock.wall().count()); }
};

}  // namespace barnabas::log
