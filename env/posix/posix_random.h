// The kernel's random numbers.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#include "env/random.h"

namespace barnabas::env {

class PosixRandom : public Random {
 public:
  std::uint64_t next() override;

 private:
  std::mutex mutex_;
  std::array<std::uint64_t, 64> pool_{};
  std::size_t used_ = 64;
};

}  // namespace barnabas::env
