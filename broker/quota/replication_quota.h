// How fast replicas may be copied: a rate and the partitions it is meant for.
//
// Owns        the limit, the throttled partitions, the rate measured so far.
// Does not    hold anything back: who reads or fetches asks, and leaves the partition out.
// Threading   a monitor; any thread. Without limits and throttled replicas a question costs one
//             atomic load.
// Kafka       server/ReplicationQuotaManager. Differs: nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "broker/quota/byte_rate.h"
#include "env/clock.h"
#include "protocol/types.h"

namespace barnabas::broker::quota {

// The partitions of one topic that are throttled; nothing: all of them.
using ThrottledPartitions = std::optional<std::set<PartitionIndex>>;
// leader.replication.throttled.replicas and its sibling, as one broker reads it: "*" or
// "partition:broker,...". Has passed the check of topic configs.
ThrottledPartitions throttled_partitions(std::string_view text, BrokerId self);

class ReplicationQuota {
 public:
  static constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

  ReplicationQuota(RateWindow window, const env::Clock* clock) : clock_(clock), rate_(window) {}

  void set_limit(std::int64_t bytes_per_second) { limit_ = bytes_per_second; }
  void throttle(const std::string& topic, ThrottledPartitions partitions);
  void release(const std::string& topic);

  bool is_throttled(std::string_view topic, PartitionIndex partition) const;
  bool is_exceeded();
  void record(std::int64_t bytes);

 private:
  const env::Clock* const clock_;
  std::atomic<std::int64_t> limit_ = kUnlimited;
  mutable std::mutex mutex_;
  ByteRate rate_;
  std::map<std::string, ThrottledPartitions, std::less<>> throttled_;
  std::atomic<bool> any_ = false;  // is throttled
};

// The three of a broker.
struct ReplicationQuotas {
  ReplicationQuota leader;
  ReplicationQuota follower;
  ReplicationQuota alter_log_dirs;
};

}  // namespace barnabas::broker::quota
