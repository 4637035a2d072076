// Partitions whose fetching was given up; a LeaderAndIsr that starts one again takes it out.
//
// Threading   a monitor that calls nobody.
// Kafka       server/FailedPartitions (metric FailedPartitionsCount).
#pragma once

#include <mutex>
#include <set>

#include "protocol/types.h"

namespace barnabas::broker::follower {

class FailedPartitions {
 public:
  void add(const TopicPartition& tp) {
    const std::lock_guard lock(mutex_);
    failed_.insert(tp);
  }
  void remove(const TopicPartition& tp) {
    const std::lock_guard lock(mutex_);
    failed_.erase(tp);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return failed_.size();
  }
  bool contains(const TopicPartition& tp) const {
    const std::lock_guard lock(mutex_);
    return failed_.contains(tp);
  }

 private:
  mutable std::mutex mutex_;
  std::set<TopicPartition> failed_;
};

}  // namespace barnabas::broker::follower
