// What members and onlookers of a group both ask: who coordinates it, and what it has committed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.h"
#include "tests/sim/client.h"
#include "tests/sim/group_checker.h"

namespace barnabas::simtest {

inline constexpr const char* kReadTopic = "read";  // what all groups read
inline constexpr int kReadPartitions = 6;
inline constexpr const char* kOffsetsTopic = "__consumer_offsets";
inline constexpr int kOffsetsPartitions = 4;

// As some broker says.
env::Task<std::optional<int>> find_coordinator(Client* client, std::string group);

struct Committed {
  ErrorCode error = ErrorCode::kNone;  // of the whole, or the first of a partition
  Offsets offsets;                     // -1: nothing
};
// Stable offsets only: commits that are on their way are waited for. Without a value: no answer.
env::Task<std::optional<Committed>> fetch_committed(Client* client, int broker, std::string group,
                                                    std::vector<int> partitions);

}  // namespace barnabas::simtest
