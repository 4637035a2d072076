// The simulator's randomness: everything that may go one way or another asks it.
//
// Threading   one thread, like the whole simulator.
#pragma once

#include <cstdint>
#include <string_view>

#include "env/random.h"

namespace barnabas::env::sim {

class Prng : public Random {
 public:
  explicit Prng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() override {  // splitmix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // True in `percent` of a hundred cases.
  bool chance(unsigned percent) { return below(100) < percent; }

  // A stream of its own, so that one part's questions do not change another's answers.
  Prng fork(std::string_view name) {
    std::uint64_t seed = next();
    for (char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return Prng(seed);
  }

 private:
  std::uint64_t state_;
};

}  // namespace barnabas::env::sim
