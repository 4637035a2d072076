#include "broker/follower/write_behind.h"

#include <algorithm>

namespace barnabas::broker::follower {

void WriteBehind::appended(const PartitionPtr& partition, std::uint64_t bytes) {
  bytes_ += bytes;
  const auto known =
      std::ranges::find(appended_, partition, [](const auto& one) { return one.first; });
  if (known == appended_.end()) {
    appended_.emplace_back(partition, bytes);
  } else {
    known->second += bytes;
  }
}

// A log that fails says so itself, and refuses what is appended next.
std::move_only_function<void()> WriteBehind::take() {
  bytes_ = 0;
  return [appended = std::exchange(appended_, {})] {
    for (const auto& [partition, bytes] : appended) {
      if (const auto log = partition->log()) (void)log->write_behind(bytes);
    }
  };
}

}  // namespace barnabas::broker::follower
