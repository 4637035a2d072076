// One seed: a cluster lives through faults, comes to rest, and is looked at; and that twice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace barnabas::simtest {

struct Outcome {
  std::vector<std::string> violations;  // none: all is well
  std::string history;
  std::uint64_t hash = 0;  // of the history
  int acknowledged = 0;
  int controllers = 0;
  int leader_changes = 0;
  int generations = 0;  // of consumer groups
};

enum class Kind {
  kSingle,      // one replica each: what a log promises
  kReplicated,  // three replicas, min.insync.replicas=2: what a cluster promises
  kGroups,      // consumer groups on such a cluster: what their coordinators promise
};

// The same seed gives the same Outcome, byte for byte. `keep_history` false leaves the text out.
Outcome run_seed(Kind kind, std::uint64_t seed, bool keep_history);

}  // namespace barnabas::simtest
