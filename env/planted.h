// Bugs put in on purpose, to see whether the simulator finds them.
//
// They exist in the program sim_planted alone, which compiles the files that ask is_planted() with
// BARNABAS_PLANTED; everywhere else the question is a constant no.
#pragma once

namespace barnabas::env {

enum class Plant {
  kNone,
  kEarlyHighWatermark,  // the leader does not wait for its followers
  kMissedTruncation,    // a follower keeps what its leader does not have
  kUnfencedWrite,       // a deposed controller's writes get through
  kEarlyShrink,         // a shrunk ISR counts before ZooKeeper has it
  kStaleLeader,         // a leader that was told to follow goes on serving
  kEarlyCommit,         // a committed offset is acknowledged before it is replicated
};

#ifdef BARNABAS_PLANTED
inline Plant planted = Plant::kNone;
inline bool is_planted(Plant plant) { return planted == plant; }
#else
constexpr bool is_planted(Plant) { return false; }
#endif

}  // namespace barnabas::env
