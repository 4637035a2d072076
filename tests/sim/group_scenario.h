// One seed of Kind::kGroups: consumer groups live through faults of their coordinators, come to
// rest, and are looked at; then the brokers start anew, and their offsets are looked at again.
#pragma once

#include <cstdint>

#include "tests/sim/scenario.h"

namespace barnabas::simtest {

Outcome run_groups(std::uint64_t seed, bool keep_history);

}  // namespace barnabas::simtest
