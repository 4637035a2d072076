// Randomness: topic ids, cluster ids, session ids, replica placement. A seed in the simulator.
#pragma once

#include <cstdint>

namespace barnabas::env {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;           // uniform over all values; thread safe
  std::uint64_t below(std::uint64_t bound) {  // 0..bound-1; bound 0 gives 0
    return bound == 0 ? 0 : next() % bound;
  }
};

}  // namespace barnabas::env
