// The attempts at one thing that may fail for a while: kBackoff apart, until their time is over.
//
// Does not    try anything itself.
// Threading   one coroutine.
// Kafka       clients/admin/KafkaAdminClient (retry.backoff.ms, default.api.timeout.ms).
#pragma once

#include <chrono>

#include "env/clock.h"

namespace barnabas::tools {

inline constexpr env::Duration kBackoff = std::chrono::milliseconds(100);

class Attempts {
 public:
  Attempts(env::Clock& clock, env::Duration within)
      : clock_(clock), deadline_(clock.now() + within) {}

  // After one that failed: true when it is time for the next, false at once if there is none.
  env::Task<bool> again() {
    if (clock_.now() >= deadline_) co_return false;
    co_await env::sleep_for(clock_, kBackoff);
    co_return true;
  }

 private:
  env::Clock& clock_;
  env::Instant deadline_;
};

}  // namespace barnabas::tools
