// What a fetcher of old records has appended and nobody is likely to read soon: it is to leave the
// page cache to others, and not to come faster than the disk takes it.
//
// Owns        how much was appended to which partition since the last time.
// Does not    write (log::Log::write_behind).
// Threading   none of its own; the work is for a disk thread.
// Kafka       none: there old records stay in the page cache, in the place of what clients read.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "broker/follower/followed_partitions.h"

namespace barnabas::broker::follower {

class WriteBehind {
 public:
  void appended(const PartitionPtr& partition, std::uint64_t bytes);
  // Enough has come together to be worth a disk thread's while.
  bool due() const { return bytes_ >= kEnough; }
  std::move_only_function<void()> take();
  void forget() { take(); }

 private:
  static constexpr std::uint64_t kEnough = 8 << 20;

  std::vector<std::pair<PartitionPtr, std::uint64_t>> appended_;
  std::uint64_t bytes_ = 0;
};

}  // namespace barnabas::broker::follower
