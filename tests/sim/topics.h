// Which partitions there are to use: the admin adds and takes away, the other clients look.
//
// Owns        every incarnation of every topic so far: a topic that was deleted and made again
//             under its name has another id, and promises nothing about the one before.
// Does not    ask brokers or ZooKeeper: this is what the clients of a history believe.
// Threading   the simulator's one thread.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/types.h"

namespace barnabas::simtest {

struct TopicIdPartition {
  TopicPartition tp;
  TopicId id;
  friend auto operator<=>(const TopicIdPartition&, const TopicIdPartition&) = default;
};
inline std::string to_string(const TopicIdPartition& of) {
  return to_string(of.tp) + "." + to_string(of.id).substr(0, 4);
}

class Topics {
 public:
  // `home` is the first replica when it was made. No effect if it is known or its topic gone.
  void add(const TopicIdPartition& partition, int home);
  // From now on nothing is promised about the topic that has this name now.
  void remove(const std::string& topic);

  bool is_gone(const TopicIdPartition& of) const { return gone_.contains(of.id); }
  // Another topic had this name before.
  bool is_remade(const TopicIdPartition& of) const;
  const std::vector<TopicIdPartition>& partitions() const { return partitions_; }
  std::vector<TopicIdPartition> partitions_of(const std::string& topic) const;
  int home(const TopicIdPartition& of) const { return homes_.at(of); }
  std::set<std::string> absent() const;  // names whose last incarnation is gone

 private:
  std::vector<TopicIdPartition> partitions_;  // of topics that exist
  std::map<TopicIdPartition, int> homes_;     // of all there ever were
  std::set<TopicId> gone_;
  std::map<std::string, std::set<TopicId>> incarnations_;
};

}  // namespace barnabas::simtest
