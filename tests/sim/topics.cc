#include "tests/sim/topics.h"

#include <algorithm>

namespace barnabas::simtest {

void Topics::add(const TopicIdPartition& partition, int home) {
  if (is_gone(partition) || !homes_.emplace(partition, home).second) return;
  partitions_.push_back(partition);
  incarnations_[partition.tp.topic].insert(partition.id);
}

void Topics::remove(const std::string& topic) {
  const auto& ids = incarnations_[topic];
  gone_.insert(ids.begin(), ids.end());
  std::erase_if(partitions_, [&](const TopicIdPartition& of) { return of.tp.topic == topic; });
}

bool Topics::is_remade(const TopicIdPartition& of) const {
  const auto known = incarnations_.find(of.tp.topic);
  return known != incarnations_.end() && known->second.size() > 1;
}

std::vector<TopicIdPartition> Topics::partitions_of(const std::string& topic) const {
  std::vector<TopicIdPartition> found;
  std::ranges::copy_if(partitions_, std::back_inserter(found),
                       [&](const TopicIdPartition& of) { return of.tp.topic == topic; });
  return found;
}

std::set<std::string> Topics::absent() const {
  std::set<std::string> names;
  for (const auto& [topic, ids] : incarnations_) {
    if (std::ranges::includes(gone_, ids)) names.insert(topic);
  }
  return names;
}

}  // namespace barnabas::simtest
