// What happened in a simulated world, line by line: the same seed gives the same history, byte for
// byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "env/clock.h"

namespace barnabas::env::sim {

// FNV-1a: not secret, only to tell two histories (or two payloads) apart.
inline constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325u;
std::uint64_t fnv(std::uint64_t hash, std::string_view bytes);

class History {
 public:
  void add(Instant now, std::string_view line);
  std::uint64_t hash() const { return hash_; }
  const std::vector<std::string>& lines() const { return lines_; }
  std::string text() const;  // a line each

 private:
  std::vector<std::string> lines_;
  std::uint64_t hash_ = kFnvStart;
};

}  // namespace barnabas::env::sim
